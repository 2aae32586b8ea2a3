"""torch files in both layouts, with what training scripts leave in them, and folders of them."""

from __future__ import annotations

import argparse
import collections
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import latent_levers as ll
import numpy as np
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.files.recognition import read_checkpoint
from safetensors.torch import save_file
from torch.nn import ConvTranspose2d, Linear

LAYOUTS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


class Settings(dict):
    """A dictionary of a training framework."""


class Trainer:
    """An object of a training script."""

    def __init__(self) -> None:
        self.step = 7


def write(content: Any, path: Path, zipped: bool, protocol: int = 2) -> Path:
    """A torch file in one of the two layouts."""
    torch.save(content, path, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
    return path


@LAYOUTS
@pytest.mark.parametrize(
    "extra",
    [
        argparse.Namespace(size=256, path=Path("a/b")),
        np.float32(0.5),
        np.arange(6).reshape(2, 3),
        Settings(lr=0.1),
        Trainer(),
        collections.defaultdict(list, a=[1]),
        {1, 2},
        torch.device("cpu"),
        torch.Size([1, 2]),
        complex(1, 2),
        b"bytes",
        slice(1, 2),
        torch.float16,
        int,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_training_scripts_leave(extra: Any, zipped: bool, tmp_path: Path) -> None:
    """Harmless objects beside the weights keep nobody from reading the weights."""
    content = {"g_ema": tiny().network.state_dict(), "extra": extra}
    checkpoint = read_checkpoint(write(content, tmp_path / "x.pt", zipped))
    for name, tensor in tiny().network.state_dict().items():
        assert torch.equal(checkpoint.tensors[f"g_ema.{name}"], tensor)


@LAYOUTS
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol(protocol: int, zipped: bool, tmp_path: Path) -> None:
    content = {"a": torch.arange(6).reshape(2, 3).T, "n": {"b": torch.ones(2).half()}}
    checkpoint = read_checkpoint(write(content, tmp_path / "x.pt", zipped, protocol))
    assert torch.equal(checkpoint.tensors["a"], content["a"])
    assert torch.equal(checkpoint.tensors["n.b"], content["n"]["b"])


@LAYOUTS
def test_views_share_their_storage(zipped: bool, tmp_path: Path) -> None:
    """Offsets and strides into one storage, beside what makes torch's own reader refuse."""
    base = torch.arange(24.0).reshape(4, 6)
    content = {"part": base[1:3, ::2], "whole": base, "args": argparse.Namespace(a=1)}
    checkpoint = read_checkpoint(write(content, tmp_path / "x.pt", zipped))
    assert torch.equal(checkpoint.tensors["part"], base[1:3, ::2])
    assert torch.equal(checkpoint.tensors["whole"], base)


@LAYOUTS
@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool]
)
def test_types(dtype: torch.dtype, zipped: bool, tmp_path: Path) -> None:
    tensor = torch.tensor([[1, 0], [1, 1]]).to(dtype)
    content = {"a": tensor, "args": argparse.Namespace()}
    checkpoint = read_checkpoint(write(content, tmp_path / "x.pt", zipped))
    assert checkpoint.tensors["a"].dtype == dtype
    assert torch.equal(checkpoint.tensors["a"], tensor)


@LAYOUTS
def test_tags_of_a_graphics_card(zipped: bool, tmp_path: Path) -> None:
    """Where the numbers once were does not matter."""
    path = write({"a": torch.ones(3), "b": argparse.Namespace()}, tmp_path / "x.pt", zipped)
    data = path.read_bytes()
    old, new = b"X\x03\x00\x00\x00cpu", b"X\x03\x00\x00\x00mps"
    assert old in data
    path.write_bytes(data.replace(old, new))
    assert torch.equal(read_checkpoint(path).tensors["a"], torch.ones(3))


@LAYOUTS
def test_a_module_saved_whole(zipped: bool, tmp_path: Path) -> None:
    """Its tensors by the names of its state dict, in the same order."""
    module = torch.nn.Sequential(
        ConvTranspose2d(6, 5, 4), torch.nn.BatchNorm2d(5), torch.nn.ReLU(),
        ConvTranspose2d(5, 3, 4, 2, 1), torch.nn.Tanh(),
    )  # fmt: skip
    module.register_buffer("passing", torch.ones(1), persistent=False)
    checkpoint = read_checkpoint(write({"netG": module}, tmp_path / "x.pt", zipped))
    state = {f"netG.{n}": t for n, t in module.state_dict().items()}
    assert list(checkpoint.tensors) == list(state)
    assert all(torch.equal(checkpoint.tensors[n], t) for n, t in state.items())


def test_a_generator_saved_by_data_parallel(tmp_path: Path) -> None:
    content = {"g_ema": {f"module.{n}": t for n, t in tiny().network.state_dict().items()}}
    gan = ll.load_generator(write(content, tmp_path / "x.pt", True))
    assert gan.spec.fingerprint == tiny().spec.fingerprint


def test_memory_is_that_of_the_file(tmp_path: Path) -> None:
    """Weights are mapped, so reading the file copies none of them."""
    path = write({"a": torch.ones(1 << 20), "b": argparse.Namespace()}, tmp_path / "x.pt", True)
    tensor = read_checkpoint(path).tensors["a"]
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("this system does not list what is mapped")
    ranges = [
        line.split()[0].split("-") for line in maps.read_text().splitlines() if "x.pt" in line
    ]
    assert any(int(a, 16) <= tensor.data_ptr() < int(b, 16) for a, b in ranges)


def test_the_file_is_never_written_to(tmp_path: Path) -> None:
    path = write({"a": torch.ones(8), "b": argparse.Namespace()}, tmp_path / "x.pt", True)
    before = path.read_bytes()
    read_checkpoint(path).tensors["a"].zero_()
    assert path.read_bytes() == before


def test_a_tar_archive_is_refused_with_words(tmp_path: Path) -> None:
    path = tmp_path / "old.pt"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("sys_info")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"abc"))
    with pytest.raises(CheckpointError, match="tar archive, as torch wrote them before 2017"):
        read_checkpoint(path)


def test_a_torchscript_archive_is_refused_with_words(tmp_path: Path) -> None:
    path = tmp_path / "script.pt"
    torch.jit.trace(Linear(2, 2), torch.ones(1, 2)).save(str(path))
    with pytest.raises(CheckpointError, match=r"TorchScript program, .* torch\.jit\.load"):
        read_checkpoint(path)


@LAYOUTS
def test_no_tensors(zipped: bool, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"holds no tensors, but .*Trainer"):
        read_checkpoint(write(Trainer(), tmp_path / "x.pt", zipped))


def folder_of(tmp_path: Path, config: str | None = None, safe: bool = False) -> Path:
    """A folder as Hugging Face lays it out."""
    state = {n: t.clone() for n, t in tiny().network.state_dict().items()}
    if safe:
        save_file(state, tmp_path / "model.safetensors")
    else:
        torch.save(state, tmp_path / "pytorch_model.bin")
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    return tmp_path


@pytest.mark.parametrize("safe", [True, False])
def test_a_folder(safe: bool, tmp_path: Path) -> None:
    """Weights and settings from two files."""
    folder = folder_of(tmp_path, json.dumps({"conv_clamp": 256}), safe)
    checkpoint = read_checkpoint(folder)
    assert checkpoint.container == "huggingface"
    assert checkpoint.config == {"conv_clamp": 256}
    gan = ll.load_generator(folder)
    assert gan.network.settings.conv_clamp == 256
    assert gan.spec.fingerprint == tiny().spec.fingerprint


def test_a_folder_without_settings(tmp_path: Path) -> None:
    assert read_checkpoint(folder_of(tmp_path)).config == {}


@pytest.mark.parametrize("config", ["[1]", "{", "[" * 100_000, '{"a":' + "1" * (1 << 20) + "}"])
def test_settings_that_cannot_be_read(config: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="config.json cannot be read.*Download it again"):
        read_checkpoint(folder_of(tmp_path, config))


def test_a_folder_without_weights(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(CheckpointError, match="config.json and no weights"):
        read_checkpoint(tmp_path)
