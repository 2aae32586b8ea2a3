"""The optional packages are there, and torch is still the build that was there before."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from latent_levers.core.base.extras import import_extra

ROOT = Path(__file__).resolve().parents[2]

MODULES = {
    "aiohttp": "aiohttp.web",
    "scikit-learn": "sklearn.decomposition",
    "matplotlib": "matplotlib.figure",
    "onnxruntime": "onnxruntime",
    "torch-fidelity": "torch_fidelity",
    "av": "av",
    "pyarrow": "pyarrow.parquet",
}
"""A module of each package of the extra."""


def test_every_package_of_the_extra_is_listed() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^extras = \[(.*?)^\]", text, re.DOTALL | re.MULTILINE)
    assert block is not None
    assert set(re.findall(r'"([\w-]+)>=', block[1])) == {*MODULES}


@pytest.mark.parametrize("package", MODULES)
def test_it_can_be_imported(package: str) -> None:
    assert import_extra(MODULES[package], package, "This test").__name__ == MODULES[package]


def test_torch_is_the_build_of_the_other_tests() -> None:
    pinned = ROOT / ".venv" / "torch.txt"
    if not pinned.is_file():
        pytest.skip("`make test-extras` installs the packages, and keeps torch")
    assert pinned.read_text(encoding="utf-8").strip() == f"torch=={torch.__version__}"
