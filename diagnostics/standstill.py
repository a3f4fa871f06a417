"""When a run's lr is tried beside others: where its loss stands still, and ever more seldom."""

from diagnostics.checks.plateau import Plateau
from diagnostics.curves import curve
from diagnostics.history import History, SignalValue
from diagnostics.outcome import steps_done
from diagnostics.probes.lr_test import FACTORS, STEPS, LrTest

MOST = 3  # tests in a training: after each, as many epochs again pass at least
FEWEST_STEPS = 100  # of the run before one
FULL_LR = 0.5  # lr above this share of the largest: what is said of it is said of the run's
BY_BATCH = ("info_nce_loss", "triplet_margin_loss")  # whose rows belong together: no half of them
SHARE = 0.02  # of the steps so far that a test in the midst of training may cost
COSTS = STEPS * (len(FACTORS) - 1)  # steps


class Standstill:
    """A healthy run is asked one question an epoch, and never tested."""

    def __init__(self, plateau: Plateau, test: LrTest, history: History) -> None:
        self._plateau = plateau
        self._test = test
        made = [epoch for epoch in sorted(history.rows) if "lr_test_same" in history.rows[epoch]]
        self._tests, self._last = len(made), max(made, default=0)
        self._fresh = True

    def step(self) -> None:
        """After a step of the run: modes are looked at once an epoch, while it trains."""
        if self._fresh:
            self._fresh = False
            self._test.see()

    def after(self, history: History) -> dict[str, SignalValue]:
        """After an epoch: the signals of a test, where one is due, can be made and is cheap."""
        self._fresh = True
        return self._tested(history, fewest=COSTS / SHARE)

    def at_end(self, history: History) -> dict[str, SignalValue]:
        """The same where somebody asks for the report, and training waits for nothing."""
        return self._tested(history, fewest=FEWEST_STEPS)

    def _tested(self, history: History, *, fewest: float) -> dict[str, SignalValue]:
        epoch = history.epochs
        if self._tests >= MOST or epoch < 2 * self._last:
            return {}
        if (steps_done(history) or 0.0) < fewest or not self._plateau.stands_still(history):
            return {}
        if history.facts.loss in BY_BATCH or not self._at_full_lr(history):
            return {}
        clipped, limit = curve(history, "clipped_steps"), history.facts.clip_norm
        if limit is None and clipped.values and clipped.newest > 0:
            return {}  # the steps would not be the run's
        self._tests, self._last = self._tests + 1, epoch
        rows = curve(history, "batch_size")
        batch = int(rows.newest) if rows.values else history.facts.batch_size
        return self._test.run(batch=batch, clip_norm=limit)

    def _at_full_lr(self, history: History) -> bool:
        """Not where a schedule has ended: at a lr near 0 no loss falls."""
        largest = max(curve(history, "lr").values.values(), default=0.0)
        return self._test.lr > 0 and self._test.lr >= FULL_LR * largest
