"""Rules as others ship them, written anew from their documentation, with their default settings.

sagemaker.py     Amazon SageMaker Debugger's built-in rules
autotrainer.py   AutoTrainer's five problems (Zhang et al., ICSE 2021)
umlaut.py        UMLAUT's checks (Schoop et al., CHI 2021)

None of them ranks causes: those that a rule's name speaks for come in the order in which they were
raised. They see more than our own watcher does: the model, the loss by its name, every batch.
"""

from collections.abc import Callable

from bench.diagnosis.rivals.autotrainer import AutoTrainer
from bench.diagnosis.rivals.rules import Rival
from bench.diagnosis.rivals.sagemaker import SageMaker
from bench.diagnosis.rivals.umlaut import Umlaut

RIVALS: dict[str, Callable[[], Rival]] = {
    "sagemaker": SageMaker,
    "autotrainer": AutoTrainer,
    "umlaut": Umlaut,
}
