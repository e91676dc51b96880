"""A person as others see them."""

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bounty.models import Competition, Team, User
from submissions.states import Status


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponse:
    """What they say of themselves, and their teams in the competitions that the visitor may see."""
    if not username.isprintable():  # PostgreSQL stores no NUL, and refuses to look for one
        raise Http404
    shown = get_object_or_404(User, username=username, is_active=True)
    merged = Count("submissions", filter=Q(submissions__status=Status.MERGED), distinct=True)
    seen = Competition.objects.visible_to(request.user)
    teams = Team.objects.of(shown).filter(competition__in=seen).select_related("competition").annotate(merged=merged)
    context = {"area": "account", "shown": shown, "teams": teams.order_by("-created_at")}
    return render(request, "submissions/profile.html", context)
