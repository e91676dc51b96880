"""The admin pages of the competition domain."""

from bounty.admin.audit import AuditEventAdmin
from bounty.admin.competition import CompetitionAdmin, RulesAcceptanceAdmin
from bounty.admin.dataset import DataColumnAdmin, DataSplitAdmin
from bounty.admin.hosted_model import HostedModelVersionAdmin
from bounty.admin.team import MembershipAdmin, TeamAdmin
from bounty.admin.token import ApiTokenAdmin
from bounty.admin.user import AccountAdmin

__all__ = [
    "AccountAdmin",
    "ApiTokenAdmin",
    "AuditEventAdmin",
    "CompetitionAdmin",
    "DataColumnAdmin",
    "DataSplitAdmin",
    "HostedModelVersionAdmin",
    "MembershipAdmin",
    "RulesAcceptanceAdmin",
    "TeamAdmin",
]
