"""The commitment to hidden rows: made when a competition opens, and checked by a command."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from bounty import evidence, vault
from bounty.actions.import_bundle import import_bundle
from bounty.actions.publish_competition import publish_competition
from bounty.actions.reveal_salt import reveal_salt
from bounty.errors import NotAllowed, Refused
from bounty.models import AuditEvent, Competition, DataSplit, SplitCommitment, User
from scoring.commitments import commitment
from tests.bounty.bundles import SmallBundle
from tests.pages import signed_in, words


@pytest.fixture
def opened(small: SmallBundle, olga: User) -> Competition:
    return publish_competition(import_bundle(small.folder, organiser=olga), by=olga)


def check(slug: str, **options: object) -> str:
    said = StringIO()
    call_command("check_commitment", slug, stdout=said, **options)
    return said.getvalue()


def test_it_is_made_when_the_competition_opens_and_stands_in_the_audit_record(small: SmallBundle, olga: User) -> None:
    draft = import_bundle(small.folder, organiser=olga)
    assert not SplitCommitment.objects.exists()
    publish_competition(draft, by=olga)
    made = SplitCommitment.objects.get()
    assert made.value == commitment(vault.digests(draft), vault.salt(draft))
    assert AuditEvent.objects.get(verb="publish_competition").data["commitment"] == made.value
    assert made.value in words(signed_in(olga).get(f"/competitions/{draft.slug}/data/"))


def test_the_same_rows_under_another_salt_are_committed_to_otherwise(small: SmallBundle, olga: User) -> None:
    values = set()
    for slug in ("one", "other"):
        small.manifest["slug"] = slug
        competition = publish_competition(import_bundle(small.write(), organiser=olga), by=olga)
        values.add(competition.commitment.value)
    assert len(values) == 2


def test_the_salt_lies_in_the_vault_and_nowhere_else(opened: Competition) -> None:
    salt = vault.salt(opened)
    assert len(salt) == 32
    assert vault.salt(opened) == salt
    files = [path for path in Path(storages["vault"].location).rglob("*.salt") if path.read_bytes() == salt]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]
    assert opened.commitment.salt == ""


def test_the_command_knows_the_stored_rows_and_the_bundle(opened: Competition, small: SmallBundle) -> None:
    assert "are those that" in check(opened.slug)
    assert opened.commitment.value in check(opened.slug, bundle=small.folder)


@pytest.mark.parametrize("split", DataSplit.HIDDEN)
def test_the_command_finds_a_row_that_was_exchanged(opened: Competition, small: SmallBundle, split: str) -> None:
    label = small.frames[split].loc[0, "defaulted"]
    small.frames[split].loc[0, "defaulted"] = 1 - label
    small.write()
    with pytest.raises(CommandError, match="are not those"):
        check(opened.slug, bundle=small.folder)


def test_the_command_says_where_there_is_none(small: SmallBundle, olga: User) -> None:
    draft = import_bundle(small.folder, organiser=olga)
    with pytest.raises(CommandError, match="No commitment"):
        check(draft.slug)


def test_the_salt_opens_the_commitment_to_whoever_holds_the_rows(opened: Competition, olga: User, alice: User) -> None:
    with pytest.raises(Refused, match="NOT_CLOSED"):
        reveal_salt(opened, by=olga)
    Competition.objects.update(state=Competition.State.CLOSED)
    with pytest.raises(NotAllowed):
        reveal_salt(opened, by=alice)
    made = reveal_salt(opened, by=olga)
    assert commitment(vault.digests(opened), bytes.fromhex(made.salt)) == made.value
    assert evidence.commitment(opened) == made.value


def test_the_page_asks_before_it_reveals(opened: Competition, olga: User) -> None:
    Competition.objects.update(state=Competition.State.CLOSED)
    address, browser = f"/competitions/{opened.slug}/reveal-salt/", signed_in(olga)
    assert "cannot be taken back" in words(browser.get(address))
    assert SplitCommitment.objects.get().salt == ""
    page = browser.post(address, follow=True)
    assert SplitCommitment.objects.get().salt in words(page)


def test_there_is_nothing_to_reveal_without_a_commitment(opened: Competition, olga: User) -> None:
    Competition.objects.update(state=Competition.State.CLOSED)
    SplitCommitment.objects.all().delete()
    with pytest.raises(Refused, match="NO_COMMITMENT"):
        reveal_salt(opened, by=olga)
