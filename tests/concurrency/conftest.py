"""Submissions to race with: sent, or judged for real."""

from tests.submissions.conftest import judged, send  # noqa: F401  fixtures
