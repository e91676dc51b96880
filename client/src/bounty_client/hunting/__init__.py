"""A program that competes: it looks for groups on public rows, sends the best, and learns from verdicts."""
