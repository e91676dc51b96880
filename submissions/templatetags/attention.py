"""What asks for attention, for the admin's first page."""

from typing import Any

from django import template

from submissions.attention import concerns, oldest_wait, queue_address

register = template.Library()


@register.inclusion_tag("admin/_attention.html")
def attention() -> dict[str, Any]:
    """Counts with links, of what is not zero; and since when the oldest submission waits."""
    return {"concerns": concerns(), "oldest": oldest_wait(), "queue": queue_address()}
