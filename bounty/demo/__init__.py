"""The demonstration's scripted entrants and organiser, who know the site by its REST API alone."""
