"""How a page answers what was asked of it: done, or why not; and what it asks before it does what cannot be undone."""

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from bounty.errors import Invalid, LimitReached, Refused


def answered(request: HttpRequest, act: Callable[[], object], *, done: str, back: str) -> HttpResponse:
    """Do it and go back, with a word on how it went. What the person may not do at all has a page of its own."""
    try:
        act()
    except (Invalid, LimitReached, Refused) as error:
        messages.error(request, f"{error.sentence} ({error.code})")
    else:
        messages.success(request, done)
    return redirect(back)


def asked(
    request: HttpRequest,
    question: str,
    *,
    about: str = "",
    verb: str,
    consequences: Sequence[str],
    back: str,
    risky: bool = False,
) -> HttpResponse:
    """The page that says what would happen; ``about`` is the name of what it would happen to.

    Names that people give stand above the question, not in it: they may be questions themselves.
    """
    context = {"question": question, "about": about, "verb": verb, "consequences": consequences, "back": back}
    return render(request, "confirm.html", context | {"risky": risky, "area": "competitions"})
