"""The close report's figures of merged pairs: what was promised, what the sealed split shows, and who earned what."""

from collections import defaultdict
from typing import Any, Final

from bounty import evidence
from bounty.models import Competition, HostedModelVersion
from scoring.decision_list import DecisionList
from scoring.shapley import ShapleyRewards
from submissions.models import Merge
from submissions.pairs import hidden_pair
from submissions.states import Status

_TAKEN_OUT: Final[dict[str, str]] = {Status.WITHDRAWN: "withdrawn", Status.ROLLED_BACK: "rolled back"}


def rewards_report(
    competition: Competition,
    versions: list[HostedModelVersion],
    pdl: DecisionList,
    merges: list[Merge],
    taken_out: list[Merge],
) -> dict[str, Any]:
    """``certificates``, one a merged pair in merge order, then those ``taken_out``; the ``rewards`` in all and by team.

    What was taken out of the model earns nothing: its rewards are 0, and its ``taken_out`` says how it went. Its
    certificate stays, so its figures against the version that it was certified against are shown like the others'.

    A pair's ``provisional`` score is the holdout's against the version that it was certified against, and ``sealed`` is
    the sealed split's against the same; ``at_opening`` is the score that decided its place in the round, against the
    head of that time. Scores and rewards are loss per row of everyone.
    """
    pairs = [hidden_pair(merge.submission) for merge in merges]
    marginal, shapley = evidence.sealed_rewards(competition, versions, pairs, pdl)
    live = [
        _certificate(competition, merge)
        | {"marginal_reward": earned.value, "shapley_reward": value, "shapley_error": error}
        for merge, earned, value, error in zip(
            merges, marginal.marginal, shapley.values, shapley.standard_errors, strict=True
        )
    ]
    nothing = {"marginal_reward": 0.0, "shapley_reward": 0.0, "shapley_error": 0.0}
    certificates = live + [_certificate(competition, merge) | nothing for merge in taken_out]
    rewards = {
        "total": marginal.total,
        "marginal": sum(each.value for each in marginal.marginal),
        "marginal_repairs": marginal.repairs,
        "shapley": shapley.of_all,
        "shapley_repairs": shapley.repairs,
        "permutations": shapley.permutations,
        "provisional": sum(each["provisional"] for each in certificates),
        "sealed": sum(each["sealed"]["value"] for each in certificates),
        "teams": _by_team(certificates, shapley),
    }
    return {"certificates": certificates, "rewards": rewards}


def _certificate(competition: Competition, merge: Merge) -> dict[str, Any]:
    submission, version = merge.submission, merge.certificate.version
    pair = hidden_pair(submission)
    return {
        "submission": merge.submission_id,
        "team": submission.team.name,
        "version": merge.after.number,
        "against": version.number,
        "taken_out": _TAKEN_OUT.get(submission.status, ""),
        "at_opening": merge.certificate.candidate.provisional_score,
        "provisional": evidence.provisional(competition, version, pair, seed=submission.seed).score,
        "sealed": evidence.sealed_figures(competition, version, pair),
    }


def _by_team(certificates: list[dict[str, Any]], shapley: ShapleyRewards) -> list[dict[str, Any]]:
    """Sums, best first; of Shapley values with the standard error of the sum. What was taken out, listed behind what is
    in the model, adds nothing to either."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, certificate in enumerate(certificates):
        places[certificate["team"]].append(place)
    rows = [
        {
            "team": team,
            "certified": len(own),
            **{name: sum(certificates[place][name] for place in own) for name in ("marginal_reward", "shapley_reward")},
            "shapley_error": shapley.error_of_sum([place for place in own if place < len(shapley.values)]),
        }
        for team, own in places.items()
    ]
    return sorted(rows, key=lambda row: -float(row["marginal_reward"]))
