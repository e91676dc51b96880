"""Addresses of API v1 under a competition's submissions; the competition's own are in bounty.api.urls."""

from django.urls import path

from submissions.api import board, certificates, exports, rounds, submissions

urlpatterns = [
    path("competitions/<slug:slug>/submissions", submissions.Submissions.as_view(), name="api-submissions"),
    path("competitions/<slug:slug>/preview", board.Preview.as_view(), name="api-preview"),
    path("competitions/<slug:slug>/board", board.Board.as_view(), name="api-board"),
    path("competitions/<slug:slug>/quota", board.OwnQuota.as_view(), name="api-quota"),
    path("competitions/<slug:slug>/rounds", rounds.Rounds.as_view(), name="api-rounds"),
    path("competitions/<slug:slug>/versions/<int:number>/export", exports.Export.as_view(), name="api-version-export"),
    path("competitions/<slug:slug>/close", rounds.Close.as_view(), name="api-close"),
    path("competitions/<slug:slug>/certificates", certificates.Certificates.as_view(), name="api-certificates"),
    path("certificates/verify", certificates.Verify.as_view(), name="api-verify"),
    path("certificates/<int:pk>", certificates.OneCertificate.as_view(), name="api-certificate"),
    path("certificates/<int:pk>/closing", certificates.Closing.as_view(), name="api-certificate-closing"),
    path("submissions/<int:pk>", submissions.OneSubmission.as_view(), name="api-submission"),
    path("submissions/<int:pk>/cancel", submissions.Cancel.as_view(), name="api-submission-cancel"),
    path("submissions/<int:pk>/withdraw", submissions.Withdraw.as_view(), name="api-submission-withdraw"),
]
