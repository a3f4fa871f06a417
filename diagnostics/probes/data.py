"""What a sample of inputs and targets looks like, feature by feature and class by class."""

import torch
from torch import Tensor

from diagnostics.history import SignalValue, finite

MOST_FEATURES = 512  # compared for duplicates; a pairwise comparison of more is dear
MOST_CLASSES = 200  # whose shares are told one by one
MOST_ROWS = 2048  # compared for duplicates
FLAT = 1e-8  # standard deviation, as a share of the largest value, of a constant feature


@torch.no_grad()
def input_signals(inputs: Tensor) -> dict[str, SignalValue]:
    """Of inputs `[N, F]` by feature, of `[N, C, ...]` by channel. Nothing but rows for tokens."""
    rows = _rows(inputs)
    distinct = len(set(rows))
    signals: dict[str, SignalValue] = {
        "distinct_rows": float(distinct),
        "duplicate_rows": 1 - distinct / max(len(rows), 1),
    }
    if not (inputs.is_floating_point() and inputs.numel()):
        return signals
    sound = inputs.isfinite()
    signals["input_broken"] = 1 - float(sound.double().mean())
    values = inputs.double().where(sound, 0.0)
    columns = values if values.ndim <= 2 else values.movedim(1, -1)
    columns = columns.reshape(-1, columns.shape[-1]) if columns.ndim > 1 else columns.unsqueeze(1)
    spread = columns.std(0, correction=0)
    size = columns.square().mean(0).sqrt()
    constant = spread <= FLAT * columns.abs().max(0).values.clamp_min(FLAT)
    signals["input_rms"] = float(values.square().mean().sqrt())
    signals["input_largest"] = float(values.abs().max())
    signals["constant_features"] = float(constant.double().mean())
    signals["duplicate_features"] = _duplicate_features(columns[:, ~constant])
    if not bool(constant.all()):
        kept = ~constant
        signals["feature_rms_low"] = float(size[kept].min())
        signals["feature_rms_high"] = float(size[kept].max())
    return signals


@torch.no_grad()
def target_signals(targets: Tensor, classes: int | None) -> dict[str, SignalValue]:
    """Shares of so many classes; without them mean, spread and range of values."""
    if classes is not None:
        return _class_signals(targets, classes)
    if not targets.numel():
        return {}
    values = targets.double()
    sound = values.isfinite()
    signals: dict[str, SignalValue] = {"target_broken": 1 - float(sound.double().mean())}
    if bool(sound.any()):
        known = values[sound]
        signals |= {
            "target_mean": float(known.mean()),
            "target_std": float(known.std(correction=0)),
            "target_low": float(known.min()),
            "target_high": float(known.max()),
        }
    return signals


@torch.no_grad()
def overlap(inputs: Tensor, validation: Tensor) -> float:
    """Share of the validation rows that are among the training rows, exactly."""
    known = set(_rows(inputs))
    rows = _rows(validation)
    return sum(row in known for row in rows) / max(len(rows), 1)


@torch.no_grad()
def conflicting_rows(inputs: Tensor, targets: Tensor) -> float:
    """Share of the rows whose inputs another row has with another target."""
    seen: dict[bytes, set[bytes]] = {}
    labels = _rows(targets.reshape(len(targets), -1))
    rows = _rows(inputs)
    for row, label in zip(rows, labels, strict=True):
        seen.setdefault(row, set()).add(label)
    return sum(len(seen[row]) > 1 for row in rows) / max(len(rows), 1)


def _class_signals(labels: Tensor, classes: int) -> dict[str, SignalValue]:
    inside = (labels >= 0) & (labels < classes)
    counts = torch.bincount(labels[inside].flatten(), minlength=classes).double()
    total = max(float(counts.sum()), 1.0)
    shares: dict[str, float | None] = {
        str(number): finite(float(count) / total)
        for number, count in enumerate(counts[:MOST_CLASSES])
    }
    outside = ~inside & (labels != -100)  # torch's ignore_index
    return {"class_share": shares, "labels_outside": float(outside.double().mean())}


def _duplicate_features(columns: Tensor) -> float | None:
    width = columns.shape[1]
    if width < 2 or width > MOST_FEATURES:
        return 0.0 if width < 2 else None
    unit = (columns - columns.mean(0)) / columns.std(0, correction=0)
    alike = (unit.T @ unit / len(unit)).triu(diagonal=1) > 1 - 1e-9
    return float(alike.any(0).double().mean())


def _rows(values: Tensor) -> list[bytes]:
    """Each row's bytes: equal rows, and only these, have the same."""
    plain = values[:MOST_ROWS].detach().cpu()
    plain = plain.float() if plain.dtype == torch.bfloat16 else plain
    return [row.tobytes() for row in plain.reshape(len(plain), -1).numpy()]
