"""The admin pages of what participants send, and of what becomes of it."""

from submissions.admin.artifact import ArtifactAdmin
from submissions.admin.certificate import CertificateAdmin
from submissions.admin.competition import RunCompetitionAdmin
from submissions.admin.merge import MergeAdmin
from submissions.admin.part import RescorePartAdmin
from submissions.admin.query_budget import QueryBudgetAdmin
from submissions.admin.reversal import LiveVersionAdmin, ReversalAdmin
from submissions.admin.round import CandidateAdmin, RoundAdmin
from submissions.admin.settlement import SettlementAdmin
from submissions.admin.submission import SubmissionAdmin
from submissions.admin.verdict import VerdictAdmin
from submissions.admin.webhook import DeliveryAdmin, WebhookAdmin

__all__ = [
    "ArtifactAdmin",
    "CandidateAdmin",
    "CertificateAdmin",
    "DeliveryAdmin",
    "LiveVersionAdmin",
    "MergeAdmin",
    "QueryBudgetAdmin",
    "RescorePartAdmin",
    "ReversalAdmin",
    "RoundAdmin",
    "RunCompetitionAdmin",
    "SettlementAdmin",
    "SubmissionAdmin",
    "VerdictAdmin",
    "WebhookAdmin",
]
