"""Who may."""

from django.contrib.auth.models import AnonymousUser

from bounty import clock
from bounty.errors import NotAllowed, Refused
from bounty.models import ApiToken, Competition, Membership, RulesAcceptance, Team, User


def can_organise(user: User | AnonymousUser, competition: Competition) -> bool:
    """Publish, open rounds, close, see every submission: the organiser and staff."""
    return bool(user.is_authenticated and user.is_active and (user.is_staff or user.pk == competition.organiser_id))


def check_organises(user: User | AnonymousUser, competition: Competition) -> None:
    """Raises NotAllowed for anybody but the organiser and staff."""
    if not can_organise(user, competition):
        raise NotAllowed("NOT_THE_ORGANISER", "Only the competition's organiser may do this.")


def is_member(user: User | AnonymousUser, team: Team) -> bool:
    """Whether the user is in the team now."""
    return user.is_authenticated and team.memberships.filter(user=user, left_at=None).exists()


def check_member(user: User | AnonymousUser, team: Team) -> None:
    """Raises NotAllowed for anybody outside the team: an organiser reads its submissions, but does not act for it; and
    for whom its private competition has shut out."""
    if not is_member(user, team):
        raise NotAllowed("NOT_YOUR_TEAM", "Only the team that sent a submission may do this.")
    check_sees(user, team.competition)


def team_of(user: User | AnonymousUser, competition: Competition) -> Team | None:
    """The user's team in the competition, if there is one."""
    if not user.is_authenticated:
        return None
    return Team.objects.of(user).filter(competition=competition).first()


def own_team(user: User | AnonymousUser, competition: Competition) -> Team:
    """The same. Raises NotAllowed where there is none."""
    team = team_of(user, competition)
    if team is None:
        raise NotAllowed("NOT_YOUR_TEAM", "You are in no team of this competition.")
    return team


def is_captain(user: User | AnonymousUser, team: Team) -> bool:
    """Whether the user leads the team now."""
    captain = Membership.objects.filter(team=team, left_at=None, role=Membership.Role.CAPTAIN)
    return user.is_authenticated and captain.filter(user=user).exists()


def check_captain(user: User | AnonymousUser, team: Team) -> None:
    """Raises NotAllowed for anybody but the team's captain, and for whom its private competition has shut out."""
    if not is_captain(user, team):
        raise NotAllowed("NOT_THE_CAPTAIN", "Only the team's captain may do this.")
    check_sees(user, team.competition)


def check_owns(user: User, token: ApiToken) -> None:
    """Raises NotAllowed for a token of somebody else's; captains may end their programs', staff any."""
    led = Team.objects.led_by(user)
    programs = Membership.objects.filter(user=token.user_id, role=Membership.Role.PROGRAM, team__in=led)
    if user.pk != token.user_id and not user.is_staff and not programs.exists():
        raise NotAllowed("NOT_YOUR_TOKEN", "This token belongs to someone else.")


def check_leads(user: User | AnonymousUser, team: Team) -> None:
    """Raises NotAllowed for anybody but the team's captain and staff, who help where a captain is gone or at fault."""
    if not (user.is_active and user.is_staff):
        check_captain(user, team)


def check_keeps_accounts(user: User | AnonymousUser, account: User) -> None:
    """Raises NotAllowed for anybody without the right to change accounts; those of administrators are for their like
    alone, or a right over accounts would be a way to every other."""
    keeps = user.is_active and user.is_staff and user.has_perm("bounty.change_user")
    if not keeps or (account.is_superuser and not user.is_superuser):
        raise NotAllowed("NOT_YOUR_ACCOUNT", "Only who keeps the accounts of this site may do this.")


def sees(user: User | AnonymousUser, competition: Competition) -> bool:
    """Whether the competition is the person's to see."""
    return Competition.objects.visible_to(user).filter(pk=competition.pk).exists()


def check_sees(user: User | AnonymousUser, competition: Competition) -> None:
    """Raises NotAllowed for whom a private competition has not let in."""
    if not sees(user, competition):
        raise NotAllowed("NOT_INVITED", "This competition is private; ask its organiser for an invitation.")


def check_takes_teams(competition: Competition) -> None:
    """Raises Refused unless teams may be made, joined and merged now."""
    ended = competition.closes_at is not None and competition.closes_at <= clock.now()
    if competition.state != Competition.State.OPEN or ended:
        raise Refused("COMPETITION_CLOSED", "This competition takes no new teams now.")


def check_may_compete(user: User, competition: Competition) -> None:
    """Raises NotAllowed for the organiser, staff and whom a private competition has not let in; Refused when it takes
    no teams."""
    if user.is_program:
        raise NotAllowed("A_PROGRAM", "A program sends for the team that it belongs to, and joins no other.")
    _check_competes(user, competition)
    check_takes_teams(competition)
    check_sees(user, competition)


def _check_competes(user: User, competition: Competition) -> None:
    if can_organise(user, competition):
        raise NotAllowed("ORGANISER_MAY_NOT_COMPETE", "Who organises sees what everyone sends, and may not compete.")


def check_may_merge(one: Team, other: Team) -> None:
    """Raises Refused after the deadline, or where the two together would have too many people."""
    competition = one.competition
    check_takes_teams(competition)
    if competition.teams_merge_until is not None and competition.teams_merge_until <= clock.now():
        raise Refused("MERGE_DEADLINE", "The time in which teams may merge has passed.")
    together = one.present().count() + other.present().count()
    if together > competition.max_team_members:
        sentence = f"Together you would be {together}; a team has at most {competition.max_team_members} members."
        raise Refused("TEAM_FULL", sentence, together=together, limit=competition.max_team_members)


def has_accepted_rules(user: User, competition: Competition) -> bool:
    """Whether the rules as they now stand were accepted by this person; for a program, by its team's captain."""
    accepted = RulesAcceptance.objects.filter(competition=competition, rules_version=competition.rules_version)
    if not user.is_program:
        return accepted.filter(user=user).exists()
    teams = Team.objects.of(user).filter(competition=competition)
    captains = Membership.objects.filter(team__in=teams, left_at=None, role=Membership.Role.CAPTAIN)
    return accepted.filter(user__in=captains.values("user")).exists()


def can_download(user: User | AnonymousUser, competition: Competition) -> bool:
    """Whether the public splits are the person's to take: by accepting the rules, or by organising."""
    accepted = isinstance(user, User) and has_accepted_rules(user, competition)
    return accepted or can_organise(user, competition)


def check_may_download(user: User | AnonymousUser, competition: Competition) -> None:
    """Raises Refused until the rules as they now stand are accepted."""
    if not can_download(user, competition):
        raise Refused("RULES_NOT_ACCEPTED", "Accept the rules of this competition first; then its data is yours.")


def can_submit(user: User | AnonymousUser, competition: Competition) -> Team:
    """The team that the user sends for.

    Raises:
        NotAllowed: without an account; for the organiser and staff, also for who became so after joining; for whom a
            private competition has not let in.
        Refused: when the competition is not open, or its rules have not been accepted.
    """
    if not isinstance(user, User) or not user.is_active:
        raise NotAllowed("SIGN_IN", "Sign in to take part.")
    _check_competes(user, competition)
    check_sees(user, competition)
    if not competition.is_open:
        raise Refused("COMPETITION_CLOSED", "This competition takes no submissions now.")
    team = team_of(user, competition)
    if team is None or not has_accepted_rules(user, competition):
        raise Refused("RULES_NOT_ACCEPTED", "Accept the rules of this competition first.")
    return team
