"""What each verdict code means and what to do about it: the one source for pages, the API and the documentation."""

from dataclasses import dataclass
from typing import Final

from bounty.errors import Fault
from scoring.sandbox import SandboxVerdict


@dataclass(frozen=True)
class Meaning:
    """A documented code: its plain sentence and whose fault it is (empty where nothing is wrong)."""

    sentence: str
    owner: str


_OURS: Final[dict[str, Meaning]] = {
    "SCORED": Meaning("The pair was scored on the holdout. Its numbers are provisional; they buy nothing yet.", ""),
    "EMPTY_GROUP": Meaning("The group picks no row. Widen it: check spelling of values and the comparison.", "entrant"),
    "GROUP_TOO_SMALL": Meaning(
        "The group is too small to be certified honestly: fewer rows are expected than the rules ask for. Widen it.",
        "entrant",
    ),
    "GROUP_TOO_LARGE": Meaning(
        "The group is larger than the rules allow. Narrow it to whom the model fails.", "entrant"
    ),
    "DUPLICATE": Meaning(
        "The same rows with the same answers were sent before. Send a better patch, or another group.", "entrant"
    ),
    "NO_CHANGE": Meaning("On this group the patch answers just as the model does, so nothing is repaired.", "entrant"),
    "NO_PATCH_FOUND": Meaning(
        "No patch that the platform trained beats the model on the group's public rows. Send a patch of your own.",
        "entrant",
    ),
    "NO_PATCH_IN_BOUND": Meaning(
        "No patch that the platform trained keeps false rejections within the organiser's bound. Send one of your own.",
        "entrant",
    ),
    "WORKER_LOST": Meaning(
        "Judging stopped several times. Your quota is untouched; the organiser can have it judged again.",
        "platform",
    ),
    "PLATFORM_ERROR": Meaning(
        "The platform failed while judging this. Your quota is untouched; the organiser can have it judged again.",
        "platform",
    ),
}


def _sandbox() -> dict[str, Meaning]:
    return {v.value: Meaning(v.sentence, v.owner) for v in SandboxVerdict if v is not SandboxVerdict.OK}


MEANINGS: Final[dict[str, Meaning]] = _OURS | _sandbox()


def sentence_of(code: str) -> str:
    return MEANINGS[code].sentence


def owner_of(code: str) -> Fault | str:
    """Whose fault the code is; empty when it is nobody's."""
    owner = MEANINGS[code].owner
    return Fault(owner) if owner else ""
