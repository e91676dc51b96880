"""Bring an organiser's bundle in, whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from django.db import transaction
from django.db.models import Q

from bounty import arrays, evidence, public_data, vault
from bounty.actions.record import record
from bounty.bundle import checks, guard, heavy, hosted
from bounty.bundle.dictionary import describe
from bounty.bundle.faults import BundleFault, BundleRefused
from bounty.bundle.hosted import Hosted
from bounty.bundle.labels import classes_of, positive_of
from bounty.bundle.manifest import Manifest, PredictionsModel
from bounty.bundle.reading import CLASSES, Bundle, read
from bounty.errors import Fault, Refused
from bounty.models import Competition, DataSplit, HostedModelVersion, RoundTime, User
from scoring.commitments import split_digest
from scoring.errors import ScoringError
from scoring.losses import Task


def check(path: Path) -> list[BundleFault]:
    """Everything that is wrong with the bundle at ``path``; nothing is written."""
    return examine(path).faults


def examine(path: Path) -> Bundle:
    """The bundle as read and checked; its ``faults`` say whether it can be imported."""
    bundle = read(Path(path))
    checks.check(bundle)
    if not bundle.faults:
        guard.split_off(bundle)
        heavy.tell(bundle)
    return bundle


def import_bundle(path: Path, *, organiser: User) -> Competition:
    """Check the bundle, train or look up its model, and write the competition as a draft.

    Raises:
        BundleRefused: with every fault found.
        Refused: when there is a competition of that slug.
    """
    return import_examined(examine(path), organiser=organiser)


def import_examined(bundle: Bundle, *, organiser: User) -> Competition:
    """The same, of a bundle that was examined just now; what was done to it is in its ``notes``."""
    if bundle.faults:
        raise BundleRefused(bundle.faults)
    manifest = Manifest.of(bundle.draft)
    _refuse_known_slug(manifest.slug)
    competition = draft_of(manifest, bundle, organiser)
    try:
        # Training takes seconds: it is done before the transaction, which on SQLite keeps everyone else waiting.
        answers = hosted.answer(bundle, competition)
    except ScoringError as error:
        bundle.refuse(("model",), "RECIPE_REFUSED", str(error))
        raise BundleRefused(bundle.faults) from error
    return _write(bundle, competition, answers)


def _write(bundle: Bundle, competition: Competition, answers: Hosted) -> Competition:
    with _nothing_left_behind(competition, answers), transaction.atomic():
        _refuse_known_slug(competition.slug)
        competition.save(force_insert=True)
        for column in describe(bundle, competition):
            column.save(force_insert=True)
        for split in DataSplit.Name:
            if split in bundle.frames:
                _store(bundle, competition, split).save(force_insert=True)
        RoundTime.objects.bulk_create(RoundTime(competition=competition, at=at) for at in bundle.draft.round_times)
        _first_version(competition, answers).save(force_insert=True)
        subject = f"competition:{competition.pk}"
        sha256 = bundle.sha256
        record("import_bundle", subject=subject, competition=competition, actor=competition.organiser, sha256=sha256)
    return competition


def _refuse_known_slug(slug: str) -> None:
    if Competition.objects.filter(slug=slug).exists():
        raise Refused(
            "SLUG_TAKEN",
            f"There is a competition {slug} already; a bundle is imported once. Choose another slug.",
            fault=Fault.ORGANISER,
            field="slug",
        )


@contextmanager
def _nothing_left_behind(competition: Competition, answers: Hosted) -> Iterator[None]:
    """Files are not part of the transaction: take them away when it fails, whatever it failed of."""
    try:
        yield
    except BaseException:
        if competition.pk is not None:
            public_data.discard(competition)
            vault.discard(competition)
            _discard_arrays(answers)
        raise


def _discard_arrays(answers: Hosted) -> None:
    """Arrays are shared by digest: the same bundle under another slug may have the same."""
    for digest in {arrays.digest_of(answers.hidden), arrays.digest_of(answers.public)}:
        if not HostedModelVersion.objects.filter(Q(hidden_answers=digest) | Q(public_answers=digest)).exists():
            arrays.discard(digest)


def _store(bundle: Bundle, competition: Competition, split: DataSplit.Name) -> DataSplit:
    rows = bundle.frames[split].rows
    if split in DataSplit.PUBLIC:
        return public_data.store(competition, split, rows)
    shown, scored = _hidden_columns(bundle)
    sha256 = vault.store(competition, split, features=rows[shown], labels=rows[scored])
    unit = bundle.draft.unit
    units = rows[unit].nunique() if unit else None
    return DataSplit(competition=competition, name=split, rows=len(rows), units=units, sha256=sha256)


def _hidden_columns(bundle: Bundle) -> tuple[list[str], list[str]]:
    """What is kept of hidden rows: for entrants' code, and for scoring alone."""
    draft = bundle.draft
    shown = dict.fromkeys([*bundle.features, *draft.prediction_columns])
    scored = [name for name in (draft.id, draft.unit, draft.row_weight, draft.label) if name]
    return list(shown), [name for name in dict.fromkeys(scored) if name not in shown]


def hidden_digests(bundle: Bundle) -> dict[str, str]:
    """Of the hidden splits of a bundle without faults, as a commitment takes them."""
    shown, scored = _hidden_columns(bundle)
    return {split.value: split_digest(bundle.frames[split].rows[[*shown, *scored]]) for split in DataSplit.HIDDEN}


def _first_version(competition: Competition, answers: Hosted) -> HostedModelVersion:
    return HostedModelVersion(
        competition=competition,
        number=0,
        recipe=answers.recipe,
        hidden_answers=arrays.save(answers.hidden),
        public_answers=arrays.save(answers.public),
        holdout_report=evidence.report(competition, answers.hidden, merged=[]),
    )


def draft_of(manifest: Manifest, bundle: Bundle, organiser: User) -> Competition:
    """The competition of the manifest, unsaved."""
    rules, train = manifest.rules, bundle.frames[DataSplit.Name.TRAIN].rows
    low, high = _value_range(manifest, train)
    return Competition(
        **manifest.model_dump(include={"slug", "title", "summary", "description", "content_warning", "licence"}),
        **manifest.model_dump(include={"source", "label", "largest_error", "visibility"}),
        **manifest.model_dump(include={"opens_at", "closes_at", "teams_merge_until"}),
        **rules.model_dump(exclude={"mode", "require", "text", "false_rejections"}),
        organiser=organiser,
        bundle_sha256=bundle.sha256,
        task=manifest.task.value,
        loss=manifest.loss.value,
        harm=manifest.harm.value,
        classes=classes_of(train[manifest.label]) if manifest.task in CLASSES else [],
        positive_label=positive_of(manifest.positive_label),
        unit=manifest.unit or "",
        row_weight=manifest.row_weight or "",
        value_low=low,
        value_high=high,
        model_column=manifest.model.column if isinstance(manifest.model, PredictionsModel) else "",
        candidate_columns=manifest.prediction_columns[1:],
        mode=rules.mode.value,
        require_repair="repair" in rules.require,
        require_underperformance="underperformance" in rules.require,
        rules_text=rules.text,
        rejections_between=rules.false_rejections.between if rules.false_rejections else "",
        rejections_within=rules.false_rejections.within if rules.false_rejections else None,
    )


def _value_range(manifest: Manifest, train: pd.DataFrame) -> tuple[float | None, float | None]:
    """The organiser's range of real labels, or that of train: never of hidden rows, which it would tell about."""
    if manifest.task is not Task.REGRESSION:
        return None, None
    if manifest.label_range:
        return manifest.label_range
    return float(train[manifest.label].min()), float(train[manifest.label].max())
