"""The scoring library: arrays in, verdicts out. It knows nothing of Django, the site or the clock."""
