"""What can be done to a study in its state, as buttons: in the list and on its page."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.dashboard import words
from service.tables import Study


@dataclass(frozen=True)
class Deed:
    """A button that sends `body` to the study's address in the API.

    `name` tells a study's buttons apart; `ask` is a question asked first, `yes` the answer to it.
    """

    name: str
    text: str
    method: str
    body: str
    ask: str = ""
    yes: str = ""


def deeds(study: Study, counts: Mapping[str, int]) -> Iterator[Deed]:
    """`counts` are its trials by state. What destroys asks first."""
    if study.state not in ("running", "paused"):
        yield Deed("delete", "Delete", "DELETE", "", _lost(study, counts), "Delete the study")
        return
    yield _state("resume", "running") if study.state == "paused" else _state("pause", "paused")
    yield _state("cancel", "cancelled", _stopped(study, counts), "Cancel the study")


def _state(name: str, state: str, ask: str = "", yes: str = "") -> Deed:
    return Deed(name, words.capital(name), "PATCH", json.dumps({"state": state}), ask, yes)


def _lost(study: Study, counts: Mapping[str, int]) -> str:
    number = sum(counts.values())
    go = f"{words.counted(number, 'trial')} {'goes' if number == 1 else 'go'} with it"
    return f"Delete “{study.name}”? {go}: curves, verdicts and files. This cannot be undone."


def _stopped(study: Study, counts: Mapping[str, int]) -> str:
    training, waiting = words.counted(counts["running"], "trial"), words.count(counts["waiting"])
    stops = f"{training} in training will stop, and {waiting} waiting will not be trained."
    return f"Cancel “{study.name}”? {stops} What has ended stays."
