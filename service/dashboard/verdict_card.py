"""A verdict as a card: what, how bad, why, what to do, how sure, and what would prove it wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import yaml
from pydantic import ValidationError

from diagnostics import Severity
from diagnostics.causes import CAUSES
from diagnostics.check import CHECKS
from diagnostics.parts import UnknownPart
from service.api.checks import catalogued
from service.dashboard import evidence_drawn, words
from service.dashboard.docstring import sections
from service.dashboard.trial_views import Card
from service.dashboard.views import Mark
from service.store.trial_pages import LossRow
from service.study import plain
from service.tables import Trial, VerdictRow
from trainer.recipe import Recipe, UnknownPath, get_path, with_values

DOUBTS = "When it is wrong"  # of a check's page
LIKELY = 0.5  # probability from which a cause is called likely
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`])")


@dataclass(frozen=True)
class Case:
    """What a card is made from beside its verdict; `open` where the study takes more trials.

    `recipe` is the trial's own, None where its point makes none.
    """

    trial: Trial
    recipe: Recipe | None
    losses: Sequence[LossRow]
    open: bool

    def takes(self, patch: Mapping[str, Any]) -> bool:
        """Whether the patch makes another trial: relu for a model that has it makes none."""
        if not patch or not self.open:
            return False
        try:
            return self.recipe is None or with_values(self.recipe, patch) != self.recipe
        except (UnknownPath, ValidationError):
            return False


def card(row: VerdictRow, case: Case) -> Card:
    """Everything that its template shows."""
    remedy: Mapping[str, Any] = row.remedy or {}
    patch = remedy.get("patch") or {}
    drawn = evidence_drawn.bars(row.evidence)
    table = {k: v for k, v in row.evidence.items() if drawn is None or k != drawn[0] or len(v) > 10}
    speaks = Severity(row.severity).rank >= Severity.NOTE.rank
    return Card(
        check=row.check_name,
        mark=Mark(Severity(row.severity)),
        summary=row.summary,
        bars=None if drawn is None else drawn[1],
        spark=evidence_drawn.spark(row.evidence, case.losses) if speaks else None,
        evidence=tuple(words.evidence(table)),
        advice=str(remedy.get("text", "")),
        patch=yaml.safe_dump(patch, sort_keys=False, allow_unicode=True) if patch else "",
        change=change(patch, case.recipe),
        epochs=_epochs(row.first_epoch, row.last_epoch),
        source=row.trial_id if row.trial_id != case.trial.id else None,
        repair=f"/v1/trials/{case.trial.id}/repair" if case.takes(patch) else "",
        sure=_sure(row.causes),
        wrong=doubts(row.check_name) if speaks else "",
        others=_others(row, case.trial) if speaks else "",
    )


def change(patch: Mapping[str, Any], recipe: Recipe | None) -> str:
    """`lr 1000 → 0.1`; of a setting that the recipe has not, what it becomes."""
    return ", ".join(
        f"{words.path(path)} {_before(path, recipe)}{words.param(value)}"
        for path, value in patch.items()
    )


@cache
def doubts(check: str) -> str:
    """The first sentence on when a check is wrong; empty where the check is not installed."""
    if check not in CHECKS.names():
        return ""
    try:
        page = catalogued(check).page
    except (UnknownPart, ImportError):
        return ""
    found = next((s for s in sections(page) if s.heading == DOUBTS), None)
    if found is None or not found.blocks:
        return ""
    spans = found.blocks[0].items[0]
    text = "".join(f"`{span.text}`" if span.code else span.text for span in spans)
    return _SENTENCE.split(text, maxsplit=1)[0]


def _before(path: str, recipe: Recipe | None) -> str:
    try:
        return "→ " if recipe is None else f"{words.param(plain(get_path(recipe, path)))} → "
    except UnknownPath:
        return "→ "


def _sure(causes: Mapping[str, Any] | None) -> str:
    """`Likely (0.86): the learning rate is too high.`"""
    told = sorted((causes or {}).items(), key=lambda item: -float(item[1]))
    if not told:
        return ""
    cause, share = told[0]
    said = CAUSES.get(cause, cause.replace("_", " "))
    word = "Likely" if share >= LIKELY else "Perhaps"
    return f"{word} ({share:.2f}): {said[:1].lower()}{said[1:]}."


def _others(row: VerdictRow, trial: Trial) -> str:
    query = urlencode({"check": row.check_name, "severity": row.severity})
    return f"/studies/{trial.study_id}?{query}#trials"


def _epochs(first: int | None, last: int | None) -> str:
    if first is None or last is None:
        return ""
    if last == 0:
        return "before training"
    return f"epoch {last}" if first == last else f"epochs {first}–{last}"
