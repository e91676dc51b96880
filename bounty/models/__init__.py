"""What the organiser owns, and who takes part."""

from bounty.models.audit import AuditEvent
from bounty.models.competition import Competition, RulesAcceptance
from bounty.models.dataset import DataColumn, DataSplit
from bounty.models.hosted_model import HostedModelVersion
from bounty.models.team import Membership, Team
from bounty.models.token import ApiToken
from bounty.models.user import User

__all__ = [
    "ApiToken",
    "AuditEvent",
    "Competition",
    "DataColumn",
    "DataSplit",
    "HostedModelVersion",
    "Membership",
    "RulesAcceptance",
    "Team",
    "User",
]
