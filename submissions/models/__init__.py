"""What participants send, and what becomes of it."""

from submissions.models.artifact import Artifact
from submissions.models.certificate import Certificate
from submissions.models.merge import Merge
from submissions.models.part import RescorePart
from submissions.models.query_budget import QueryBudget
from submissions.models.reversal import Reversal
from submissions.models.round import Candidate, Round
from submissions.models.settlement import Settlement
from submissions.models.submission import Submission
from submissions.models.verdict import Verdict
from submissions.models.webhook import Delivery, Webhook

__all__ = [
    "Artifact",
    "Candidate",
    "Certificate",
    "Delivery",
    "Merge",
    "QueryBudget",
    "RescorePart",
    "Reversal",
    "Round",
    "Settlement",
    "Submission",
    "Verdict",
    "Webhook",
]
