"""One submission for whoever may see it: the same for pages, API and streams."""

from typing import Final

from django.shortcuts import get_object_or_404

from bounty.models import User
from submissions.models import Submission

_RELATED: Final = ("competition", "team", "sent_by", "group_source", "patch_source", "duplicate_of")


def visible_submission(user: User, pk: int) -> Submission:
    """404 where there is none, or none that the user may see."""
    return get_object_or_404(Submission.objects.visible_to(user).select_related(*_RELATED), pk=pk)
