"""Whether the loss jumps up for a step now and then."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import baseline
from diagnostics.verdict import Remedy, Verdict
from diagnostics.weighed import Weighed

BEFORE = 5  # epochs that tell what is usual
DEVIATION = 1.4826  # normal deviation over the median absolute one
CLIP = Remedy(
    "Clip gradients to their usual norm, and look at the batches of these epochs.",
    {"optimizer.clip_norm": 1.0},
)


@dataclass(frozen=True, kw_only=True)
class LossSpikes(Weighed):
    """Holds the largest step loss of each epoch against those of the epochs before it.

    *Sees*
        The largest loss of any step, epoch by epoch, as a robust z: its distance from the median
        of the five epochs before, over the median change from one epoch to the next.

    *Why it matters*
        A spike is a batch that the model cannot explain, or a step that went too far. A run that
        jumps again and again trains at the edge of what it can bear, and one day does not return.

    *When it is wrong*
        A rare hard sample gives the same picture without harm, and Adam spikes late in long runs
        when its second moments have become small. So this is a note: what does not return is
        `diverging`.

    *What to do*
        Clip gradients; look at the samples of the batch; raise Adam's epsilon or lower its β2.

    *Sources*
        Iglewicz & Hoaglin 1993 (z by the median absolute deviation); Chowdhery et al. 2022, §5.1
        (loss spikes of PaLM). The limits are ours.
    """

    z: float = 10.0  # median changes, scaled to a normal deviation
    high: float = 0.5  # share of the baseline that the jump must be

    def __post_init__(self) -> None:
        for field in ("z", "high"):
            if not getattr(self, field) > 0:
                raise ValueError(f"{field} must be above 0; it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        peaks, base = curve(history, "loss_max").values, baseline(history)
        if base is None or len(peaks) <= BEFORE:
            return self.skip(f"Judged after {BEFORE + 1} epochs, where the baseline is known.")
        values = list(peaks.values())
        usual = DEVIATION * median([abs(b - a) for a, b in pairwise(values)])
        high = max(self.z * usual, self.high * base)
        spikes = {
            epoch: peak
            for at, (epoch, peak) in enumerate(peaks.items())
            if at >= BEFORE and peak - median(values[at - BEFORE : at]) > high
        }
        if not spikes:
            return self.fine(history, "The loss does not jump.", spikes={})
        when = ", ".join(map(str, list(spikes)[:3])) + (" …" if len(spikes) > 3 else "")
        which = f"epoch {when}" if len(spikes) == 1 else f"epochs {when}"
        summary = f"The loss of a step jumps to {words.loss(max(spikes.values()))} in {which}."
        return self.note(history, summary, CLIP, spikes=spikes)
