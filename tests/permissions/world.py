"""What the visitors meet: an open competition, a private one and a draft, with something in each to ask about.

Alice is captain of the team that sent everything, bob is its member; the bot has a team of its own; charlie has joined
nothing; olga organises all three; staff is an administrator.
"""

import datetime as dt
from pathlib import Path
from typing import Final

import numpy as np
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType

from bounty import arrays, clock
from bounty.actions.accept_invitation import accept_invitation
from bounty.actions.import_bundle import import_bundle
from bounty.actions.invite import invite_to_competition, invite_to_team
from bounty.actions.issue_token import issue_token
from bounty.actions.join_competition import join_competition
from bounty.actions.keep_program import add_program
from bounty.actions.offer_merge import offer_merge
from bounty.actions.publish_competition import publish_competition
from bounty.actions.schedule_round import schedule_round
from bounty.models import Admission, Competition, HostedModelVersion, KeptAnswer, Membership, Team, User
from submissions.actions.issue_certificate import issue_certificate
from submissions.actions.judge import judge
from submissions.actions.keep_webhook import add_webhook
from submissions.actions.keep_webhook import test_webhook as make_a_test
from submissions.actions.submit import submit
from submissions.intake.request import SubmitRequest
from submissions.models import (
    Candidate,
    Certificate,
    Delivery,
    Merge,
    Reversal,
    Round,
    Settlement,
    Submission,
    Verdict,
)
from submissions.states import Status
from tests.bounty.bundles import small_bundle
from tests.conftest import PASSWORD
from tests.onnx_files import older_than

PERSONS: Final = ("charlie", "bob", "alice", "olga", "bot", "staff")
People = dict[str, User]
Names = dict[str, str]


def made(folder: Path) -> tuple[People, Names]:
    """The people, and what requests may name: keys, slugs and secrets."""
    people = {name: _person(name) for name in PERSONS}
    names = {"password": PASSWORD, "name": "train", "form": "csv", "number": "0"}
    _records(people)
    names |= _open(people, folder) | _private(people, folder) | _draft(people, folder) | _account(people)
    draft = Competition.objects.get(state=Competition.State.DRAFT)
    Settlement.objects.create(competition=draft)  # this and the next for the admin alone
    only = draft.versions.get()
    Reversal.objects.create(competition=draft, kind="roll_back", restored=only, before=only, after=only, reason="x")
    return people, names


def _person(name: str) -> User:
    make = User.objects.create_superuser if name == "staff" else User.objects.create_user
    return make(name, f"{name}@example.org", PASSWORD)


def _imported(folder: Path, slug: str, organiser: User, **terms: str) -> Competition:
    bundle = small_bundle(folder / slug)
    bundle.manifest |= {"slug": slug, "title": slug.capitalize(), **terms}
    return import_bundle(bundle.write(), organiser=organiser)


def _open(people: People, folder: Path) -> Names:
    competition = publish_competition(_imported(folder, "open", people["olga"]), by=people["olga"])
    team = join_competition(competition, user=people["alice"], team_name="Wonderland")
    rivals = join_competition(competition, user=people["bot"], team_name="The bot's")
    third = Team.objects.create(competition=competition, name="Third")  # whose captain nobody here is
    Membership.objects.create(competition=competition, team=third, user=User.objects.create_user("elsewhere"))
    invitation, secret = invite_to_team(team, by=people["alice"])
    accept_invitation(secret, user=people["bob"], rules_version=1)
    return {
        "slug": competition.slug,
        "program": str(add_program(team, name="wonderland-bot", by=people["alice"]).pk),
        "competition": str(competition.pk),
        "type_of_competition": str(ContentType.objects.get_for_model(Competition).pk),
        "team_invitation": str(invitation.pk),
        "team_secret": secret,
        "bobs_place": str(Membership.objects.get(user=people["bob"]).pk),
        "offer_made": str(offer_merge(team, to=rivals.name, by=people["alice"]).pk),
        "offer_received": str(offer_merge(rivals, to=team.name, by=people["bot"]).pk),
        "round_time": str(schedule_round(competition, at=_later(), by=people["olga"]).pk),
        **_submissions(team, people["alice"]),
    }


def _submissions(team: Team, by: User) -> Names:
    """One in each state that something may be done in."""
    scored = _sent(team, by, predicate_text="sex == 'F'")
    failed = _sent(team, by, predicate_text="age > 40")
    merged = _sent(team, by, predicate_text="age < 30")
    queued = _sent(team, by, group_kind="python", group_source=b"def group(X):\n    return X['age'] > 40\n")
    model = _sent(team, by, predicate_text="age > 50", patch_kind="onnx", patch_model=older_than(60))
    judge(scored.pk)
    Submission.objects.filter(pk=scored.pk).update(status=Status.SCORED)  # whatever came of it on so few rows
    Submission.objects.filter(pk=failed.pk).update(status=Status.FAILED)
    Submission.objects.filter(pk__in=[scored.pk, merged.pk]).update(**_evidence(team.competition))
    certificate = _merge(merged)
    # Against the newest version and past the gate: what a round would choose.
    newest = HostedModelVersion.objects.filter(competition=team.competition).latest()
    Verdict.objects.filter(submission=scored).update(version=newest, passes_gate=True)
    sent = {"scored": scored, "failed": failed, "merged": merged, "queued": queued, "model": model}
    found = {name: str(submission.pk) for name, submission in sent.items()} | {"certificate": str(certificate.pk)}
    return found | _webhooks(team, by)


def _evidence(competition: Competition) -> dict[str, str]:
    """A pair's: on every row, what the model says there already."""
    model = competition.versions.get()
    found = {"public_answers": model.public_answers, "hidden_answers": model.hidden_answers}
    rows = {name.replace("answers", "mask"): len(arrays.load(digest)) for name, digest in found.items()}
    return found | {name: arrays.save(np.ones(n, dtype=np.bool_)) for name, n in rows.items()}


def _webhooks(team: Team, by: User) -> Names:
    """One of the team's, to which a message was sent, and one of the organiser's."""
    asked = {"url": "https://hooks.example.org/", "events": ["submission.verdict"]}
    own, _ = add_webhook(team.competition, team, by=by, **asked)
    organisers, _ = add_webhook(team.competition, None, by=team.competition.organiser, **asked)
    sent = make_a_test(own, by=by)
    Delivery.objects.filter(pk=sent.pk).update(state=Delivery.State.GIVEN_UP)
    return {"webhook": str(own.pk), "organisers_webhook": str(organisers.pk), "delivery": str(sent.pk)}


def _sent(team: Team, by: User, **asked: object) -> Submission:
    given = {"group_kind": "predicate"} | asked
    return submit(team, sent_by=by, request=SubmitRequest(**given))  # type: ignore[arg-type]


def _merge(submission: Submission) -> Certificate:
    """As if a round had certified it; the model's answers are those of before."""
    Submission.objects.filter(pk=submission.pk).update(status=Status.MERGED)
    competition, before = submission.competition, submission.competition.versions.get()
    held = Round.objects.create(competition=competition, number=1, state=Round.State.FINISHED)
    tested = {"position": 1, "provisional_score": 0.1, "version": before, "passed": True, "t": 1}
    candidate = Candidate.objects.create(round=held, submission=submission, **tested)
    certificate = issue_certificate(competition, candidate)
    after = HostedModelVersion.objects.get(pk=before.pk)
    after.pk, after.number, after.base = None, 1, before
    after.nodes = [{"kind": "leaf", "group": submission.pk, "patch": submission.pk}]
    after.save(force_insert=True)
    links = {"submission": submission, "certificate": certificate, "before": before, "after": after}
    Merge.objects.create(competition=competition, rescored_at=clock.now(), **links)
    return certificate


def _private(people: People, folder: Path) -> Names:
    """It lets in alice and bob, who are a team."""
    organiser = people["olga"]
    draft = _imported(folder, "private", organiser, visibility="private")
    competition = publish_competition(draft, by=organiser)
    invitation, secret = invite_to_competition(competition, by=organiser)
    for name in ("alice", "bob"):
        accept_invitation(secret, user=people[name])
    team = join_competition(competition, user=people["alice"])
    accept_invitation(invite_to_team(team, by=people["alice"])[1], user=people["bob"], rules_version=1)
    certificate = _merge(_sent(team, people["alice"], predicate_text="age > 50"))
    return {
        "private": competition.slug,
        "entry": str(invitation.pk),
        "entry_secret": secret,
        "bobs_admission": str(Admission.objects.get(user=people["bob"]).pk),
        "private_certificate": str(certificate.pk),
        "private_submission": str(_sent(team, people["alice"], predicate_text="age > 40").pk),
    }


def _draft(people: People, folder: Path) -> Names:
    return {"draft": _imported(folder, "draft", people["olga"]).slug}


def _account(people: People) -> Names:
    """A token of alice's; of charlie's a new address that waits to be confirmed, and a forgotten password."""
    token, _ = issue_token(people["alice"], name="laptop", scopes=["read"])
    charlie = people["charlie"]
    EmailAddress.objects.create(user=charlie, email=charlie.email, primary=True, verified=True)
    waiting = EmailAddress.objects.create(user=charlie, email="charlie@example.net")
    return {
        "token": str(token.pk),
        "charlie": str(charlie.pk),
        "confirmation": EmailConfirmationHMAC(waiting).key,
        "uid": user_pk_to_url_str(charlie),
        "reset": default_token_generator.make_token(charlie),
    }


def _records(people: People) -> None:
    """What else the admin has pages of."""
    Group.objects.create(name="helpers")
    KeptAnswer.objects.create(user=people["alice"], key="one", request_digest="a" * 64, status=201, body={})
    UserSession.objects.create(user=people["alice"], ip="127.0.0.1", session_key="not-hers", user_agent="a browser")


def _later() -> dt.datetime:
    return clock.now() + dt.timedelta(days=30)
