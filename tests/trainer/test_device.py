"""Devices by name, and what an unknown one answers."""

import pytest
import torch

from trainer.device import available, describe, resolve
from trainer.errors import NoSuchDevice


def test_what_is_available_resolves() -> None:
    assert available()[:2] == ["auto", "cpu"]
    for name in available()[1:]:
        assert resolve(name) == name


def test_auto_prefers_a_gpu() -> None:
    assert resolve("auto") == ("cuda:0" if torch.cuda.is_available() else "cpu")
    assert resolve("auto") in available()


@pytest.mark.parametrize(
    "name", ["cuda:99", "cuda:", "cuda:-1", "cuda0", "gpu", "cpu:0", "CPU", ""]
)
def test_unknown_devices_are_named_with_what_there_is(name: str) -> None:
    with pytest.raises(NoSuchDevice) as raised:
        resolve(name)
    assert repr(name) in str(raised.value)
    assert str(raised.value).endswith(f"known: {', '.join(available())}")


def test_description() -> None:
    assert describe("cpu") == "cpu"
