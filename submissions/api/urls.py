"""Addresses of API v1 under a competition's submissions; the competition's own are in bounty.api.urls."""

from django.urls import path

from submissions.api import (
    artifacts,
    board,
    certificates,
    events,
    exports,
    model,
    offers,
    preview,
    quotas,
    reversals,
    rewards,
    rounds,
    streams,
    submissions,
    webhooks,
)

urlpatterns = [
    path("competitions/<slug:slug>/submissions", submissions.Submissions.as_view(), name="api-submissions"),
    path("competitions/<slug:slug>/preview", preview.Preview.as_view(), name="api-preview"),
    path("competitions/<slug:slug>/board", board.Board.as_view(), name="api-board"),
    path("competitions/<slug:slug>/board/history", board.BoardHistory.as_view(), name="api-board-history"),
    path("competitions/<slug:slug>/quota", quotas.OwnQuota.as_view(), name="api-quota"),
    path("competitions/<slug:slug>/board/stream", streams.BoardStream.as_view(), name="api-board-stream"),
    path("competitions/<slug:slug>/rounds", rounds.Rounds.as_view(), name="api-rounds"),
    path("competitions/<slug:slug>/reversals", reversals.Reversals.as_view(), name="api-reversals"),
    path("competitions/<slug:slug>/versions/roll-back", reversals.RollBack.as_view(), name="api-roll-back"),
    path("competitions/<slug:slug>/rewards", rewards.Rewards.as_view(), name="api-rewards"),
    path(
        "competitions/<slug:slug>/versions/<int:number>/decision-list",
        model.DecisionListOf.as_view(),
        name="api-decision-list",
    ),
    path("competitions/<slug:slug>/versions/<int:number>/predict", model.Predict.as_view(), name="api-predict"),
    path("competitions/<slug:slug>/team/offers", offers.Offers.as_view(), name="api-offers"),
    path("competitions/<slug:slug>/team/offers/<int:pk>/accept", offers.Accept.as_view(), name="api-offer-accept"),
    path("competitions/<slug:slug>/team/offers/<int:pk>/decline", offers.Decline.as_view(), name="api-offer-decline"),
    path(
        "competitions/<slug:slug>/team/offers/<int:pk>/withdraw", offers.Withdraw.as_view(), name="api-offer-withdraw"
    ),
    path("competitions/<slug:slug>/versions/<int:number>/export", exports.Export.as_view(), name="api-version-export"),
    path("competitions/<slug:slug>/close", rounds.Close.as_view(), name="api-close"),
    path("competitions/<slug:slug>/certificates", certificates.Certificates.as_view(), name="api-certificates"),
    path("certificates/verify", certificates.Verify.as_view(), name="api-verify"),
    path("certificates/<int:pk>", certificates.OneCertificate.as_view(), name="api-certificate"),
    path("certificates/<int:pk>/closing", certificates.Closing.as_view(), name="api-certificate-closing"),
    path("competitions/<slug:slug>/webhooks", webhooks.Webhooks.as_view(), name="api-webhooks"),
    path("webhooks/<int:pk>", webhooks.OneWebhook.as_view(), name="api-webhook"),
    path("webhooks/<int:pk>/test", webhooks.TestOfWebhook.as_view(), name="api-webhook-test"),
    path("webhooks/<int:pk>/deliveries", webhooks.Deliveries.as_view(), name="api-deliveries"),
    path("deliveries/<int:pk>/send", webhooks.SendAgain.as_view(), name="api-delivery-send"),
    path("submissions/<int:pk>", submissions.OneSubmission.as_view(), name="api-submission"),
    path("submissions/<int:pk>/events", events.Events.as_view(), name="api-submission-events"),
    path("submissions/<int:pk>/artifacts", artifacts.Artifacts.as_view(), name="api-artifacts"),
    path("submissions/<int:pk>/artifacts/<str:role>", artifacts.OneArtifact.as_view(), name="api-artifact"),
    path("submissions/<int:pk>/stream", streams.SubmissionStream.as_view(), name="api-submission-stream"),
    path("submissions/<int:pk>/cancel", submissions.Cancel.as_view(), name="api-submission-cancel"),
    path("submissions/<int:pk>/withdraw", submissions.Withdraw.as_view(), name="api-submission-withdraw"),
]
