"""How the OpenAPI document is read off the endpoints: their docstrings, what they take, and every way they refuse."""

import re
from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

PROBLEM: Final = "application/problem+json"
REFUSALS: Final = {
    400: "The request cannot be read.",
    401: "This needs a token or a session, or the one that was shown is not valid.",
    403: "The account, or the token by its scopes, may not do this.",
    404: "There is nothing here, or it is not yours to see.",
    406: "The answer cannot be given in the form that was asked for.",
    409: "It cannot be done in the present state.",
    412: "It has changed since it was read.",
    413: "The request is larger than is read.",
    415: "The body is of a form that is not read.",
    416: "The file has no such bytes.",
    422: "Something that was sent is wrong; each field at fault is named.",
    429: "A limit is reached; `Retry-After` says when to ask again.",
}
_BY_METHOD: Final = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE): ")
_TAGS: Final = {"competitions": "Competitions", "data": "Data", "board": "Board", "versions": "Model", "model": "Model"}


class FieldError(serializers.Serializer[Any]):
    """One field at fault."""

    field = serializers.CharField(help_text="A dotted path; empty for the request as a whole.", allow_blank=True)
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457, with our stable codes."""

    type = serializers.CharField(help_text="Where the code is explained, on this site.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="One plain sentence.")
    code = serializers.CharField(help_text="Stable; see the documentation of codes.")
    fault = serializers.ChoiceField(["entrant", "organiser", "platform"], help_text="Who can mend it.")
    field = serializers.CharField(required=False, help_text="The input at fault.")
    numbers = serializers.DictField(required=False, help_text="The figures of the sentence, by name.")
    errors = FieldError(many=True, required=False)  # type: ignore[assignment]  # a field that is called so


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself, untyped
    target_class = "bounty.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API token."}


class Schema(AutoSchema):
    """Of each endpoint: the words of its docstring behind ``GET:`` or ``POST:``, its parameters, its refusals.

    An endpoint may say more than can be read off it: ``refuses`` adds statuses by method, ``tag`` names its section.
    """

    def get_operation(self, *args: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args)
        if operation is None:
            return None
        answers = operation["responses"]
        if self.method == "GET":
            answers.setdefault("304", {"description": "What was named by If-None-Match still holds."})
        for status in sorted(self._refusals(operation)):
            answers.setdefault(str(status), self._refusal(status))
        operation["responses"] = {status: self._with_headers(status, answers[status]) for status in sorted(answers)}
        return dict(operation)

    def get_tags(self) -> list[str]:
        module = type(self.view).__module__.rpartition(".")[2]
        return [getattr(self.view, "tag", _TAGS.get(module, module.replace("_", " ").capitalize()))]

    def get_summary(self) -> str:
        return re.split(r"[.:;] |\.$", self._words(), maxsplit=1)[0]

    def get_description(self) -> str:  # type: ignore[override]  # as its own base class has it
        return self._words()

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = []
        if self.method == "GET" and (query := getattr(self.view, "query", None)) and query().fields:
            parameters.append(query)
        handler = getattr(self.view, self.method.lower(), None)
        if getattr(handler, "takes_key", False):
            words = "The same key with the same request gives the same answer, and does nothing twice."
            parameters.append(OpenApiParameter("Idempotency-Key", str, "header", description=words))
        if self.method in getattr(self.view, "conditional", ()):
            words = "The ETag of what was read; the edit is refused where it has changed since."
            parameters.append(OpenApiParameter("If-Match", str, "header", description=words))
        return parameters

    def _words(self) -> str:
        """What the class says of the method, drawn together."""
        said = _BY_METHOD.split(" ".join((type(self.view).__doc__ or "").split()))
        by_method = dict(zip(said[1::2], said[2::2], strict=True))
        words = by_method.get(self.method, said[0]).strip().replace("``", "`")
        return words[:1].upper() + words[1:]

    def _refusals(self, operation: dict[str, Any]) -> set[int]:
        found = {401, 403, 406, 422, *getattr(self.view, "refuses", {}).get(self.method, ())}
        found |= {404} if "{" in self.path else set()
        found |= {409} if self.method != "GET" else set()
        found |= {400, 413, 415} if self.method in {"POST", "PUT", "PATCH"} else set()
        found |= {400} if any(one["name"] == "cursor" for one in operation.get("parameters", [])) else set()
        found |= {412} if self.method in getattr(self.view, "conditional", ()) else set()
        return found | ({429} if self.view.throttle_classes else set())

    def _refusal(self, status: int) -> dict[str, Any]:
        problem = self.resolve_serializer(Problem, "response").ref
        return {"description": REFUSALS[status], "content": {PROBLEM: {"schema": problem}}}

    def _with_headers(self, status: str, answer: dict[str, Any]) -> dict[str, Any]:
        headers = dict(answer.get("headers", {}))
        if status == "200" and self.method == "GET":
            headers["ETag"] = _header("Names this answer; send it as If-None-Match, and 304 says that it still holds.")
        if status == "429":
            headers["Retry-After"] = _header("Seconds until asking again is worth while.")
        if self.view.throttle_classes and status in {"200", "201", "429"}:
            headers["RateLimit"] = _header("What is left of each limit (r) and in how many seconds it resets (t).")
            headers["RateLimit-Policy"] = _header("Each limit that applies: its quota (q) and window in seconds (w).")
        return answer | ({"headers": headers} if headers else {})


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}
