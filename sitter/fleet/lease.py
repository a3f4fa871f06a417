"""A worker's hold on its trials: news is gathered, sent in batches, and the lease kept alive."""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from diagnostics import Cause, Facts, Verdict
from sitter.answers import Assignment, Claim, Orders
from sitter.client import Sitter
from sitter.errors import LeaseLost, SitterError

log = logging.getLogger("sitter.worker")

BATCH_SECONDS = 0.5  # news is gathered this long, unless a stopping rule waits for it
BATCH_BYTES = 8 * 2**20  # of files that are gathered; a larger one goes alone and at once
BEATS_PER_LEASE = 3  # heartbeats in a lease's time, so that two may be lost

File = tuple[int, str, bytes]  # trial, name, content


class Lease:
    """Reports for the trials of one claim. A thread of its own renews the lease meanwhile.

    `held` are the trials that have not been told to be over, by their ids. `lost` turns true when
    the service has given the trials to somebody else, or we have given them back; nothing is sent
    after that.
    """

    def __init__(self, client: Sitter, claim: Claim) -> None:
        self.claim = claim
        self.lost = False
        self.held = {assignment.trial: assignment for assignment in claim.assignments}
        self._client = client
        self._stop: set[int] = set()
        self._offsets: dict[int, int] = {}
        self._known: dict[int, Facts] = {}
        self._news: dict[str, Any] = {}
        self._files: list[File] = []
        self._sent_at = time.monotonic()
        self._sending = threading.Lock()
        self._closed = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="sitter-heartbeat", daemon=True)
        self._heart.start()

    def wants(self, assignment: Assignment) -> bool:
        """Whether the trial should be trained (on): nobody stopped it, and it is still ours."""
        return not self.lost and assignment.trial not in self._stop

    @property
    def due(self) -> bool:
        """Whether what has been gathered should be sent."""
        return self.claim.prompt or time.monotonic() - self._sent_at >= BATCH_SECONDS

    def plan(self, plan: dict[str, Any]) -> None:
        """How the trials are going to be trained."""
        self._news["plan"] = plan

    def joined(self, assignment: Assignment, first_data_epoch: int, resumed_epoch: int = 0) -> None:
        """The trial has come into a stack, or goes on from a snapshot."""
        self._offsets[assignment.trial] = first_data_epoch
        offsets = {"first_data_epoch": first_data_epoch, "resumed_epoch": resumed_epoch}
        self._tell("joined", assignment, offsets)

    def offset(self, assignment: Assignment) -> int:
        """The data epoch that the trial began behind, as it was told; 0 where nothing was."""
        return self._offsets.get(assignment.trial, 0)

    def knows(self, assignment: Assignment, facts: Facts | None) -> None:
        """What the trial is judged with; told once, and again where it has changed."""
        if facts is not None and self._known.get(assignment.trial) != facts:
            self._known[assignment.trial] = facts
            self._tell("known", assignment, {"facts": asdict(facts)})

    def epoch(self, assignment: Assignment, row: dict[str, Any]) -> None:
        """An epoch has ended."""
        self._tell("epochs", assignment, row)

    def verdict(self, assignment: Assignment, verdict: Verdict, scope: str) -> None:
        """A check has spoken."""
        self._tell("verdicts", assignment, verdict.to_dict() | {"scope": scope})

    def end(
        self,
        assignment: Assignment,
        state: str,
        reason: str | None = None,
        diagnosis: Iterable[Cause] | None = None,
    ) -> None:
        """The trial is over. Where `diagnosis` is None, the service makes one of its verdicts."""
        news: dict[str, Any] = {"state": state}
        if reason:
            news["reason"] = reason
        if diagnosis is not None:
            news["diagnosis"] = [cause.to_dict() for cause in diagnosis]
        self._tell("ends", assignment, news)
        self.held.pop(assignment.trial, None)

    def keep(self, assignment: Assignment, name: str, content: bytes) -> None:
        """Store a file of the trial, before its end is told."""
        self._files.append((assignment.trial, name, content))
        if sum(len(file[2]) for file in self._files) > BATCH_BYTES:
            with self._sending:
                self._send_files()

    def send(self, free_slots: int = 0) -> list[Assignment]:
        """Send what has been gathered; orders to stop are heeded by `wants`.

        Returns trials for the free slots, as many as there are for us.
        """
        with self._sending:
            if self.lost:
                return []
            self._send_files()
            news, self._news = self._news, {}
            if free_slots:
                news["free_slots"] = free_slots
            orders = self._client.report(self.claim.lease, self.claim.token, **news)
            self._heed(orders)
            self._sent_at = time.monotonic()
            given = {assignment.trial: assignment for assignment in orders.assignments}
            self.held |= given
            for trial in given:  # one that was taken from us may come again
                self._stop.discard(trial)
                self._offsets.pop(trial, None)
                self._known.pop(trial, None)
            return orders.assignments

    def finish(self) -> None:
        """Send the rest and end the lease; trials that are not over go back."""
        self.close()
        if not self.lost:
            self._send_files()
            self._client.finish(self.claim.lease, self.claim.token, **self._news)

    def release(self) -> None:
        """Give every trial back, as if it had not been claimed."""
        self.close()
        if not self.lost:
            self.lost = True
            self._client.release(self.claim.lease, self.claim.token)

    def close(self) -> None:
        """Ends the heartbeat."""
        self._closed.set()
        if self._heart is not threading.current_thread():
            self._heart.join()

    def _tell(self, what: str, assignment: Assignment, row: dict[str, Any]) -> None:
        about = {"trial": assignment.trial, "attempt": assignment.attempt}
        self._news.setdefault(what, []).append(about | row)

    def _send_files(self) -> None:
        files, self._files = self._files, []
        if files and not self.lost:
            stop = self._client.keep_all(self.claim.lease, self.claim.token, files)
            self._stop.update(stop)

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
