"""Where a hunt takes place: a competition's rules, its public rows, and what the hosted model answers on them."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from bounty_client import answers
from bounty_client.problems import ClientError
from bounty_client.sync import Client
from scoring.hunters import Hunt, read

MARGIN: Final = 1.2  # hidden rows differ from public ones: stay this far from the smallest size
_HIDDEN: Final = "sealed"


class NothingToHunt(ClientError):
    """The competition is none that a hunter can do."""


@dataclass(frozen=True)
class Ground:
    """What stays the same while a competition runs."""

    slug: str
    competition: answers.Competition
    features: tuple[str, ...]
    demographic: tuple[str, ...]
    rows: pd.DataFrame
    n_train: int
    sealed_rows: int

    @property
    def least_rows(self) -> int:
        """Of the public rows, how many a group must have, so that enough are to be expected in the sealed split."""
        share = MARGIN * self.competition["rules"]["min_group_rows"] / self.sealed_rows
        return max(2, round(share * len(self.rows)))

    def hunt(self, hosted: "pd.Series[Any]", *, least_rows: int, seed: int, demographic: bool) -> Hunt:
        """The hunt against a version that answers so on the public rows; for groups of demographic columns alone where
        that is asked and there are some."""
        one = self.competition
        low, high = one["value_low"], one["value_high"]
        # Validation rows judge where there are some: the site's platform chooses patches by them too.
        judged = np.arange(len(self.rows)) >= self.n_train
        return read(
            self.rows,
            features=self.features,
            label=one["label"],
            answers=hosted,
            task=one["task"],
            loss=one["loss"],
            rng=np.random.default_rng(seed),
            classes=one["classes"] or None,
            positive=one["positive_label"] or None,
            value_range=None if low is None or high is None else (low, high),
            weight=one["row_weight"] or None,
            unit=one["unit"] or None,
            judged=judged if judged.any() else None,
            min_rows=least_rows,
            max_weight=one["rules"]["max_group_weight"],
            columns=(self.demographic or None) if demographic else None,
        )


def survey(client: Client, slug: str, folder: Path) -> Ground:
    """Read the rules and download the public splits into ``folder``."""
    competition = client.competition(slug)
    if competition["task"] == "transcription":
        raise NothingToHunt("Hunters do not listen: where the task is transcription, look for groups yourself.")
    splits: Mapping[str, answers.Split] = {split["name"]: split for split in client.splits(slug)["splits"]}
    frames = [_rows(client, split, folder) for split in splits.values() if split["public"]]
    columns = client.columns(slug)["columns"]
    return Ground(
        slug,
        competition,
        tuple(column["name"] for column in columns if column["role"] == "feature"),
        tuple(column["name"] for column in columns if column["role"] == "feature" and column["demographic"]),
        pd.concat(frames, ignore_index=True),
        len(frames[0]),
        splits[_HIDDEN]["rows"],
    )


def _rows(client: Client, split: answers.Split, folder: Path) -> pd.DataFrame:
    to = folder / f"{split['name']}.parquet"
    return pd.read_parquet(client.download(split["downloads"]["parquet"], to, sha256=split["sha256"]))


def hosted_answers(client: Client, ground: Ground, version: int) -> "pd.Series[Any]":
    """What a version answers on the public rows, in the label's own words."""
    content = client.public_answers(ground.slug, version)
    label = ground.rows[ground.competition["label"]]
    column = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)["answer"]
    if pd.api.types.is_numeric_dtype(label):
        return pd.to_numeric(column)
    return column
