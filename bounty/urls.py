"""Every address of the site: pages under /, the API under /api/v1/, the admin under /admin/."""

from allauth.account import views as allauth
from allauth.usersessions import views as usersessions
from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path, re_path
from django.views.decorators.http import require_http_methods

from bounty.api import problems
from bounty.views import (
    account,
    admissions,
    commitment,
    competition,
    competitions,
    detectable,
    health,
    invitations,
    schedule,
)
from bounty.views import profile as own_profile
from submissions.views import (
    board,
    certificates,
    docs,
    engine,
    listing,
    model,
    organise,
    preview,
    profile,
    programs,
    reference,
    rounds,
    submission,
    submit,
    team,
    undo,
    webhooks,
)

of_competition = [
    path("", competition.overview, name="competition"),
    path("data/", competition.data, name="competition-data"),
    path("data/<str:name>.<str:form>", competition.download, name="split-download"),
    path("rules/", competition.rules, name="competition-rules"),
    path("board/", board.board, name="competition-board"),
    path("submissions/", listing.of_competition, name="competition-submissions"),
    path("model/", model.model, name="competition-model"),
    path("model/<int:number>/", model.model, name="competition-version"),
    path("model/<int:number>/roll-back/", undo.roll_back, name="roll-back"),
    path("merge-preview/", undo.merge_preview, name="merge-preview"),
    path("rounds/", rounds.rounds, name="competition-rounds"),
    path("preview/", preview.preview, name="competition-preview"),
    path("submit/", submit.submit, name="submit"),
    path("publish/", competition.publish, name="publish"),
    path("open-round/", organise.open_round, name="open-round"),
    path("close/", organise.close, name="close"),
    path("reveal-salt/", commitment.reveal_salt, name="reveal-salt"),
    path("try-again/", organise.try_again, name="try-again"),
    path("schedule/", schedule.schedule, name="schedule"),
    path("schedule/<int:pk>/remove/", schedule.remove, name="schedule-remove"),
    path("admissions/", admissions.admissions, name="admissions"),
    path("admissions/<int:pk>/end/", admissions.end, name="admission-end"),
    path("admissions/invitations/<int:pk>/revoke/", admissions.revoke, name="admission-invitation-revoke"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
    path("webhooks/<int:pk>/test/", webhooks.test, name="webhook-test"),
    path("webhooks/<int:pk>/switch/", webhooks.switch, name="webhook-switch"),
    path("webhooks/<int:pk>/remove/", webhooks.remove, name="webhook-remove"),
    path("webhooks/<int:pk>/deliveries/<int:delivery>/send/", webhooks.send_again, name="webhook-send-again"),
    path("team/", team.team, name="team"),
    path("team/name/", team.name, name="team-name"),
    path("team/leave/", team.leave, name="team-leave"),
    path("team/invite/", team.invite, name="team-invite"),
    path("team/invitations/<int:pk>/revoke/", team.revoke, name="team-invitation-revoke"),
    path("team/members/<int:pk>/remove/", team.remove, name="team-remove"),
    path("team/members/<int:pk>/captain/", team.captain, name="team-captain"),
    path("team/programs/", programs.add, name="program-add"),
    path("team/programs/<int:pk>/token/", programs.token, name="program-token"),
    path("team/programs/<int:pk>/end/", programs.end, name="program-end"),
    path("team/offer/", team.offer, name="team-offer"),
    path("team/offers/<int:pk>/withdraw/", team.withdraw, name="team-offer-withdraw"),
    path("team/offers/<int:pk>/decline/", team.decline, name="team-offer-decline"),
    path("team/offers/<int:pk>/accept/", team.accept, name="team-offer-accept"),
]
of_submission = [
    path("", submission.one, name="submission"),
    path("status/", submission.status, name="submission-status"),
    path("<str:part>.py", submission.source, name="submission-source"),
    path("patch.onnx", submission.model, name="submission-model"),
    path("cancel/", submission.cancel, name="submission-cancel"),
    path("withdraw/", submission.withdraw, name="submission-withdraw"),
    path("rejudge/", submission.rejudge, name="submission-rejudge"),
]
# Forms alone: left to themselves, allauth's views take PUT as they take POST.
form = require_http_methods(["GET", "HEAD", "POST"])
sign_in = form(allauth.LoginView.as_view(template_name="registration/login.html"))
# Of allauth's addresses those that are used; their names are its own.
of_account = [
    path("sign-up/", form(allauth.signup), name="account_signup"),
    path("sign-up/sent/", form(allauth.email_verification_sent), name="account_email_verification_sent"),
    re_path(r"^account/confirm/(?P<key>[-:\w]+)/$", form(allauth.confirm_email), name="account_confirm_email"),
    path("account/inactive/", form(allauth.account_inactive), name="account_inactive"),
    path("account/it-is-me/", form(allauth.reauthenticate), name="account_reauthenticate"),
    path("account/email/", form(allauth.email), name="account_email"),
    path("account/password/", form(allauth.password_change), name="account_change_password"),
    path("account/password/set/", form(allauth.password_set), name="account_set_password"),
    path("account/sessions/", form(usersessions.list_usersessions), name="usersessions_list"),
    path("password-reset/", form(allauth.password_reset), name="account_reset_password"),
    path("password-reset/sent/", form(allauth.password_reset_done), name="account_reset_password_done"),
    path(
        "password-reset/done/", form(allauth.password_reset_from_key_done), name="account_reset_password_from_key_done"
    ),
    re_path(
        r"^password-reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        form(allauth.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
]
urlpatterns = [
    path("", competitions.competitions, name="competitions"),
    path("competitions/<slug:slug>/", include(of_competition)),
    path("submissions/", listing.mine, name="submissions"),
    path("submissions/<int:pk>/", include(of_submission)),
    path("certificates/<int:pk>/", certificates.certificate, name="certificate"),
    path("invitations/<str:secret>/", invitations.invitation, name="invitation"),
    path("people/<str:username>/", profile.profile, name="profile"),
    path("account/", account.account, name="account"),
    path("account/profile/", own_profile.edit, name="account-profile"),
    path("account/delete/", own_profile.delete, name="account-delete"),
    path("tokens/", account.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", account.revoke, name="token-revoke"),
    path("theme/", account.theme, name="theme"),
    path("login/", sign_in, name="login"),
    path("login/", sign_in, name="account_login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("", include(of_account)),
    path("docs/", docs.how_it_works, name="docs"),
    path("docs/api", docs.api, name="docs-api"),
    path("docs/api/reference", reference.reference, name="docs-reference"),
    path("docs/client", docs.client, name="docs-client"),
    path("docs/models", docs.models, name="docs-models"),
    path("docs/undo", docs.undo, name="docs-undo"),
    path("docs/webhooks", docs.webhooks, name="docs-webhooks"),
    path("docs/hunters", docs.hunters, name="docs-hunters"),
    path("docs/errors", docs.errors, name="docs-errors"),
    path("docs/sandbox", docs.sandbox, name="docs-sandbox"),
    path("docs/engine", engine.engine, name="docs-engine"),
    path("docs/permissions", docs.permissions, name="docs-permissions"),
    path("docs/certificates", docs.certificates, name="docs-certificates"),
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
