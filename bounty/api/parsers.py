"""Bodies of requests: whatever is sent, the answer is an object or a refusal."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class ObjectParser(JSONParser):
    """One JSON object; DATA_UPLOAD_MAX_MEMORY_SIZE bounds it before it gets here.

    The framework's own parser lets two kinds of nonsense through to a server error.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            parsed: object = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        except LookupError as error:
            raise ParseError("The request names an encoding that does not exist.") from error
        if not isinstance(parsed, dict):
            raise ParseError("Send a JSON object.")
        return parsed
