"""A bias-bounty competition platform: the composition root, and what the organiser owns."""
