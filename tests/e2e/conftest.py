"""Fixtures: ComfyUI servers, two small generators, pages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.append(str(HERE.parent))  # for the helpers beside the other tests

from comfy_server import ComfyServer
from explorer_page import Page
from installations import Installation
from latent_levers.core.files.loading import untrained
from latent_levers.core.files.writing import save_generator
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from what_was_tested import INSTALLATIONS, NO_COMFYUI, TESTED


def _parameters() -> list[Any]:
    """One parameter per installation, or the reason why there is none."""
    if not INSTALLATIONS:
        return [pytest.param(None, id="no-comfyui", marks=pytest.mark.skip(reason=NO_COMFYUI))]
    return [pytest.param(found, id=found.name) for found in INSTALLATIONS]


@pytest.fixture(scope="session", params=_parameters())
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ComfyServer]:
    """A running ComfyUI, started once per installation."""
    installation: Installation = request.param
    running = ComfyServer(installation, tmp_path_factory.mktemp("comfyui"))
    try:
        running.start()
        TESTED.append(running.versions)
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def tiny_generators(server: ComfyServer) -> None:
    """Two tiny generators in models/gan: one plain, one with three classes."""
    settings = StyleGAN2Settings(16, 16, {4: 16, 8: 16, 16: 16, 32: 8}, mapping_widths=(16, 16))
    folder = server.base / "models" / "gan"
    save_generator(untrained("stylegan2", settings), folder / "tiny.safetensors")
    classes = StyleGAN2Settings(
        16, 16, {4: 16, 8: 16}, c_dim=3, embed_features=16, mapping_widths=(16, 16)
    )
    save_generator(untrained("stylegan2", classes), folder / "classes.safetensors")


@pytest.fixture
def empty_cache(server: ComfyServer) -> None:
    """Clears ComfyUI's cache; nodes with cached results are not executed and show nothing."""
    server.clear_cache()


@pytest.fixture
def page(server: ComfyServer, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A client of its own for each test of the explorer."""
    found = Page(server, f"page-{abs(hash(request.node.name))}")
    yield found
    found.leave()
