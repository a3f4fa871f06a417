"""The samples that a model is most wrong about, with their pictures where they are small ones."""

from base64 import b64encode

import torch
from torch import Tensor

from trainer.data import Dataset
from trainer.metrics._confusion import confusion
from trainer.mistakes import Mistakes, Picture, Sample

MOST = 12  # samples
MOST_SIDE = 32  # px: larger pictures are not kept
CHANNELS = (1, 3)  # grey, or red, green and blue
MOST_PIXELS = 12_000  # bytes of all pictures together: the file stays below 20 kB
MOST_LABELS = 20  # classes whose names are kept with them
LONGEST_LABEL = 40  # characters


def mistakes(outputs: Tensor, data: Dataset, *, probabilities: bool) -> Mistakes:
    """Outputs [N, C, ...] and labels [N, ...]; of images' pixels there is the matrix alone."""
    matrix = confusion(outputs, data.targets, data.outputs)
    if outputs.ndim != 2:
        return Mistakes(matrix)
    names = tuple(label[:LONGEST_LABEL] for label in data.labels[:MOST_LABELS])
    return Mistakes(matrix, worst(outputs, data, probabilities=probabilities), names)


def worst(outputs: Tensor, data: Dataset, *, probabilities: bool) -> tuple[Sample, ...]:
    """Those whose predicted class is the furthest above the true one."""
    tops, predicted = outputs.max(dim=1)
    above = tops - outputs.gather(1, data.targets.unsqueeze(1)).squeeze(1)
    margins, places = above.topk(min(MOST, len(above)))
    chosen = places[margins > 0]
    shares = outputs[chosen].softmax(dim=1).amax(dim=1) if probabilities else None
    return tuple(
        Sample(
            index=int(place),
            true=int(data.targets[place]),
            predicted=int(predicted[place]),
            probability=None if shares is None else round(float(shares[rank]), 4),
            picture=_picture(data.inputs[place], rank),
        )
        for rank, place in enumerate(chosen)
    )


def _picture(sample: Tensor, rank: int) -> Picture | None:
    """Of [C, H, W], where those before it have left room for one of its size."""
    if sample.ndim != 3 or sample.shape[0] not in CHANNELS or max(sample.shape) > MOST_SIDE:
        return None
    if (rank + 1) * sample.numel() > MOST_PIXELS or not sample.is_floating_point():
        return None
    low, high = sample.min(), sample.max()
    grey = (sample - low) / (high - low).clamp_min(torch.finfo(sample.dtype).tiny)
    bytes_ = (grey * 255).round().to("cpu", torch.uint8).permute(1, 2, 0).contiguous()
    channels, height, width = sample.shape
    return Picture(width, height, channels, b64encode(bytes_.numpy().tobytes()).decode())
