"""Seeds, the checkout under its import name, and the folder of strangers' files."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parent.parent

TESTS = ROOT / "tests"

# `training` is not part of the package, nor is what tests share.
for _folder in (ROOT, TESTS, TESTS / "e2e", TESTS / "hostile"):
    if str(_folder) not in sys.path:
        sys.path.append(str(_folder))

from bench.on_device.checkout import register

register()

# Here and not beside those tests: the process that speaks at the end may run none of them.
from what_was_tested import pytest_sessionfinish, pytest_terminal_summary, pytest_testnodedown

__all__ = ["pytest_sessionfinish", "pytest_terminal_summary", "pytest_testnodedown"]


# Speeds of this machine are kept there, by child processes too; never in the user's own folder.
os.environ["LATENT_LEVERS_CACHE"] = tempfile.mkdtemp(prefix="latent_levers_tests_")


@pytest.fixture(autouse=True)
def _seeds() -> None:
    """The same global random numbers for every test; product code never uses them."""
    torch.manual_seed(0)


@pytest.fixture
def _no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """No generator is known by name, whatever other tests of this process have loaded."""
    from latent_levers.core.base import generator_names

    monkeypatch.setattr(generator_names, "_NAMES", {})


@pytest.fixture(scope="session")
def real_folder() -> Path:
    """The folder of files that strangers trained."""
    folder = os.environ.get("LATENT_LEVERS_REAL", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("LATENT_LEVERS_REAL names no folder: strangers' files were not tested")
    return Path(folder)
