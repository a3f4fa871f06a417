"""Checkpoints: the best epoch's weights as safetensors, with the recipe that made them inside.

Nothing is unpickled. A checkpoint rebuilds its model alone: `load_model(content)`.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from trainer.errors import BadCheckpoint
from trainer.menu import part
from trainer.recipe import Recipe

HEADER_BYTES = 8  # little-endian length of the JSON header that follows


@dataclass(frozen=True)
class Checkpoint:
    """`shape` is one input's, without the batch; `metrics` are those of `epoch`."""

    recipe: Recipe
    shape: tuple[int, ...]
    classes: int
    epoch: int
    metrics: dict[str, float | None]
    state: dict[str, Tensor]

    def to_bytes(self) -> bytes:
        """The file's content."""
        about = {
            "recipe": self.recipe.model_dump_json(),
            "shape": json.dumps(self.shape),
            "classes": str(self.classes),
            "epoch": str(self.epoch),
            "metrics": json.dumps(self.metrics),
        }
        content: bytes = save(self.state, metadata=about)
        return content

    @classmethod
    def from_bytes(cls, content: bytes) -> "Checkpoint":
        """Raises BadCheckpoint where this is no checkpoint of ours."""
        try:
            length = int.from_bytes(content[:HEADER_BYTES], "little")
            header = json.loads(content[HEADER_BYTES : HEADER_BYTES + length])
            about = header["__metadata__"]
            return cls(
                recipe=Recipe.model_validate_json(about["recipe"]),
                shape=tuple(json.loads(about["shape"])),
                classes=int(about["classes"]),
                epoch=int(about["epoch"]),
                metrics=json.loads(about["metrics"]),
                state=load(content),
            )
        except (SafetensorError, ValueError, KeyError, TypeError) as error:
            raise BadCheckpoint(f"this is no checkpoint of ours: {error}") from error

    def model(self) -> nn.Module:
        """The trained model, on the CPU, in evaluation mode."""
        built: nn.Module = part("model", self.recipe.model).build(self.shape, self.classes)
        try:
            built.load_state_dict(self.state)
        except RuntimeError as error:
            raise BadCheckpoint(f"the weights do not fit the recipe's model: {error}") from error
        return built.eval()


def load_model(source: bytes | str | Path) -> nn.Module:
    """The model in a checkpoint, given as bytes or path. Raises BadCheckpoint and OSError."""
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    return Checkpoint.from_bytes(content).model()
