"""Checkpoints: the best epoch's weights as safetensors, with the recipe that made them inside.

Nothing is unpickled. A checkpoint rebuilds its model alone: `load_model(content)`.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import torch
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
PREPROCESS = "sitter.preprocess."  # before the names of what was measured on the training set
OURS = "sitter"  # key of the header's metadata under which ours stand

About = TypeVar("About", bound=Settings)
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
        return packed(self.state, about.model_dump_json())

    @classmethod
    def from_bytes(cls, content: bytes) -> "Checkpoint":
        """Raises BadCheckpoint where this is no checkpoint of ours."""
        state, about = unpacked(content, _About)
        return cls(about.recipe, about.form, about.epoch, about.metrics, state)

    def model(self) -> nn.Module:
        """The trained model, on the CPU, in evaluation mode; it takes inputs as the data has them.

        Where the recipe preprocesses, it is `preprocess` followed by `model`. Raises BadCheckpoint.
        """
        own = {k: t for k, t in self.state.items() if not k.startswith(PREPROCESS)}
        fitted = {k.removeprefix(PREPROCESS): t for k, t in self.state.items() if k not in own}
        try:
            with seeded("cpu", Stream.WEIGHTS, self.recipe.seed):
                model: nn.Module = part("model", self.recipe.model).build(self.form)
            model.load_state_dict(own)
            preprocess = part("preprocess", self.recipe.preprocess).build(self.form)
            preprocess.load_state_dict(fitted)
        except (RuntimeError, BadRecipe) as error:
            raise BadCheckpoint(f"the weights do not fit the recipe's model: {error}") from error
        if self.recipe.preprocess.name == "none":
            return model.eval()
        return nn.Sequential(OrderedDict(preprocess=preprocess, model=model)).eval()


def load_model(source: bytes | str | Path) -> nn.Module:
    """The model in a checkpoint, given as bytes or path. Raises BadCheckpoint and OSError."""
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    return Checkpoint.from_bytes(content).model()


def packed(state: dict[str, Tensor], about: str) -> bytes:
    """Tensors and our JSON about them as safetensors."""
    # A tensor that shares its memory with another one, as tied weights do, is written twice.
    apart = {
        name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in state.items()
    }
    content: bytes = save(apart, metadata={OURS: about})
    return content


def unpacked(content: bytes, kind: type[About]) -> tuple[dict[str, Tensor], About]:
    """The inverse of `packed`. Raises BadCheckpoint."""
    try:
        state = load(content)  # refuses what is not safetensors before we look inside
        return state, kind.model_validate_json(_metadata(content)[OURS])
    except (SafetensorError, ValueError, KeyError) as error:
        raise BadCheckpoint(f"this is no checkpoint of ours: {error}") from error


def _metadata(content: bytes) -> dict[str, str]:
    """safetensors gives no access to it, but documents where it stands."""
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    header = json.loads(content[LENGTH_BYTES : LENGTH_BYTES + length])
    found: dict[str, str] = header.get("__metadata__", {})
    return found
