"""Whether what batch norm has gathered is what it meets."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import baseline, harm, nearly_over, said
from diagnostics.verdict import Remedy, Severity, Verdict
from diagnostics.weighed import Weighed, by_merit

OTHER_NORM = Remedy(
    "Use group norm, or batch renorm, which need no large batches.",
    {"model.norm": {"name": "group"}},
)
GATHER = Remedy(
    "Look at the momentum of batch norm (0.1 is usual) and at the number of steps: the running "
    "statistics have not caught up."
)


@dataclass(frozen=True, kw_only=True)
class NormStatisticsMismatch(Weighed):
    """Compares batch norm by the batch with batch norm by its running statistics.

    *Sees*
        The loss of a fixed sample both ways, and the size of the batches.

    *Why it matters*
        Training uses the statistics of the batch, validation the running ones. Where they differ,
        a model that trains well validates like an untrained one. With two samples in a batch the
        statistics are noise.

    *When it is wrong*
        In the first epochs the running statistics are always behind, so it is judged near the end.

    *What to do*
        Group norm or batch renorm for small batches; a larger momentum for short runs.

    *Sources*
        Ioffe & Szegedy 2015, §3.1; Ioffe 2017, "Batch renormalization"; Wu & He 2018, "Group
        normalization". The limits are ours.
    """

    small: int = 4  # samples in a batch
    gap: float = 0.5  # loss by running statistics above that by the batch, share of the baseline

    def __post_init__(self) -> None:
        if not self.small >= 1:
            raise ValueError(f"small must be at least 1; it is {self.small}")
        if not self.gap > 0:
            raise ValueError(f"gap must be above 0; it is {self.gap}")

    def judge(self, history: History) -> Verdict:
        kinds = (history.facts.kinds or {}).values()
        running, here = curve(history, "running_loss"), curve(history, "sample_loss")
        batch, base = curve(history, "batch_size").newest, baseline(history)
        normalised = bool(running.values) or any(kind.startswith("batchnorm") for kind in kinds)
        if not normalised or not (running.values or batch > 0):
            return self.skip("There is no batch norm, or it was not measured.")
        if batch <= self.small and harm(history) is not None:
            size = words.count(int(batch), "sample")
            summary = f"Batch norm works on batches of {size}; {said(history)}."
            causes, severity = {"batch_size_too_small": 0.87}, by_merit(history)
            return self.say(history, severity, summary, OTHER_NORM, causes, batch_size=batch)
        apart = running.newest - here.newest
        found = {"running_loss": running.newest, "sample_loss": here.newest}
        if base is None or not nearly_over(history) or not apart > self.gap * base:
            return self.fine(
                history, "Batch norm's running statistics are those it meets.", **found
            )
        summary = (
            f"By batch norm's running statistics the loss of a sample is "
            f"{words.loss(running.newest)}, by its own batch {words.loss(here.newest)}."
        )
        causes = {"train_eval_mismatch": 0.85}
        return self.say(history, Severity.WARNING, summary, GATHER, causes, **found)
