"""A file of a tiny generator, and one of its levers."""

from __future__ import annotations

import pytest
from command_line import SETTINGS
from latent_levers.core.cli import main
from latent_levers.core.files.loading import untrained
from latent_levers.core.files.writing import save_generator


@pytest.fixture(scope="session")
def gan(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of a tiny generator of 32 x 32 images."""
    path = tmp_path_factory.mktemp("cli") / "tiny.safetensors"
    save_generator(untrained("stylegan2", SETTINGS), path)
    return str(path)


@pytest.fixture(scope="session")
def levers(gan: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of its levers."""
    path = tmp_path_factory.mktemp("levers") / "sefa.safetensors"
    assert main(["sefa", gan, "--count", "4", "--out", str(path)]) == 0
    return str(path)
