"""Addresses of API v1 that concern the competition itself; those of submissions are in submissions.api.urls."""

from django.urls import path

from bounty.api import (
    commitments,
    competitions,
    data,
    document,
    keys,
    programs,
    public_answers,
    teams,
    tokens,
    versions,
)

urlpatterns = [
    path("schema.json", document.JsonDocument.as_view(), name="api-schema-json"),
    path("schema.yaml", document.YamlDocument.as_view(), name="api-schema-yaml"),
    path("keys", keys.Keys.as_view(), name="api-keys"),
    path("tokens", tokens.Tokens.as_view(), name="api-tokens"),
    path("tokens/<int:pk>", tokens.OneToken.as_view(), name="api-token"),
    path("competitions", competitions.Competitions.as_view(), name="api-competitions"),
    path("competitions/<slug:slug>", competitions.OneCompetition.as_view(), name="api-competition"),
    path("competitions/<slug:slug>/join", competitions.Join.as_view(), name="api-join"),
    path("competitions/<slug:slug>/programs", programs.Programs.as_view(), name="api-programs"),
    path("programs/<int:pk>", programs.OneProgram.as_view(), name="api-program"),
    path("programs/<int:pk>/tokens", programs.TokensOfProgram.as_view(), name="api-program-tokens"),
    path("competitions/<slug:slug>/columns", data.Columns.as_view(), name="api-columns"),
    path("competitions/<slug:slug>/splits", data.Splits.as_view(), name="api-splits"),
    path("competitions/<slug:slug>/splits/<str:name>.<str:form>", data.Download.as_view(), name="api-split-download"),
    path("competitions/<slug:slug>/commitment", commitments.Commitment.as_view(), name="api-commitment"),
    path("competitions/<slug:slug>/commitment/reveal", commitments.Reveal.as_view(), name="api-commitment-reveal"),
    path("competitions/<slug:slug>/versions", versions.Versions.as_view(), name="api-versions"),
    path("competitions/<slug:slug>/versions/<int:number>", versions.OneVersion.as_view(), name="api-version"),
    path(
        "competitions/<slug:slug>/versions/<int:number>/answers.csv",
        public_answers.PublicAnswers.as_view(),
        name="api-public-answers",
    ),
]
_team = "competitions/<slug:slug>/team"
urlpatterns += [
    path("competitions/<slug:slug>/teams", teams.Teams.as_view(), name="api-teams"),
    path(_team, teams.OwnTeam.as_view(), name="api-team"),
    path(f"{_team}/leave", teams.Leave.as_view(), name="api-team-leave"),
    path(f"{_team}/invitations", teams.Invitations.as_view(), name="api-team-invitations"),
    path(f"{_team}/invitations/<int:pk>", teams.OneInvitation.as_view(), name="api-team-invitation"),
    path(f"{_team}/members/<int:pk>", teams.OneMember.as_view(), name="api-team-member"),
    path(f"{_team}/members/<int:pk>/captain", teams.Captain.as_view(), name="api-team-captain"),
    path("invitations/accept", teams.AcceptInvitation.as_view(), name="api-invitation-accept"),
]
