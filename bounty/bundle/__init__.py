"""An organiser's bundle: competition.yaml and one file of rows a split, read without trust and checked as a whole."""
