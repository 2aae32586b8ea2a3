"""Summary after the tests: the versions of ComfyUI that were used, and what was skipped."""

from __future__ import annotations

from typing import Any

import pytest
from browser import why_no_browser
from installations import VARIABLE, find_installations

INSTALLATIONS = find_installations()
"""The installations that the tests run against."""

NO_COMFYUI = (
    f"no ComfyUI was found: set {VARIABLE} to one or more installations, "
    "separated as in PATH, or put the pack into custom_nodes"
)

TESTED: list[str] = []
"""Versions of the servers that ran."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the versions from a worker of pytest-xdist to the main process."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tested"] = TESTED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Collect the versions that a worker sent."""
    TESTED.extend(getattr(node, "workeroutput", {}).get("tested", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which versions were tested, and a warning for what was skipped."""
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
