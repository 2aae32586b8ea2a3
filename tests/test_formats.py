"""The tables of docs/formats.md are those of the registries, and what they say holds."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from cases import CASES
from formats_table import DOCUMENT, TABLES, filled, updated
from latent_levers.core.files.containers import CONTAINERS
from latent_levers.core.files.dialects import DIALECTS
from latent_levers.core.files.recognition import read_checkpoint, recognise
from latent_levers.core.generators.architectures import ARCHITECTURES
from safetensors.torch import save_file
from torch import Tensor

State = dict[str, Tensor]


def test_the_tables_are_fresh() -> None:
    """`make formats` writes them."""
    updated()
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == filled(text), "docs/formats.md is out of date: run `make formats`"


def test_every_plug_in_is_named() -> None:
    """An id of its own, a title for people, and for a spelling the architecture it leads to."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for registry in (CONTAINERS, DIALECTS, ARCHITECTURES):
        for entry in registry:
            assert f"`{entry.id}`" in text
            assert entry.title in text
    assert {dialect.architecture for dialect in DIALECTS} <= set(ARCHITECTURES.ids)


def test_a_change_is_seen() -> None:
    """A row that is missing is put back; a block that is missing is told."""
    text = DOCUMENT.read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if "`stylegan2`" in line)
    assert filled(text.replace(f"{row}\n", "")) == text
    with pytest.raises(AssertionError, match="0 blocks named 'naming schemes'"):
        filled(text.replace("<!-- end of naming schemes -->", ""))
    assert len(TABLES) == 4


def _safetensors(state: State, folder: Path) -> Path:
    path = folder / "weights.safetensors"
    save_file(state, path)
    return path


def _torch(state: State, folder: Path) -> Path:
    path = folder / "weights.pth"
    torch.save({"models": {"generator_smooth": state}}, path)
    return path


def _torch_legacy(state: State, folder: Path) -> Path:
    path = folder / "weights.pt"
    torch.save({"g_ema": state}, path, _use_new_zipfile_serialization=False)
    return path


def _pickle(state: State, folder: Path) -> Path:
    path = folder / "weights.pkl"
    path.write_bytes(pickle.dumps({name: tensor.numpy() for name, tensor in state.items()}))
    return path


def _folder(state: State, folder: Path) -> Path:
    (folder / "config.json").write_text(json.dumps({"model_type": "gan"}))
    torch.save(state, folder / "pytorch_model.bin")
    return folder


WRITERS: list[tuple[str, Callable[[State, Path], Path]]] = [
    ("safetensors", _safetensors),
    ("torch", _torch),
    ("torch", _torch_legacy),
    ("pickle", _pickle),
    ("huggingface", _folder),
]
"""Kinds of file that hold tensors under any names. NVIDIA's pickles of both eras hold whole
networks; their own tests write those."""


@pytest.mark.parametrize(
    ("container", "write"), WRITERS, ids=lambda value: getattr(value, "__name__", value)
)
@pytest.mark.parametrize("name", CASES)
def test_any_kind_of_file_holds_any_architecture(
    name: str, container: str, write: Callable[[State, Path], Path], tmp_path: Path
) -> None:
    architecture, settings = CASES[name]
    state = ARCHITECTURES[architecture].build(settings).state_dict()
    state = {key: tensor.contiguous() for key, tensor in state.items()}
    found = read_checkpoint(write(state, tmp_path))
    assert found.container == container
    blueprint = recognise(found)
    assert blueprint.architecture == architecture
    assert set(blueprint.tensors) == set(state)
    assert all(torch.equal(blueprint.tensors[key], tensor) for key, tensor in state.items())
