"""What is read from files, before it is made into tensors."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from trainer.form import Task


@dataclass(frozen=True)
class Samples:
    """As trainer.data.Dataset, in numpy.

    `inputs` [N, ...] are uint8 (brightness, which tensors have in 0…1), float32, or int64 token
    ids below `vocabulary`. The arrays are made read-only, since they are shared.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    outputs: int
    task: Task = "classification"
    vocabulary: int | None = None
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.inputs.setflags(write=False)
        self.targets.setflags(write=False)
