"""The hostile side: all that runs in the box. Standard library, numpy, pandas and scikit-learn only."""
