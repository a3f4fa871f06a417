"""The device that a run is on: `auto`, `cpu`, `cuda` or `cuda:1`."""

import re

import torch

from trainer.errors import NoSuchDevice


def resolve(name: str) -> str:
    """`auto` → `cuda:0` where there is a GPU, else `cpu`. Raises NoSuchDevice."""
    if name == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    if name == "cpu":
        return name
    match = re.fullmatch(r"cuda(?::(\d+))?", name)
    index = int(match[1] or 0) if match else -1
    if 0 <= index < torch.cuda.device_count():
        return f"cuda:{index}"
    raise NoSuchDevice(f"there is no device {name!r} here; known: {', '.join(available())}")


def available() -> list[str]:
    """What `resolve` accepts on this machine."""
    return ["auto", "cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]


def describe(name: str) -> str:
    """The resolved device as people know it: `cpu`, or `cuda:0 NVIDIA H200`."""
    return f"{name} {torch.cuda.get_device_name(name)}" if name.startswith("cuda") else name
