"""What is asked of the admin: its own pages, and of every kind of record the same."""

from typing import Final

from django.db.models import Model

from tests.permissions.ask import Ask
from tests.permissions.routes import admin_folder, admin_models

ADMIN: Final = [
    Ask("GET", "admin:index", "what is stored"),
    Ask("GET", "admin:login", "the way to the form to sign in"),
    Ask(
        "POST",
        "admin:login",
        "a name and a password, sent past that form",
        send={"username": "staff", "password": "{password}"},
    ),
    Ask("POST", "admin:logout", "signing out", send={}),
    Ask("GET", "admin:password_change", "one's password"),
    Ask("POST", "admin:password_change", "changing it, wrongly", send={}),
    Ask("GET", "admin:password_change_done", "that it is changed"),
    Ask("GET", "admin:autocomplete", "suggestions"),
    Ask("GET", "admin:jsi18n", "words for scripts"),
    Ask(
        "GET",
        "admin:view_on_site",
        "from a record to its page",
        {"content_type_id": "{type_of_competition}", "object_id": "{competition}"},
    ),
    Ask("GET", "admin:app_list", "the kinds of record of one part", {"app_label": "bounty"}),
    Ask("GET", "admin:auth_user_password_change", "another's password", {"id": "{charlie}"}),
    Ask("POST", "admin:auth_user_password_change", "setting it, wrongly", {"id": "{charlie}"}, {}),
    Ask("GET", "/admin/<url>", "any other address under the admin", {"url": "nowhere"}),
]
# Of each kind of record: the page's name, or the end of its address where it has none.
_PAGES: Final = [
    ("GET", "changelist", "their list", None),
    ("POST", "changelist", "a form to it that chooses nothing", {}),
    ("GET", "add", "a new one", None),
    ("POST", "add", "making it, wrongly", {}),
    ("GET", "change", "one of them", None),
    ("POST", "change", "changing it, wrongly", {}),
    ("GET", "delete", "deleting it", None),
    ("POST", "delete", "doing so", {"post": "yes"}),
    ("GET", "history", "what was done to it here", None),
    ("GET", "<object_id>/", "its old address", None),
]


def of_records() -> dict[type[Model], list[Ask]]:
    """The same requests for every kind of record that the admin shows."""
    return {model: [_ask(model, *page) for page in _PAGES] for model in admin_models()}


def _ask(model: type[Model], method: str, page: str, what: str, send: dict[str, str] | None) -> Ask:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    route = admin_folder(model) + page if page.endswith("/") else name
    row = model._default_manager.order_by("pk").first()
    return Ask(method, route, what, {"object_id": str(row.pk) if row else "0"}, send)
