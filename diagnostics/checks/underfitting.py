"""Whether the model is held back: training and validation loss are alike, and both are high."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.curves import curve
from diagnostics.history import History
from diagnostics.outcome import baseline, gain, harm, nearly_over, still_falling
from diagnostics.tiny_subset import learnable
from diagnostics.verdict import Remedy, Verdict
from diagnostics.weighed import Weighed

MORE = Remedy(
    "Give the model more room: a larger one, less weight decay, dropout or augmentation, or more "
    "lr if the update ratio is low."
)


@dataclass(frozen=True, kw_only=True)
class Underfitting(Weighed):
    """Looks for a run that has come to rest far from the training set, with nothing else wrong.

    *Sees*
        Training and validation loss at the end of a run that learned, as shares of the baseline,
        and whether twenty rows alone can be learned by heart.

    *Why it matters*
        Where the training set itself is not learned, more data and more regularisation make
        nothing better: the model, or what holds it back, is the limit.

    *When it is wrong*
        Noise that cannot be learned looks the same: half of the labels drawn by dice leave any
        model there. So this is a note beside `no_learning`, which judges harm.

    *What to do*
        A larger model, less regularisation, a better start; then look at the curves again.

    *Sources*
        Goodfellow, Bengio & Courville 2016, §5.2; Ng 2018, "Machine learning yearning", chapters
        20 to 25. The shares are ours.
    """

    learned: float = 0.6  # share of the baseline that is gone in training, at most
    apart: float = 0.05  # share of the baseline between training and validation loss

    def __post_init__(self) -> None:
        for field in ("learned", "apart"):
            if not 0 < getattr(self, field) < 1:
                raise ValueError(f"{field} must be in (0, 1); it is {getattr(self, field)}")

    def judge(self, history: History) -> Verdict:
        training, validation = curve(history, "train_loss"), curve(history, "val_loss")
        base, share = baseline(history), gain(history)
        if not nearly_over(history) or base is None or share is None or not validation.values:
            return self.skip("Judged at the end, by training and validation loss.")
        gap = (validation.newest - training.newest) / base
        found = {"gap": gap, "val_loss": validation.newest}
        rests = harm(history) is None and learnable(history) and not still_falling(history)
        if share >= self.learned or gap >= self.apart or not rests:
            return self.fine(history, "The training set is not what holds it back.", **found)
        summary = (
            f"Training and validation loss are alike and high ({words.loss(training.newest)} and "
            f"{words.loss(validation.newest)}; {words.loss(base)} without the inputs), though "
            f"twenty rows alone are learned."
        )
        return self.note(history, summary, MORE, **found)
