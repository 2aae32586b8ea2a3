"""Servers for the tests."""

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
from installations import Installation
from what_was_tested import INSTALLATIONS, NO_COMFYUI, TESTED


def _parameters() -> list[Any]:
    """One server for each installation, or a reason why there is none."""
    if not INSTALLATIONS:
        return [pytest.param(None, id="no-comfyui", marks=pytest.mark.skip(reason=NO_COMFYUI))]
    return [pytest.param(found, id=found.name) for found in INSTALLATIONS]


@pytest.fixture(scope="session", params=_parameters())
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ComfyServer]:
    """A running ComfyUI; one start per installation."""
    installation: Installation = request.param
    running = ComfyServer(installation, tmp_path_factory.mktemp("comfyui"))
    try:
        running.start()
        TESTED.append(running.versions)
        yield running
    finally:
        running.stop()
