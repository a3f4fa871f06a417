"""Whether one class is often taken for another."""

from dataclasses import dataclass

from diagnostics import words
from diagnostics.history import History
from diagnostics.outcome import had_a_chance, harm, newest
from diagnostics.verdict import Remedy, Verdict
from diagnostics.weighed import Weighed

LOOK = Remedy(
    "Look at samples of both classes: wrong labels, two names for one thing, or inputs too coarse "
    "to tell them apart."
)


@dataclass(frozen=True, kw_only=True)
class ConfusedClasses(Weighed):
    """Looks for a pair of classes that makes up a good part of the mistakes.

    *Sees*
        From the confusion matrix of the validation set (`evaluation.confusion`), the pairs that
        are confused most: the share of a class's samples that are taken for the other one.

    *Why it matters*
        A mean accuracy hides that one class is lost. Which two are confused tells more of the
        cause than any curve.

    *When it is wrong*
        A class with a handful of samples reaches any share by accident. Some classes are hard to
        tell apart for people too.

    *What to do*
        Look at the samples; mend labels, join the classes, or add what tells them apart.

    *Sources*
        Karpathy 2019, "A recipe for training neural networks", "become one with the data". The
        share is ours.
    """

    share: float = 0.25  # of a class's validation samples that are taken for one other class

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError(f"share must be in (0, 1); it is {self.share}")

    def judge(self, history: History) -> Verdict:
        pairs = newest(history, "confused_classes")
        if not pairs or not had_a_chance(history):
            return self.skip("No confusion matrix was measured (evaluation.confusion).")
        worst = {pair: share for pair, share in pairs.items() if share >= self.share}
        if not worst or harm(history) is not None:
            return self.fine(history, "No two classes are often confused.", pairs=pairs)
        pair = max(worst, key=lambda name: worst[name])
        others = len(worst) - 1
        more = f", and {words.count(others, 'pair')} more" if others else ""
        true, _, taken = pair.partition(" as ")
        summary = f"{words.percent(worst[pair])} of class {true} are taken for class {taken}{more}."
        return self.note(history, summary, LOOK, pairs=pairs)
