"""Runs of known outcome under preflight and Monitor (issue 5).

    python -m bench.diagnosis FILE.yaml... [--seeds 3] [--json OUT] [--case ID] [--rivals]

Every case is trained plainly, and again from the same seed under our watch, so that the label can
follow from the run where it depends on the seed and whatever watching changes is seen.
"""

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from bench.diagnosis import measure, table
from bench.diagnosis.contest import OURS, Result, Round, contend
from bench.diagnosis.grammar import Case, CaseFile, GrammarError, read
from bench.diagnosis.losses import STYLES
from bench.diagnosis.scoring import Judged, spoken, totals
from bench.machine import machine


def main(arguments: list[str] | None = None) -> int:
    """1 where a case could not be run, 2 where a file could not be read, else 0."""
    given = _parser().parse_args(arguments)
    try:
        found = _chosen(read(given.files), given.case)
    except GrammarError as error:
        print(error, file=sys.stderr)
        return 2
    for sentence in found.refused:
        print(f"Not run: {sentence}", file=sys.stderr)
    results = _results(found.cases, given)
    for result in results:
        if result.failed is not None:
            print(f"{result.case.id}, seed {result.seed}:\n{result.failed}", file=sys.stderr)
    made = [result for result in results if result.failed is None]
    if given.measure:
        _measured(found.cases, made)
    else:
        _told(made, given)
    return 1 if found.refused or len(made) < len(results) else 0


def _results(cases: Sequence[Case], given: argparse.Namespace) -> list[Result]:
    """In the order of the cases, whatever the order in which they ended."""
    rounds = [
        Round(case, seed, given.style, given.rivals, given.validation, given.measure)
        for case in cases
        for seed in range(given.seeds)
    ]
    order = {(each.case.id, each.seed): number for number, each in enumerate(rounds)}
    results = []
    for number, result in enumerate(_ended(rounds, given.processes), start=1):
        results.append(result)
        if not given.quiet:
            print(f"\r{number} of {len(rounds)} runs", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return sorted(results, key=lambda result: order[result.case.id, result.seed])


def _ended(rounds: Sequence[Round], processes: int) -> Iterator[Result]:
    if processes == 1 or len(rounds) == 1:
        yield from map(contend, rounds)
        return
    os.environ["OMP_NUM_THREADS"] = "1"  # before the workers import torch
    spawned = multiprocessing.get_context("spawn")  # a forked torch may wait for ever
    with ProcessPoolExecutor(min(processes, len(rounds)), mp_context=spawned) as pool:
        for future in as_completed([pool.submit(contend, each) for each in rounds]):
            yield future.result()


def _told(results: Sequence[Result], given: argparse.Namespace) -> None:
    runs: dict[str, list[Judged]] = {}
    for result in results:
        for who, judged in result.judged.items():
            runs.setdefault(who, []).append(judged)
    for result in results:
        print(table.line(result.judged[OURS]))
        if given.verbose:
            print("\n".join(f"    {line}" for line in result.report.splitlines()))
    if not runs:
        return
    print(f"\n{table.shown(runs)}")
    if given.json is not None:
        given.json.write_text(_document(runs, given), encoding="utf-8")


def _measured(cases: Sequence[Case], results: Sequence[Result]) -> None:
    outcomes: dict[str, list[Any]] = {}
    for result in results:
        outcomes.setdefault(result.case.id, []).append(result.plain)
    ran = [case for case in cases if case.id in outcomes]
    print("\n".join(measure.report(ran, outcomes)))


def _document(runs: dict[str, list[Judged]], given: argparse.Namespace) -> str:
    """JSON with a line for each run, so that two result files can be compared by eye."""
    head = {
        "machine": machine("sitter", "torch"),
        "files": [path.name for path in given.files],
        "seeds": given.seeds,
        "style": given.style,
        "threads": 1,
        "totals": {who: totals(judged) for who, judged in runs.items()},
        "checks: faulty and healthy runs": {who: spoken(each) for who, each in runs.items()},
    }
    lines = [
        json.dumps({"by": who, **run.to_dict()}) for who, judged in runs.items() for run in judged
    ]
    opened = json.dumps(head, indent=1).removesuffix("\n}")
    return f'{opened},\n "runs": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"


def _chosen(found: CaseFile, ids: Sequence[str] | None) -> CaseFile:
    if not ids:
        return found
    known = {case.id for case in found.cases}
    if missing := [name for name in ids if name not in known]:
        raise GrammarError(f"No case is called {', '.join(missing)}")
    return CaseFile(tuple(case for case in found.cases if case.id in ids), found.refused)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.diagnosis", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.yaml")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result file")
    parser.add_argument("--case", action="append", metavar="ID", help="only this one; repeatable")
    parser.add_argument("--rivals", action="store_true", help="the rules of others beside ours")
    parser.add_argument("--style", choices=STYLES, default="plain", help="how losses are written")
    parser.add_argument("--validation", action="store_true", help="preflight sees validation rows")
    parser.add_argument("--measure", action="store_true", help="train only; are the labels true?")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--verbose", action="store_true", help="the whole report of every run")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    return parser


if __name__ == "__main__":
    sys.exit(main())
