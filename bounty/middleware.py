"""A refusal becomes a page: its sentence, its code, and who can mend it."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bounty.errors import BountyError, Fault

HEADINGS: Final = {
    403: "This is not yours to do",
    409: "This cannot be done now",
    422: "Something in it is wrong",
    429: "A limit is reached",
}
OWNERS: Final = {
    Fault.ENTRANT: "You, by what you send",
    Fault.ORGANISER: "The organiser of the competition",
    Fault.PLATFORM: "Whoever runs this site; nothing is asked of you",
}


class ErrorPageMiddleware:
    """Catches what a page's view raised; the API turns its own errors into problem documents before this."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, BountyError):
            return None
        context = {
            "heading": HEADINGS.get(exception.status, "This did not work"),
            "sentence": exception.sentence,
            "code": exception.code,
            "owner": OWNERS[exception.fault],
        }
        return render(request, "error.html", context, status=exception.status)
