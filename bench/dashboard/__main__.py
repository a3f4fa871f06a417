"""Opens a study with many trials in Sitter and in optuna-dashboard, prints and writes both.

    python -m bench.dashboard [--trials 10000] [--epochs 50] [--rounds 3] [--large 100000]

The same made-up trials lie in both databases (SQLite). Each round is a new window with an empty
cache; `third` is its third visit, as of somebody who works with it. An update is what comes over
the network after one more trial has completed while the page is open. `--large` opens Sitter alone
with that many trials of `--large-epochs` epochs.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.dashboard import ours, rival
from bench.dashboard.browsing import HEIGHT, LONGEST_S, WIDTH, Visit
from bench.dashboard.devtools import DevTools, devtools
from bench.machine import machine

RESULT = Path(__file__).parent.with_suffix(".json")
OURS_DRAWN = "performance.getEntriesByName('sitter:drawn').length > 0"
RIVAL_DRAWN = (  # a plot with most of the trials; it shows empty ones before
    "[...document.querySelectorAll('.js-plotly-plot')].some(plot => "
    "(plot.data ?? []).some(trace => (trace.x ?? []).length > TRIALS / 2))"
)
UPDATE_S = 6.0  # that a page may take to show one more trial
RIVAL_UPDATE_S = 25.0  # it asks every 10 s, and again once the answer has come
PATIENCE_S = 30.0  # a page that takes longer is not opened again
HEADS = ("trials", "epochs", "interactive", "third", "first", "again", "update")
WIDTHS = (8, 8, 13, 10, 10, 10, 10)
LASTING = ("/assets/", "/static/")  # what browsers keep for a year


def main() -> None:
    """Fills, opens, prints the table, writes the result file."""
    given = _parser().parse_args()
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(dir=".") as folder, devtools(WIDTH, HEIGHT) as chromium:
        place = given.folder or Path(folder)
        version = chromium.ask("Browser.getVersion")["product"]
        _say("", HEADS)
        rows["sitter"] = _ours(chromium, place, given.trials, given.epochs, given.rounds)
        _say("sitter", _cells(rows["sitter"]))
        if given.large:
            rows["sitter, large"] = _ours(
                chromium, place, given.large, given.large_epochs, given.rounds
            )
            _say("sitter, large", _cells(rows["sitter, large"]))
        if rival.installed() and given.rival_rounds:
            rows["optuna-dashboard"] = _rival(
                chromium, place, given.trials, given.epochs, given.rival_rounds
            )
            _say("optuna-dashboard", _cells(rows["optuna-dashboard"]))
        elif given.rival_rounds:
            print("optuna-dashboard is not installed: pip install -c constraints.txt -e '.[bench]'")
    packages = ["optuna", "plotly", *(["optuna-dashboard"] if rival.installed() else [])]
    result = {"machine": machine(*packages), "chromium": version, "rows": rows}
    given.json.write_text(json.dumps(result, indent=1) + "\n")
    print(f"written to {given.json.name}")


def _ours(
    chromium: DevTools, folder: Path, trials: int, epochs: int, rounds: int
) -> dict[str, Any]:
    file = folder / f"sitter-{trials}.db"
    url = f"sqlite:///{file}"
    study = 1 if file.exists() else ours.fill(url, trials, epochs)
    with ours.served(url, folder / "service.log") as address:
        page = f"{address}/studies/{study}"
        visits = [
            _visit(chromium, page, OURS_DRAWN, UPDATE_S, lambda: ours.one_more(address, study))
            for _ in range(rounds)
        ]
    return {"trials": trials, "epochs": epochs, **_summary(visits)}


def _rival(
    chromium: DevTools, folder: Path, trials: int, epochs: int, rounds: int
) -> dict[str, Any]:
    file = folder / f"optuna-{trials}.db"
    url = f"sqlite:///{file}"
    if not file.exists():
        rival.fill(url, trials, epochs)
    with rival.served(url, folder / "optuna.log") as address:
        page = f"{address}/dashboard/studies/1"
        drawn = RIVAL_DRAWN.replace("TRIALS", str(trials))
        visits = [
            _visit(chromium, page, drawn, RIVAL_UPDATE_S, lambda: rival.one_more(url))
            for _ in range(rounds)
        ]
    return {"trials": trials, "epochs": epochs, **_summary(visits)}


def _visit(
    chromium: DevTools, page: str, drawn: str, update_s: float, change: Callable[[], None]
) -> dict[str, float | None]:
    visit = Visit(chromium)
    interactive = visit.open(page, drawn)
    visit.wait(1.0)
    first, lasting = visit.weight(), visit.weight() - visit.weight(without=LASTING)
    visit.arrived.clear()
    began = time.perf_counter()
    change()
    changed = time.perf_counter() - began
    visit.wait(update_s)
    refreshes = max(1, sum(url == page for url, _ in visit.arrived))
    update = visit.weight()
    again = None
    if interactive < PATIENCE_S:
        visit.open(page, drawn)
        again = round(visit.open(page, drawn), 3)
    visit.close()
    return {
        "interactive_s": round(interactive, 3),
        "third_s": again,
        "first_kb": round(first / 1000, 1),
        "again_kb": round((first - lasting) / 1000, 1),
        "update_kb": round(update / refreshes / 1000, 1),
        "updates": refreshes,
        "change_s": round(changed, 3),
    }


def _summary(visits: list[dict[str, float | None]]) -> dict[str, Any]:
    medians = {}
    for key in visits[0]:
        known = [value for visit in visits if (value := visit[key]) is not None]
        medians[key] = round(statistics.median(known), 3) if known else None
    return {**medians, "rounds": visits}


def _say(name: str, cells: Sequence[str]) -> None:
    print(
        f"{name:18}" + "".join(f"{c:>{w}}" for c, w in zip(cells, WIDTHS, strict=True)), flush=True
    )


def _cells(row: dict[str, Any]) -> list[str]:
    times = [_time(row[key]) for key in ("interactive_s", "third_s")]
    weights = [f"{row[key]:.0f} kB" for key in ("first_kb", "again_kb")]
    return [str(row["trials"]), str(row["epochs"]), *times, *weights, f"{row['update_kb']:.1f} kB"]


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds:.2f} s" if seconds < LONGEST_S else f"> {LONGEST_S:.0f} s"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rival-rounds", type=int, default=1, help="minutes each; 0: none")
    parser.add_argument("--folder", type=Path, help="keeps the databases, and uses those there")
    parser.add_argument("--large", type=int, default=100_000, help="0: leave it out")
    parser.add_argument("--large-epochs", type=int, default=5)
    parser.add_argument("--json", type=Path, default=RESULT)
    return parser


if __name__ == "__main__":
    main()
