"""Note that a person accepts the rules as they stand."""

from bounty.actions.record import record
from bounty.errors import Refused
from bounty.models import Competition, RulesAcceptance, User


def accept_rules(competition: Competition, user: User) -> bool:
    """Whether they had not accepted this version before. The caller holds a transaction."""
    version = competition.rules_version
    _, accepted = RulesAcceptance.objects.get_or_create(competition=competition, user=user, rules_version=version)
    if accepted:
        subject = f"account:{user.pk}"
        record("accept_rules", subject=subject, competition=competition, actor=user, rules_version=version)
    return accepted


def check_rules_version(competition: Competition, given: int) -> None:
    """What was read is what counts: raises Refused where the rules have changed since."""
    if given != competition.rules_version:
        sentence = f"The rules in force are version {competition.rules_version}; read and accept these."
        raise Refused("RULES_CHANGED", sentence, field="rules_version", in_force=competition.rules_version)
