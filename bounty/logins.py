"""The accounts of the demonstration; never made in production."""

from typing import Final

PASSWORD: Final = "find-the-group"
LOGINS: Final = (
    ("olga", PASSWORD, "organises (and the admin pages, at /admin/)"),
    ("alice", PASSWORD, "competes"),
    ("bob", PASSWORD, "competes"),
    ("charlie", PASSWORD, "has joined nothing yet"),
)
