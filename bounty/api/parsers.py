"""Bodies of requests, read within bounds."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from bounty.errors import BountyError


class RequestTooLarge(BountyError):
    status = 413


class BoundedJSONParser(JSONParser):
    """JSON of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes: the framework's parser reads whatever is sent.

    A chunked body has no length and is read as empty by Django, so the announced length bounds every body.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        length = int((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if limit is not None and length > limit:
            sentence = f"The request has {length:,} bytes; at most {limit:,} are taken."
            raise RequestTooLarge("REQUEST_TOO_LARGE", sentence, size_bytes=length, limit_bytes=limit)
        try:
            parsed: dict[str, Any] = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        if not isinstance(parsed, dict):
            raise ParseError("Send a JSON object.")
        return parsed
