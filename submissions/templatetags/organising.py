"""What an organiser is told on every page of their competition."""

from django import template

from bounty.models import Competition
from submissions.actions import try_again

register = template.Library()


@register.simple_tag
def given_up(competition: Competition) -> list[object]:
    """Work that several workers began and none finished."""
    return [*try_again.given_up(competition)]
