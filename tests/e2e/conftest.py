"""Servers for the tests, and a loud word on what was not tested."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:
    sys.path.append(str(HERE.parent))  # for the helpers beside the other tests

from browser import why_no_browser
from comfy_server import ComfyServer
from installations import VARIABLE, Installation, find_installations

_INSTALLATIONS = find_installations()
_NO_COMFYUI = (
    f"no ComfyUI was found: set {VARIABLE} to one or more installations, "
    "separated as in PATH, or put the pack into custom_nodes"
)
_TESTED: list[str] = []


def _parameters() -> list[Any]:
    """One server for each installation, or a reason why there is none."""
    if not _INSTALLATIONS:
        return [pytest.param(None, id="no-comfyui", marks=pytest.mark.skip(reason=_NO_COMFYUI))]
    return [pytest.param(found, id=found.name) for found in _INSTALLATIONS]


@pytest.fixture(scope="session", params=_parameters())
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ComfyServer]:
    """A running ComfyUI; one start per installation."""
    installation: Installation = request.param
    running = ComfyServer(installation, tmp_path_factory.mktemp("comfyui"))
    try:
        running.start()
        _TESTED.append(running.versions)
        yield running
    finally:
        running.stop()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that runs some of the tests tells the one that speaks."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tested"] = _TESTED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear what such a process tells."""
    _TESTED.extend(getattr(node, "workeroutput", {}).get("tested", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say against what the nodes were tested, and what was not tested at all."""
    terminalreporter.section("ComfyUI")
    for line in sorted(set(_TESTED)):
        terminalreporter.write_line(f"Tested against {line}")
    if not _INSTALLATIONS:
        reason = f"NOT TESTED: the nodes and templates in ComfyUI; {_NO_COMFYUI}"
        terminalreporter.write_line(reason, red=True, bold=True)
    why = why_no_browser()
    if why is not None:
        reason = f"NOT TESTED: the templates in ComfyUI's page; {why}"
        terminalreporter.write_line(reason, red=True, bold=True)
