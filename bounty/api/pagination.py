"""Lists, newest first, by cursor: new rows push nothing onto the next page, and no page costs more than the first."""

from typing import Any

from rest_framework.exceptions import NotFound, ParseError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """``?limit=`` rows a page (50, at most 200); ``next`` and ``previous`` are links to follow as they are.

    Where an address takes ``?order=oldest``, the other way round.
    """

    ordering = "-pk"
    page_size_query_param = "limit"
    max_page_size = 200
    invalid_cursor_message = "This cursor is not one of ours: follow the links as they were given."

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return ("pk",) if getattr(view, "asked", {}).get("order") == "oldest" else ("-pk",)

    def get_page_size(self, request: Request) -> int | None:
        """Refused where it is no number of rows: the framework would give as many as it likes instead."""
        asked = request.query_params.get("limit", "1")
        if not (asked.isascii() and asked.isdigit() and int(asked[:9])):
            raise ParseError(f"Ask for 1 to {self.max_page_size} rows a page.")
        return super().get_page_size(request)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The cursor, refused unless its position is a primary key: a forged one would fail in the query instead."""
        try:
            cursor = super().decode_cursor(request)
        except NotFound as error:
            raise ParseError(self.invalid_cursor_message) from error
        if cursor is None or cursor.position is None:
            return cursor
        position = str(cursor.position)
        if not (position.isascii() and position.isdigit() and len(position) < 19):
            raise ParseError(self.invalid_cursor_message)
        return cursor
