"""A competition with one row at least of every model."""

from django.utils import timezone

from bounty.actions.issue_token import issue_token
from bounty.actions.join_competition import join_competition
from bounty.models import (
    Admission,
    Competition,
    HostedModelVersion,
    Invitation,
    KeptAnswer,
    MergeOffer,
    RoundTime,
    SigningKey,
    SplitCommitment,
    Team,
    User,
)
from submissions.models import (
    Artifact,
    Candidate,
    Certificate,
    Delivery,
    Merge,
    QueryBudget,
    RescorePart,
    Reversal,
    Round,
    Settlement,
    Submission,
    Verdict,
    Webhook,
)
from submissions.states import Status


def another(competition: Competition) -> Competition:
    """A second one, of the same columns, splits and first version."""
    number = Competition.objects.count() + 1
    made = Competition.objects.get(pk=competition.pk)
    made.pk, made.slug, made.title = None, f"{made.slug}-{number}", f"{made.title} {number}"
    made.save(force_insert=True)
    for row in (*competition.data_columns.all(), *competition.splits.all(), competition.versions.earliest("number")):
        row.pk, row.competition = None, made
        row.save(force_insert=True)
    return made


def fill(competition: Competition, *, user: User, invited_by: User) -> None:
    """The rows that taking part and working leave behind."""
    team = join_competition(competition, user=user)
    other = Team.objects.create(competition=competition, name="Others", merged_into=team)
    KeptAnswer.objects.create(user=user, key="one", request_digest="a" * 64, status=201, body={"id": 1})
    issue_token(user, name="laptop", scopes=["read"])
    invitation = Invitation.objects.create(
        competition=competition, team=team, hint="abcd", sha256=f"{competition.pk:064}", made_by=invited_by,
        expires_at=timezone.now(),
    )  # fmt: skip
    Admission.objects.create(competition=competition, user=user, invitation=invitation)
    MergeOffer.objects.create(offering=other, asked=team, made_by=user)
    RoundTime.objects.create(competition=competition, at=timezone.now())
    QueryBudget.objects.create(team=team, day="2026-01-01", used=2)
    Settlement.objects.create(competition=competition)
    SplitCommitment.objects.get_or_create(competition=competition, defaults={"value": "c" * 64})
    SigningKey.objects.create(key_id=f"{competition.pk:016}", public_key="a" * 64)
    webhook = Webhook.objects.create(competition=competition, team=team, url="https://hooks.example.org/", made_by=user)
    Delivery.objects.create(webhook=webhook, message=f"msg_{competition.pk}", event="test", payload={"type": "test"})
    _judged(competition, team, user, invited_by)


def _judged(competition: Competition, team: Team, user: User, organiser: User) -> None:
    sources = [
        Artifact.objects.create(sha256=f"{competition.pk}{i:063}", size_bytes=3, file="artifacts/a") for i in (1, 2)
    ]
    submission = Submission.objects.create(
        competition=competition, team=team, sent_by=user, group_kind="python", group_text="group", seed=1,
        group_source=sources[0], patch_kind="python", patch_source=sources[1], status=Status.MERGED,
    )  # fmt: skip
    before = competition.versions.get()
    after = HostedModelVersion.objects.create(
        competition=competition, number=1, base=before, holdout_report=before.holdout_report,
        hidden_answers=before.hidden_answers, public_answers=before.public_answers,
    )  # fmt: skip
    Verdict.objects.create(
        submission=submission, attempt=1, version=before, outcome="scored", code="SCORED", sentence="x"
    )
    held = Round.objects.create(competition=competition, number=1, opened_by=organiser)
    candidate = Candidate.objects.create(
        round=held, submission=submission, position=1, provisional_score=0.1, version=before
    )
    digest = f"{competition.pk:064}"
    certificate = Certificate.objects.create(candidate=candidate, version=before, body={"level": 0.01}, digest=digest)
    merge = Merge.objects.create(
        competition=competition, submission=submission, certificate=certificate, before=before, after=after
    )
    again = HostedModelVersion.objects.create(
        competition=competition, number=2, hidden_answers=before.hidden_answers, public_answers=before.public_answers,
        holdout_report=before.holdout_report,
    )  # fmt: skip
    Reversal.objects.create(
        competition=competition, kind="roll_back", restored=before, before=after, after=again, reason="x", by=organiser
    )
    RescorePart.objects.create(merge=merge, version=after, first_row=0, end_row=8)
