"""The command that replays every version from zero: what it proves, and what it names."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from bounty.models import Competition, HostedModelVersion, User
from submissions.actions.withdraw import withdraw
from submissions.models import Merge


def told(competition: Competition) -> str:
    out = StringIO()
    call_command("replay", competition.slug, stdout=out)
    return out.getvalue()


def test_the_command_replays_every_version_and_says_that_they_are_equal(
    merges: list[Merge], small_competition: Competition, alice: User
) -> None:
    withdraw(merges[3].submission, by=alice, reason="The group was drawn too wide.")
    said = told(small_competition)
    assert "9 versions, all equal; version 8 answers." in said
    assert "DIFFERS" not in said


@pytest.mark.parametrize("damage", ["nodes", "emptied", "hidden_answers", "public_answers"])
def test_the_command_names_the_version_that_is_not_what_its_merges_make(
    damage: str, merges: list[Merge], small_competition: Competition
) -> None:
    others = small_competition.versions.get(number=3)
    given = {"nodes": others.nodes[:-1], "emptied": []}.get(damage, getattr(others, damage, None))
    field = "nodes" if damage == "emptied" else damage
    HostedModelVersion.objects.filter(pk=small_competition.versions.get(number=6).pk).update(**{field: given})
    with pytest.raises(CommandError, match="1 of 7 versions differ") as refused:
        told(small_competition)
    assert refused.value.returncode == 1


def test_the_command_names_what_stands_on_a_version_that_is_no_list(
    merges: list[Merge], small_competition: Competition
) -> None:
    HostedModelVersion.objects.filter(pk=small_competition.versions.get(number=3).pk).update(nodes=[])
    with pytest.raises(CommandError, match="4 of 7 versions differ") as refused:
        told(small_competition)
    assert refused.value.returncode == 1


def test_the_command_refuses_what_it_cannot_build(merges: list[Merge], small_competition: Competition) -> None:
    with pytest.raises(CommandError, match="There is no competition nowhere") as refused:
        call_command("replay", "nowhere")
    assert refused.value.returncode == 2
    HostedModelVersion.objects.filter(pk=small_competition.versions.get(number=0).pk).update(public_answers="0" * 64)
    with pytest.raises(CommandError) as refused:
        told(small_competition)
    assert refused.value.returncode == 2
