"""Checkpoints: the best epoch's weights as safetensors, with the recipe that made them inside.

Nothing is unpickled. A checkpoint rebuilds its model alone: `load_model(content)`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from trainer.errors import BadCheckpoint, BadRecipe
from trainer.form import Form
from trainer.menu import part
from trainer.recipe import Recipe, Settings
from trainer.seeds import Stream, seeded

LENGTH_BYTES = 8  # little-endian length of the JSON header that follows
OURS = "sitter"  # key of the header's metadata under which ours stand

Count = Annotated[int, Field(ge=1)]


class _About(Settings):
    """What stands in the header beside the weights."""

    recipe: Recipe
    form: Form
    epoch: Count
    metrics: dict[str, float | None]


@dataclass(frozen=True)
class Checkpoint:
    """`form` is the data's; `metrics` are those of `epoch`."""

    recipe: Recipe
    form: Form
    epoch: int
    metrics: dict[str, float | None]
    state: dict[str, Tensor]

    def to_bytes(self) -> bytes:
        """The file's content."""
        about = _About(
            recipe=self.recipe,
            form=self.form,
            epoch=self.epoch,
            metrics=self.metrics,
        )
        state = {name: tensor.contiguous() for name, tensor in self.state.items()}
        content: bytes = save(state, metadata={OURS: about.model_dump_json()})
        return content

    @classmethod
    def from_bytes(cls, content: bytes) -> "Checkpoint":
        """Raises BadCheckpoint where this is no checkpoint of ours."""
        try:
            state = load(content)  # refuses what is not safetensors before we look inside
            about = _About.model_validate_json(_metadata(content)[OURS])
        except (SafetensorError, ValueError, KeyError) as error:
            raise BadCheckpoint(f"this is no checkpoint of ours: {error}") from error
        return cls(about.recipe, about.form, about.epoch, about.metrics, state)

    def model(self) -> nn.Module:
        """The trained model, on the CPU, in evaluation mode. Raises BadCheckpoint."""
        try:
            with seeded("cpu", Stream.WEIGHTS, self.recipe.seed):
                built: nn.Module = part("model", self.recipe.model).build(self.form)
            built.load_state_dict(self.state)
        except (RuntimeError, BadRecipe) as error:
            raise BadCheckpoint(f"the weights do not fit the recipe's model: {error}") from error
        return built.eval()


def load_model(source: bytes | str | Path) -> nn.Module:
    """The model in a checkpoint, given as bytes or path. Raises BadCheckpoint and OSError."""
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    return Checkpoint.from_bytes(content).model()


def _metadata(content: bytes) -> dict[str, str]:
    """safetensors gives no access to it, but documents where it stands."""
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    header = json.loads(content[LENGTH_BYTES : LENGTH_BYTES + length])
    found: dict[str, str] = header.get("__metadata__", {})
    return found
