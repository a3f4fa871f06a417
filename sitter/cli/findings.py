"""What the checks say of a trial: its likeliest cause with the confidence, then each verdict."""

from collections.abc import Sequence

from rich.markup import escape

from diagnostics.causes import CAUSES
from diagnostics.diagnosis import UNKNOWN
from diagnostics.verdict import Severity
from sitter.answers import Cause, Judgement
from sitter.cli.output import console, severity_sign

QUIET = ("pass", "skipped")  # `sitter verdicts --trial` has their sentences


def print_diagnosis(diagnosis: Sequence[Cause], verdicts: Sequence[Judgement]) -> None:
    """Nothing for a healthy trial."""
    for number, cause in enumerate(diagnosis):
        console.print(escape(_first(cause, verdicts) if number == 0 else _further(cause)))
    if diagnosis:
        console.print()


def print_verdicts(verdicts: Sequence[Judgement]) -> None:
    """Sign, sentence and remedy of each, the worst first; of what is no news only the names."""
    by_harm = sorted(verdicts, key=lambda verdict: -Severity(verdict.severity).rank)
    for verdict in by_harm:
        if verdict.severity not in QUIET:
            about = f"{severity_sign(verdict.severity)}  {verdict.check}"
            console.print(f"{about}: {escape(verdict.summary)}")
            if verdict.remedy:
                console.print(f"    → {escape(verdict.remedy['text'])}")
    for severity in QUIET:
        names = [escape(verdict.check) for verdict in by_harm if verdict.severity == severity]
        if names:
            console.print(f"{severity_sign(severity)}  {', '.join(names)}")
    if verdicts:
        console.print()


def _first(cause: Cause, verdicts: Sequence[Judgement]) -> str:
    if cause.cause == UNKNOWN:
        return f"Cause unknown. Look at {', '.join(cause.checks)}."
    summaries = {verdict.check: verdict.summary for verdict in verdicts}
    why = next((summaries[check] for check in cause.checks if check in summaries), "")
    said = f"Likely cause: {_in_words(cause)} ({cause.confidence:.2f})"
    return f"{said}: {why}" if why else f"{said}."


def _further(cause: Cause) -> str:
    return f"Also possible: {_in_words(cause)} ({cause.confidence:.2f}), {', '.join(cause.checks)}"


def _in_words(cause: Cause) -> str:
    """A cause of a newer service is told by its name."""
    said = CAUSES.get(cause.cause, cause.cause.replace("_", " "))
    return said[:1].lower() + said[1:]
