"""Weights from the data folder: our checkpoints, plain state dicts, and what will not do."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.trainer.transferring import checkpoint, ended, recipe
from trainer.errors import BadRecipe
from trainer.loop import run


def test_a_checkpoint_in_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "old.safetensors").write_bytes(checkpoint().to_bytes())
    chosen = recipe(transfer={"file": "old.safetensors", "train": "head"})
    after = ended(list(run(chosen, folder=tmp_path, preflight=False)))
    assert after.to_bytes() != checkpoint().to_bytes()
    assert torch.equal(after.state["fc1.weight"], checkpoint().state["fc1.weight"])


def test_a_plain_state_dict_in_the_data_folder(tmp_path: Path) -> None:
    own = {k: t.clone() for k, t in checkpoint().state.items()}
    save_file(own, tmp_path / "plain.safetensors")
    chosen = recipe(transfer={"file": "plain.safetensors", "train": "head"})
    after = ended(list(run(chosen, folder=tmp_path, preflight=False)))
    assert torch.equal(after.state["fc1.weight"], own["fc1.weight"])


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("none.safetensors", "is not in the data folder"),
        ("link.safetensors", "leads out of the data folder"),
        ("empty.safetensors", "is empty"),
        ("text.safetensors", "is no safetensors file"),
        ("pickle.pth", "safetensors.torch.save_file"),
        ("cut.safetensors", "is no safetensors file, or is damaged"),
        ("other.safetensors", "no checkpoint of ours"),
    ],
)
def test_files_that_will_not_do(tmp_path: Path, name: str, sentence: str) -> None:
    folder, content = tmp_path / "data", checkpoint().to_bytes()
    folder.mkdir()
    (tmp_path / "outside.safetensors").write_bytes(content)
    (folder / "link.safetensors").symlink_to(tmp_path / "outside.safetensors")
    (folder / "empty.safetensors").touch()
    (folder / "text.safetensors").write_text("no weights in here")
    torch.save(checkpoint().state, folder / "pickle.pth")
    (folder / "cut.safetensors").write_bytes(content[:-10])
    save_file({"a": torch.zeros(1)}, folder / "other.safetensors", {"sitter": "{}"})
    with pytest.raises(BadRecipe, match=r"transfer\.file") as error:
        list(run(recipe(transfer={"file": name}), folder=folder))
    assert sentence in str(error.value)
    assert str(folder) not in str(error.value)
