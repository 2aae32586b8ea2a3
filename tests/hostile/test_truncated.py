"""Downloads that stopped: every container, cut off at every hundredth byte."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from latent_levers.core.base.errors import CheckpointError
from wholes import WEIGHTS, WHOLES, opened, whole


@pytest.mark.parametrize("title", WHOLES)
def test_whole(title: str, tmp_path: Path) -> None:
    tensors = opened(whole(title, tmp_path), tmp_path).tensors
    for name, tensor in WEIGHTS.items():
        assert any(n.endswith(name) and torch.equal(t, tensor) for n, t in tensors.items())


@pytest.mark.parametrize("title", WHOLES)
def test_cut_off(title: str, tmp_path: Path) -> None:
    data = whole(title, tmp_path)
    for end in [*range(0, len(data), 100), len(data) - 1]:
        with pytest.raises(CheckpointError) as error:
            opened(data[:end], tmp_path)
        assert "cut off" in str(error.value), (end, str(error.value))
    assert not (tmp_path / "ran").exists()


def test_a_folder_whose_weights_are_cut_off(tmp_path: Path) -> None:
    data = whole("torch, zip", tmp_path)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    for end in range(100, len(data), 100):
        (folder / "pytorch_model.bin").write_bytes(data[:end])
        with pytest.raises(CheckpointError, match="pytorch_model.bin cannot be read as a torch"):
            opened_folder(folder)


def opened_folder(folder: Path) -> None:
    from latent_levers.core.files.recognition import read_checkpoint

    read_checkpoint(folder)
