"""The admin pages of the competition domain."""

from bounty.admin.audit import AuditEventAdmin
from bounty.admin.commitment import SigningKeyAdmin, SplitCommitmentAdmin
from bounty.admin.competition import CompetitionAdmin, RulesAcceptanceAdmin
from bounty.admin.dataset import DataColumnAdmin, DataSplitAdmin
from bounty.admin.hosted_model import HostedModelVersionAdmin
from bounty.admin.invitation import AdmissionAdmin, InvitationAdmin
from bounty.admin.kept_answer import KeptAnswerAdmin
from bounty.admin.rights import EmailAddressAdmin, RightsGroupAdmin
from bounty.admin.schedule import RoundTimeAdmin
from bounty.admin.team import MembershipAdmin, MergeOfferAdmin, TeamAdmin
from bounty.admin.token import ApiTokenAdmin
from bounty.admin.user import AccountAdmin

__all__ = [
    "AccountAdmin",
    "AdmissionAdmin",
    "ApiTokenAdmin",
    "AuditEventAdmin",
    "CompetitionAdmin",
    "DataColumnAdmin",
    "DataSplitAdmin",
    "EmailAddressAdmin",
    "HostedModelVersionAdmin",
    "InvitationAdmin",
    "KeptAnswerAdmin",
    "MembershipAdmin",
    "MergeOfferAdmin",
    "RightsGroupAdmin",
    "RoundTimeAdmin",
    "RulesAcceptanceAdmin",
    "SigningKeyAdmin",
    "SplitCommitmentAdmin",
    "TeamAdmin",
]
