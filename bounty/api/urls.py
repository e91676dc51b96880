"""Addresses of API v1 that concern the competition itself; those of submissions are in submissions.api.urls."""

from django.urls import path

from bounty.api import commitments, competitions, data, keys, public_answers, tokens, versions

urlpatterns = [
    path("keys", keys.Keys.as_view(), name="api-keys"),
    path("tokens", tokens.Tokens.as_view(), name="api-tokens"),
    path("tokens/<int:pk>", tokens.OneToken.as_view(), name="api-token"),
    path("competitions", competitions.Competitions.as_view(), name="api-competitions"),
    path("competitions/<slug:slug>", competitions.OneCompetition.as_view(), name="api-competition"),
    path("competitions/<slug:slug>/join", competitions.Join.as_view(), name="api-join"),
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
