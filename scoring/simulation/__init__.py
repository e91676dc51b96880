"""Simulated competitions: planted patches, honest teams, and attackers who adapt to every number they are shown."""
