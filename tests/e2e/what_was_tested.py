"""A loud word at the end: against which ComfyUI the nodes were tested, and what was not."""

from __future__ import annotations

from typing import Any

import pytest
from browser import why_no_browser
from installations import VARIABLE, find_installations

INSTALLATIONS = find_installations()
"""What the tests run against."""

NO_COMFYUI = (
    f"no ComfyUI was found: set {VARIABLE} to one or more installations, "
    "separated as in PATH, or put the pack into custom_nodes"
)

TESTED: list[str] = []
"""Versions of those that ran."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that runs some of the tests tells the one that speaks."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tested"] = TESTED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear what such a process tells."""
    TESTED.extend(getattr(node, "workeroutput", {}).get("tested", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say against what the nodes were tested, and what was not tested at all."""
    terminalreporter.section("ComfyUI")
    for line in sorted(set(TESTED)):
        terminalreporter.write_line(f"Tested against {line}")
    if not INSTALLATIONS:
        reason = f"NOT TESTED: the nodes and templates in ComfyUI; {NO_COMFYUI}"
        terminalreporter.write_line(reason, red=True, bold=True)
    why = why_no_browser()
    if why is not None:
        reason = f"NOT TESTED: the templates in ComfyUI's page; {why}"
        terminalreporter.write_line(reason, red=True, bold=True)
