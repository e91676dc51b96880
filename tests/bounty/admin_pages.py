"""Acting on a row from its list in the admin, as a person does: choose, read, confirm."""

from typing import Any

from django.contrib.messages import get_messages
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def choice(action: str, *rows: Model) -> dict[str, Any]:
    return {"action": action, "_selected_action": [row.pk for row in rows]}


def act(staff: Client, action: str, *rows: Model, reason: str = "") -> str:
    """Choose the rows, read what will happen, confirm it; returns what the site says of it."""
    chosen, there = choice(action, *rows), address(type(rows[0]), "changelist")
    asked = staff.post(there, chosen)
    assert asked.status_code == 200
    assert "This will happen" in asked.content.decode()
    return said(staff.post(there, chosen | {"confirmed": "yes", "reason": reason}))


def said(answer: Any) -> str:
    """The last message of what was answered."""
    assert isinstance(answer, HttpResponse)
    return str(list(get_messages(answer.wsgi_request))[-1])  # type: ignore[attr-defined]
