"""Names of files that come from workflows of other computers; needs no ComfyUI."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path
from typing import Any

import latent_levers
import pytest
from latent_levers.core.base.errors import LatentError, PackError
from node_facts import ROOT


@pytest.fixture(scope="module")
def names() -> Any:
    """The module `nodes/file_names.py`, whose package needs ComfyUI."""
    package = f"{latent_levers.__name__}.nodes_without_comfyui"
    sys.modules[package] = types.ModuleType(package)
    spec = importlib.util.spec_from_file_location(
        f"{package}.file_names", ROOT / "nodes" / "file_names.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[package]


FILES = (
    "faces/\u9854 \U0001f600.pkl",
    "\u00e9t\u00e9.pt",
    "e\u0301te\u0301/a.pt",
    "A.pkl",
    "a.pkl",
    "\u0421\u043c\u0435\u0445.npy",
)
"""Chinese and an emoji; composed and decomposed accents; two that differ in case; Cyrillic."""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("faces\\\u9854 \U0001f600.pkl", [0]),
        ("e\u0301te\u0301.pt", [1]),
        ("\u00e9t\u00e9\\a.pt", [2]),
        ("\u00c9T\u00c9.PT", [1]),
        ("A.pkl", [3]),
        ("A.PKL", [3, 4]),
        ("\u0441\u041c\u0415\u0425.npy", [5]),
        ("b.pkl", []),
        ("../A.pkl", []),
        ("", []),
    ],
)
def test_names_of_other_computers(names, name, found):
    assert names.spelled_alike(name, FILES) == [FILES[index] for index in found]


@pytest.mark.parametrize(
    ("typed", "file"),
    [
        ("mouth", "mouth.safetensors"),
        (" faces\\mouth.safetensors ", "faces/mouth.safetensors"),
        ("faces/\u9854", "faces/\u9854.safetensors"),
        ("e\u0301te\u0301", "\u00e9t\u00e9.safetensors"),
        ("\U0001f600" * 50, "\U0001f600" * 50 + ".safetensors"),
    ],
)
def test_names_to_save_under(names, tmp_path, typed, file):
    path, name = names.named_file(tmp_path, typed, "mouth", LatentError)
    assert name == file
    assert path == (tmp_path / file).resolve()
    path.parent.mkdir(exist_ok=True)
    path.touch()


NEVER = (
    *("", " ", "..\\out", "../out", "/out", "\\\\server\\out", "a\x00b", "a\nb", "a/", "a\\"),
    *("\u9854" * 67, "\U0001f600" * 51, "\ud800", f"{'x' * 201}/a"),
)
"""Names that are empty, lead out of the folder, are too long in UTF-8 or cannot be encoded."""

_OUTSIDE = [name for name in NEVER if name not in ("a/", "a\\")]
"""Those that are no folders either."""


@pytest.mark.parametrize("typed", NEVER)
def test_names_that_no_folder_can_hold(names, tmp_path, typed):
    with pytest.raises(LatentError, match="Choose a name such as mouth"):
        names.named_file(tmp_path / "in", typed, "mouth", LatentError)


@pytest.mark.parametrize("typed", [*_OUTSIDE, ".", "a/..", "a/../.."])
def test_folders_that_lead_out_are_refused(names, tmp_path, typed):
    with pytest.raises(PackError, match="Choose one such as batches/one"):
        names.path_within(tmp_path / "in", typed, "batches/one")


@pytest.mark.parametrize("typed", ["faces/one", " faces\\one\\ ", "faces/two/../one"])
def test_folders_within_are_found(names, tmp_path, typed):
    found = names.path_within(tmp_path, typed, "batches/one")
    assert found == tmp_path.resolve() / "faces" / "one"


def test_a_file_outside_is_not_reached_by_a_link(names, tmp_path: Path):
    (tmp_path / "in").mkdir()
    try:
        (tmp_path / "in" / "link").symlink_to(tmp_path)
    except OSError:
        pytest.skip("links are not allowed here")
    with pytest.raises(LatentError):
        names.named_file(tmp_path / "in", "link/a", "mouth", LatentError)
