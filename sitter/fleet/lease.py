"""A worker's hold on its trials: news is gathered, sent in batches, and the lease kept alive."""

import logging
import threading
import time
from typing import Any

from diagnostics import Verdict
from sitter.answers import Assignment, Claim, Orders
from sitter.client import Sitter
from sitter.errors import LeaseLost, SitterError

log = logging.getLogger("sitter.worker")

BATCH_SECONDS = 0.5  # news is gathered this long, unless a stopping rule waits for it
BEATS_PER_LEASE = 3  # heartbeats in a lease's time, so that two may be lost


class Lease:
    """Reports for the trials of one claim. A thread of its own renews the lease meanwhile.

    `lost` turns true when the service has given the trials to somebody else; nothing is sent
    after that.
    """

    def __init__(self, client: Sitter, claim: Claim) -> None:
        self.claim = claim
        self.lost = False
        self._client = client
        self._stop: set[int] = set()
        self._news: dict[str, list[dict[str, Any]]] = {"epochs": [], "verdicts": [], "ends": []}
        self._sent_at = time.monotonic()
        self._sending = threading.Lock()
        self._closed = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="sitter-heartbeat", daemon=True)
        self._heart.start()

    def wants(self, assignment: Assignment) -> bool:
        """Whether the trial should be trained (on): nobody stopped it, and it is still ours."""
        return not self.lost and assignment.trial not in self._stop

    def epoch(self, assignment: Assignment, row: dict[str, Any]) -> None:
        """An epoch has ended; it is sent at once where a stopping rule waits for it."""
        self._news["epochs"].append(_about(assignment) | row)
        waited = time.monotonic() - self._sent_at
        if self.claim.prompt or waited >= BATCH_SECONDS:
            self.send()

    def verdict(self, assignment: Assignment, verdict: Verdict, scope: str) -> None:
        """A check has spoken."""
        row = _about(assignment) | verdict.to_dict() | {"scope": scope}
        self._news["verdicts"].append(row)

    def end(self, assignment: Assignment, state: str, reason: str | None = None) -> None:
        """The trial is over."""
        row = {"trial": assignment.trial, "attempt": assignment.attempt, "state": state}
        self._news["ends"].append(row | ({"reason": reason} if reason else {}))

    def keep(self, assignment: Assignment, name: str, content: bytes) -> None:
        """Store a file of the trial; the trial's news goes first, so that it is held for sure."""
        self._client.keep(self.claim.lease, self.claim.token, assignment.trial, name, content)

    def send(self) -> None:
        """Send what has been gathered; orders to stop are heeded by `wants`."""
        with self._sending:
            if self.lost:
                return
            news = {key: rows for key, rows in self._news.items() if rows}
            self._news = {key: [] for key in self._news}
            self._heed(self._client.report(self.claim.lease, self.claim.token, **news))
            self._sent_at = time.monotonic()

    def finish(self) -> None:
        """Send the rest and end the lease; trials that are not over go back."""
        self.close()
        if not self.lost:
            news = {key: rows for key, rows in self._news.items() if rows}
            self._client.finish(self.claim.lease, self.claim.token, **news)

    def release(self) -> None:
        """Give every trial back, as if it had not been claimed."""
        self.close()
        if not self.lost:
            self._client.release(self.claim.lease, self.claim.token)

    def close(self) -> None:
        """Ends the heartbeat."""
        self._closed.set()
        if self._heart is not threading.current_thread():
            self._heart.join()

    def _heed(self, orders: Orders) -> None:
        self._stop.update(orders.stop)

    def _beat(self) -> None:
        pause = self.claim.lease_seconds / BEATS_PER_LEASE
        while not self._closed.wait(pause):
            if time.monotonic() - self._sent_at < pause or not self._sending.acquire(False):
                continue  # a report has renewed the lease, or is about to
            try:
                self._heed(self._client.report(self.claim.lease, self.claim.token))
            except LeaseLost as error:
                log.warning("%s", error)
                self.lost = True
                return
            except SitterError as error:
                log.warning("no heartbeat: %s", error)
            finally:
                self._sending.release()


def _about(assignment: Assignment) -> dict[str, Any]:
    return {"trial": assignment.trial, "attempt": assignment.attempt}
