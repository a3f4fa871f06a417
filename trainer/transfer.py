"""The weights of an earlier training as the beginning of another (Yosinski et al. 2014).

A layer is a module with parameters of its own, in the model's order. The head is every layer that
is called `output`, or the last one where none is. A loss's own weights always begin afresh:
checkpoints do not hold them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd  # what all of torch's dropouts are

from diagnostics.parts import did_you_mean
from trainer.checkpoint import OURS, PREPROCESS, Checkpoint
from trainer.errors import BadCheckpoint, BadFile, BadRecipe
from trainer.files.source import locate
from trainer.recipe import Recipe
from trainer.recipe.preprocess import Preprocess
from trainer.recipe.split import Holdout
from trainer.recipe.transfer import Transfer

State = dict[str, Tensor]
DROP = "transfer.drop"
NO_SAFETENSORS = (
    "is no safetensors file, or is damaged; a .pth becomes one by "
    "safetensors.torch.save_file(torch.load(path, weights_only=True), name)"
)


@dataclass(frozen=True)
class Start:
    """A model's state, and what was measured for the preprocessing of its inputs, if known."""

    state: State
    preprocess: Preprocess | None = None
    fitted: State = field(default_factory=dict)

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "Start":
        """Weights and preprocessing of a checkpoint of ours."""
        fitted = {k: t for k, t in checkpoint.state.items() if k.startswith(PREPROCESS)}
        own = {k: t for k, t in checkpoint.state.items() if k not in fitted}
        bare = {k.removeprefix(PREPROCESS): t for k, t in fitted.items()}
        return cls(own, checkpoint.recipe.preprocess, bare)

    def fits(self, preprocess: Preprocess, module: nn.Module) -> bool:
        """Whether inputs were preprocessed in the same way: equal settings, equal shapes."""
        return self.preprocess == preprocess and _shapes(self.fitted) == _shapes(
            module.state_dict()
        )


@dataclass(frozen=True)
class Plan:
    """How a model is trained on.

    `lr_scale` is for trainer.optimizers.groups; `resting` modules stay in evaluation mode.
    """

    lr_scale: Callable[[str], float] | None = None
    resting: tuple[nn.Module, ...] = ()


def start_of(recipe: Recipe, folder: Path, given: Checkpoint | None) -> Start | None:
    """What the recipe's transfer starts from; `given` is the checkpoint of its trial.

    Raises BadRecipe where the file will not do, or `given` and the recipe do not go together.
    """
    wanted = recipe.transfer
    if wanted is not None and wanted.file is not None:
        found = _read(folder, wanted.file)
        if not isinstance(found, Checkpoint):
            return Start(found)
        _refuse_leak(recipe, found.recipe)
        return Start.of(found)
    if wanted is None:
        if given is not None:
            message = "a checkpoint to start from was given; say what to do with it"
            raise BadRecipe("transfer", None, message)
        return None
    if given is None:
        message = "the trial's checkpoint is needed: run(recipe, start=Checkpoint.from_bytes(...))"
        raise BadRecipe("transfer.trial", wanted.trial, message)
    _refuse_leak(recipe, given.recipe)
    return Start.of(given)


def _refuse_leak(recipe: Recipe, source: Recipe) -> None:
    """What judges here must not have been trained on there, nor inputs be scaled otherwise."""
    if source.data == recipe.data and _held_out(source) != _held_out(recipe):
        message = (
            "the checkpoint was trained on samples of the same data that would judge here; take "
            f"its split and data_seed ({source.resolved_data_seed()})"
        )
        raise BadRecipe("transfer", recipe.split.name, message)
    if source.preprocess != recipe.preprocess:
        message = (
            f"the checkpoint's inputs went through {source.preprocess.name}, whose statistics its "
            "weights rely on; take the same settings"
        )
        raise BadRecipe("preprocess", recipe.preprocess.name, message)


def _held_out(recipe: Recipe) -> tuple[object, ...]:
    """Equal for two recipes of one data set that hold out the same samples, and for those alone."""
    split = recipe.split
    if isinstance(split, Holdout):
        return split.name, split.validation, split.shuffled, recipe.resolved_data_seed()
    return (object(),)  # of several folds, each has been trained on by the others


def transferred(transfer: Transfer, start: Start, model: nn.Module) -> Plan:
    """Put the weights into a fresh model and freeze what is not to be trained.

    Raises BadRecipe where a layer is not found, has another shape, or nothing is left to train.
    """
    layers = [name for name, module in model.named_modules() if _parameters(module)]
    fresh = _take_over(transfer, start.state, model, _heads(layers))
    trained = {*_wanted(transfer, layers), *fresh}
    kept = {id(p) for name, p in model.named_parameters() if _owner(name) in trained}
    for parameter in model.parameters():
        if id(parameter) not in kept:
            parameter.requires_grad_(False)
    if not any(p.requires_grad for p in model.parameters()):
        raise BadRecipe("transfer.train", transfer.train, "leaves nothing that could be trained")
    return Plan(_lr_scale(transfer.lr_decay, layers), tuple(_resting(model)))


def _read(folder: Path, name: str) -> Checkpoint | State:
    try:
        path = locate(folder, "file", name).path
        with safe_open(path, framework="pt") as file:
            if OURS not in (file.metadata() or {}):
                return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        return Checkpoint.from_bytes(path.read_bytes())
    except BadFile as error:
        raise BadRecipe("transfer.file", name, error.reason) from error
    except SafetensorError as error:
        raise BadRecipe("transfer.file", name, NO_SAFETENSORS) from error
    except (BadCheckpoint, OSError) as error:
        raise BadRecipe("transfer.file", name, str(error)) from error


def _take_over(transfer: Transfer, source: State, model: nn.Module, heads: list[str]) -> set[str]:
    """The layers that begin afresh; the others have the source's weights and buffers now."""
    own = model.state_dict()
    here, there = _by_owner(own), _by_owner(source)
    _refuse_unknown(transfer.drop, {*here, *there})
    fresh = {owner for owner in {*here, *there} if _within(owner, transfer.drop)}
    for head in heads:
        if transfer.new_head or _other_outputs(own, source, here[head]):
            fresh.add(head)
    if transfer.new_head:
        fresh |= {owner for owner in there if owner.rpartition(".")[2] == "output"}
    for owner in [name for name in here if name not in fresh]:
        _refuse_misfit(transfer, owner, here, there, own, source)
    _refuse_left_over(transfer, [o for o in there if o not in here and o not in fresh], here)
    taken = {key: source[key] for key in own if _owner(key) not in fresh}
    if not taken:
        raise BadRecipe(DROP, transfer.drop, "leaves nothing of the checkpoint; drop fewer layers")
    model.load_state_dict(taken, strict=False)
    return fresh


def _refuse_unknown(drop: list[str], owners: Iterable[str]) -> None:
    known = {".".join(path[: n + 1]) for path in _paths(owners) for n in range(len(path))}
    for name in drop:
        if name not in known:
            message = f"no layer {name!r}, here or in the checkpoint; {did_you_mean(name, known)}"
            raise BadRecipe(DROP, drop, message)


def _refuse_misfit(
    transfer: Transfer,
    owner: str,
    here: dict[str, list[str]],
    there: dict[str, list[str]],
    own: State,
    source: State,
) -> None:
    if owner not in there:
        message = f"layer {owner!r} is not found in the checkpoint; name it here to have it begin "
        message += f"afresh; {did_you_mean(owner, there)}"
        raise BadRecipe(DROP, transfer.drop, message)
    for key in [*here[owner], *there[owner]]:
        ours, theirs = _shape(own, key), _shape(source, key)
        if ours != theirs:
            message = f"{key} is {ours} here and {theirs} in the checkpoint; "
            raise BadRecipe(DROP, transfer.drop, f"{message}name {owner!r} here to leave it out")


def _refuse_left_over(transfer: Transfer, left: list[str], here: Iterable[str]) -> None:
    if left:
        message = f"the checkpoint's layer {left[0]!r} is not found in the model; name it here to "
        message += f"leave it out; {did_you_mean(left[0], here)}"
        raise BadRecipe(DROP, transfer.drop, message)


def _other_outputs(own: State, source: State, keys: list[str]) -> bool:
    """Whether both have this head, with another number of outputs: a weight's first dimension."""
    return any(key in source and source[key].shape[:1] != own[key].shape[:1] for key in keys)


def _wanted(transfer: Transfer, layers: list[str]) -> list[str]:
    if transfer.train == "head":
        return _heads(layers)
    if transfer.layers is None:
        return layers
    if transfer.layers > len(layers):
        message = f"the model has {len(layers)} layers with weights: {', '.join(layers)}"
        raise BadRecipe("transfer.layers", transfer.layers, message)
    return layers[-transfer.layers :]


def _heads(layers: list[str]) -> list[str]:
    named = [layer for layer in layers if layer.rpartition(".")[2] == "output"]
    return named or layers[-1:]


def _lr_scale(decay: float, layers: list[str]) -> Callable[[str], float] | None:
    """ηˡ⁻¹ = decay · ηˡ, the last layer's being η (Howard and Ruder 2018, §3.2)."""
    if decay == 1.0:
        return None
    scales = {layer: decay**after for after, layer in enumerate(reversed(layers))}
    return lambda parameter: scales[_owner(parameter)]


def _resting(model: nn.Module) -> Iterable[nn.Module]:
    """What must not act as in training: norms and dropout of frozen layers.

    A module without parameters goes with the layer before it, but dropout with the one after,
    whose inputs it drops: that of a trained head stays on.
    """
    modules = list(model.modules())
    own = [_trains(_parameters(module)) for module in modules]
    before = list(accumulate(own, _last_known))
    after = list(accumulate(reversed(own), _last_known))[::-1]
    for module, previous, following in zip(modules, before, after, strict=True):
        trains = _trains(list(module.parameters()))
        if trains is None:
            dropped = isinstance(module, _DropoutNd)
            trains = _last_known(previous, following if dropped or previous is None else None)
        if not trains:
            yield module


def _last_known(last: bool | None, this: bool | None) -> bool | None:
    return last if this is None else this


def _trains(parameters: list[nn.Parameter]) -> bool | None:
    """None where there are none."""
    return any(p.requires_grad for p in parameters) if parameters else None


def _parameters(module: nn.Module) -> list[nn.Parameter]:
    return list(module.parameters(recurse=False))


def _by_owner(state: State) -> dict[str, list[str]]:
    """Module → its tensors' names, in the state's order."""
    found: dict[str, list[str]] = {}
    for key in state:
        found.setdefault(_owner(key), []).append(key)
    return found


def _owner(name: str) -> str:
    return name.rpartition(".")[0]


def _paths(owners: Iterable[str]) -> list[list[str]]:
    return [owner.split(".") for owner in owners if owner]


def _within(owner: str, modules: list[str]) -> bool:
    return any(f"{owner}.".startswith(f"{module}.") for module in modules)


def _shape(state: State, key: str) -> str:
    return str(list(state[key].shape)) if key in state else "absent"


def _shapes(state: State) -> dict[str, tuple[int, ...]]:
    return {key: tuple(tensor.shape) for key, tensor in state.items()}
