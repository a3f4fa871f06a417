"""One case and seed: trained plainly, then under our watch, then under that of each rival."""

import math
import traceback
import warnings
from dataclasses import dataclass, field

import torch

from bench.diagnosis.grammar import Case
from bench.diagnosis.loop import Nobody, Outcome, trained
from bench.diagnosis.rivals import RIVALS
from bench.diagnosis.scoring import Judged, Said, label_of
from bench.diagnosis.watchers import Sitter
from diagnostics.report import Report

OURS = "sitter"


@dataclass(frozen=True)
class Round:
    """What is to be run. `validation`: preflight is given validation rows too."""

    case: Case
    seed: int
    style: str = "plain"
    rivals: bool = False
    validation: bool = False
    bare: bool = False


@dataclass(frozen=True)
class Result:
    """What everybody said, by name. `report` is ours as text; `failed` a traceback, where one."""

    case: Case
    seed: int
    plain: Outcome | None = None
    judged: dict[str, Judged] = field(default_factory=dict)
    report: str = ""
    failed: str | None = None


def contend(given: Round) -> Result:
    """Never raises: a run that cannot be made says why."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    try:
        return _contended(given)
    except Exception:
        return Result(given.case, given.seed, failed=traceback.format_exc())


def _contended(given: Round) -> Result:
    case, seed = given.case, given.seed
    plain = trained(case, seed, Nobody(), given.style)
    if given.bare:
        return Result(case, seed, plain)
    label = label_of(case, plain)
    sitter = Sitter(given.validation)
    watched = trained(case, seed, sitter, given.style)
    report = sitter.report()
    ours = Judged(
        case,
        seed,
        label,
        watched,
        _said(sitter, report),
        plain_seconds=plain.seconds,
        preflight_seconds=sitter.preflight_seconds,
        disturbed=not _same(watched.train_loss, plain.train_loss),
    )
    judged = {OURS: ours}
    for name, make in RIVALS.items() if given.rivals else ():
        rival = make()
        outcome = trained(case, seed, rival, given.style)
        judged[name] = Judged(case, seed, label, outcome, rival.said(), plain.seconds)
    return Result(case, seed, plain, judged, str(report))


def _said(sitter: Sitter, report: Report) -> Said:
    worst = max(report.verdicts, key=lambda verdict: verdict.severity.rank, default=None)
    worried = [v.check for v in report.verdicts if v.severity.value in ("warning", "fatal")]
    return Said(
        worst="pass" if worst is None else worst.severity.value,
        causes=tuple((cause.cause, round(cause.confidence, 3)) for cause in report.diagnosis),
        checks=tuple(worried),
        first=sitter.first,
        early=tuple(sitter.checks),
    )


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))
