"""What the organiser owns, and who takes part."""

from bounty.models.audit import AuditEvent
from bounty.models.commitment import SplitCommitment
from bounty.models.competition import Competition, RulesAcceptance
from bounty.models.dataset import DataColumn, DataSplit
from bounty.models.hosted_model import HostedModelVersion
from bounty.models.invitation import Admission, Invitation
from bounty.models.kept_answer import KeptAnswer
from bounty.models.schedule import RoundTime
from bounty.models.signing_key import SigningKey
from bounty.models.team import Membership, MergeOffer, Team
from bounty.models.token import ApiToken
from bounty.models.user import User

__all__ = [
    "Admission",
    "ApiToken",
    "AuditEvent",
    "Competition",
    "DataColumn",
    "DataSplit",
    "HostedModelVersion",
    "Invitation",
    "KeptAnswer",
    "Membership",
    "MergeOffer",
    "RoundTime",
    "RulesAcceptance",
    "SigningKey",
    "SplitCommitment",
    "Team",
    "User",
]
