"""Come in by an invitation: into a team, or into a private competition."""

from django.db import transaction
from django.db.models import F

from bounty.actions.accept_rules import accept_rules, check_rules_version
from bounty.actions.invite import digest_of
from bounty.actions.leave_team import discard
from bounty.actions.record import record
from bounty.errors import Fault, NotAllowed, Refused
from bounty.models import Admission, Competition, Invitation, Membership, Team, User
from bounty.policies import check_may_compete, check_sees


def find_invitation(secret: str) -> Invitation:
    """The invitation that the secret opens. Raises Refused where it opens nothing (any more)."""
    found = Invitation.objects.select_related("competition", "team").filter(sha256=digest_of(secret)).first()
    if found is None or not found.is_usable:
        raise _useless()
    if found.competition.state == Competition.State.DRAFT:
        sentence = "What this invitation leads to is not published yet. Keep the link, and open it later."
        raise Refused("INVITATION_TOO_EARLY", sentence, fault=Fault.ORGANISER)
    return found


def accept_invitation(secret: str, *, user: User, rules_version: int | None = None) -> Invitation:
    """Use it: a competition's lets ``user`` in; a team's makes them a member who accepts the rules of that version.

    Raises:
        Refused: the invitation is used up, revoked or too old; the team is full; the person is in another team that
            has sent something, or has left one.
        NotAllowed: for the organiser and staff, for programs, and for who may not see a private competition.
    """
    if user.is_program:
        raise NotAllowed("A_PROGRAM", "A program sends for the team that it belongs to, and joins no other.")
    invitation = find_invitation(secret)
    if invitation.team is not None:
        check_may_compete(user, invitation.competition)
        check_rules_version(invitation.competition, rules_version or 0)
    with transaction.atomic():
        # The order in which all lock who move people: accounts, teams by their keys, invitations, the record.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        teams = _lock_teams(invitation.team, user) if invitation.team is not None else {}
        locked = Invitation.objects.select_for_update(of=("self",), no_key=True).filter(pk=invitation.pk).first()
        if locked is None:
            raise _useless()
        if _enter(invitation, user, teams):
            _use(locked)
            subject = f"invitation:{invitation.pk}"
            record("accept_invitation", subject=subject, competition=invitation.competition, actor=user)
    return invitation


def _lock_teams(wanted: Team, user: User) -> dict[int, Team]:
    """The team that is joined, and the one that the person is or was in; a merge may have moved them meanwhile."""
    held = Membership.objects.filter(competition=wanted.competition_id, user=user)
    keys = {wanted.pk, *held.values_list("team", flat=True)}
    teams = Team.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    locked = {team.pk: team for team in teams}
    if not {*held.values_list("team", flat=True)} <= locked.keys():
        raise Refused("TEAM_CHANGED", "Your team has just become part of another; try again.")
    return locked


def _use(locked: Invitation) -> None:
    """Count it; the caller holds its row's lock, so that nobody counts beside it."""
    if not locked.is_usable:
        raise _useless()
    Invitation.objects.filter(pk=locked.pk).update(uses=F("uses") + 1)


def _enter(invitation: Invitation, user: User, teams: dict[int, Team]) -> bool:
    """Whether the person was not there before; who is pays no use."""
    if invitation.team_id is None:
        return _admit(invitation, user)
    team = teams.get(invitation.team_id)
    if team is None or team.merged_into_id is not None:
        raise _useless()
    return _join(team, invitation.competition, user, teams)


def _admit(invitation: Invitation, user: User) -> bool:
    admission, admitted = Admission.objects.get_or_create(
        competition=invitation.competition, user=user, defaults={"invitation": invitation}
    )
    if admission.ended_at is None:
        return admitted
    if invitation.made_at <= admission.ended_at:
        raise _useless()  # who was shut out does not come back by what was out already
    admission.invitation, admission.ended_at = invitation, None
    admission.save(update_fields=["invitation", "ended_at"])
    return True


def _join(team: Team, competition: Competition, user: User, teams: dict[int, Team]) -> bool:
    check_sees(user, competition)
    held = Membership.objects.filter(competition=competition, user=user).first()
    if held is not None and held.team_id == team.pk and held.left_at is None:
        accept_rules(competition, user)
        return False
    if team.present().count() >= competition.max_team_members:
        raise Refused("TEAM_FULL", f"This team has its {competition.max_team_members} members already.")
    if held is not None and held.team_id != team.pk:
        _free(held, teams[held.team_id])
        held = None
    if held is None:
        Membership.objects.create(team=team, user=user, competition=competition, role=Membership.Role.MEMBER)
    else:
        held.left_at = None
        held.save(update_fields=["left_at"])
    accept_rules(competition, user)  # last: whoever writes the record keeps others out until the end
    return True


def _free(held: Membership, other: Team) -> None:
    """Who is alone in a team that has sent nothing gives it up; any other team has a hold on the person."""
    alone = not other.memberships.exclude(pk=held.pk).exists()
    if other.first_sent_at is not None or not alone:
        verb = "are in" if held.left_at is None else "were in"
        sentence = f"You {verb} the team {other}. Leave it if it has sent nothing, or have the two teams merged."
        raise Refused("IN_ANOTHER_TEAM", sentence)
    discard(other)


def _useless() -> Refused:
    sentence = "This invitation was used, revoked, or is too old. Ask who sent it for another."
    return Refused("INVITATION_USELESS", sentence)
