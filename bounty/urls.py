"""Every address of the site: pages under /, the API under /api/v1/, the admin under /admin/."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path, re_path

from bounty.api import problems
from bounty.views import account, competition, competitions, detectable, health
from submissions.views import board, docs, listing, model, organise, preview, rounds, submission, submit

of_competition = [
    path("", competition.overview, name="competition"),
    path("data/", competition.data, name="competition-data"),
    path("data/<str:name>.<str:form>", competition.download, name="split-download"),
    path("rules/", competition.rules, name="competition-rules"),
    path("board/", board.board, name="competition-board"),
    path("submissions/", listing.of_competition, name="competition-submissions"),
    path("model/", model.model, name="competition-model"),
    path("model/<int:number>/", model.model, name="competition-version"),
    path("rounds/", rounds.rounds, name="competition-rounds"),
    path("preview/", preview.preview, name="competition-preview"),
    path("submit/", submit.submit, name="submit"),
    path("publish/", competition.publish, name="publish"),
    path("open-round/", organise.open_round, name="open-round"),
    path("close/", organise.close, name="close"),
]
of_submission = [
    path("", submission.one, name="submission"),
    path("status/", submission.status, name="submission-status"),
    path("<str:part>.py", submission.source, name="submission-source"),
    path("cancel/", submission.cancel, name="submission-cancel"),
    path("withdraw/", submission.withdraw, name="submission-withdraw"),
    path("rejudge/", submission.rejudge, name="submission-rejudge"),
]
urlpatterns = [
    path("", competitions.competitions, name="competitions"),
    path("competitions/<slug:slug>/", include(of_competition)),
    path("submissions/", listing.mine, name="submissions"),
    path("submissions/<int:pk>/", include(of_submission)),
    path("tokens/", account.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", account.revoke, name="token-revoke"),
    path("theme/", account.theme, name="theme"),
    path("login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("docs/", docs.how_it_works, name="docs"),
    path("docs/api", docs.api, name="docs-api"),
    path("docs/errors", docs.errors, name="docs-errors"),
    path("docs/statistics", docs.statistics, name="docs-statistics"),
    path("docs/detectable", detectable.detectable, name="docs-detectable"),
    path("admin/", admin.site.urls),
    path("healthz", health.live, name="live"),
    path("readyz", health.ready, name="ready"),
    path("api/v1/", include("bounty.api.urls")),
    path("api/v1/", include("submissions.api.urls")),
    re_path(r"^api/", problems.not_found),
]
handler500 = problems.server_error
