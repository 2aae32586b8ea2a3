"""Run scripts such as `browser.mjs`, which drive ComfyUI's page in Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

VARIABLE = "CHROMIUM"
"""Environment variable with the path of the browser."""

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def chromium() -> str | None:
    """Find the browser.

    Returns:
        Path or name of its program; none if it is not installed.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return named
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


def why_no_browser() -> str | None:
    """Find out what the tests of the page lack.

    Returns:
        What is missing and how to install it; none if nothing is missing.
    """
    if shutil.which("node") is None:
        return "Node.js was not found: install it, then run `npm ci` in tests/e2e"
    if not (HERE / "node_modules" / "playwright-core").is_dir():
        return "playwright-core was not found: run `npm ci` in tests/e2e"
    if chromium() is None:
        return f"Chromium was not found: install it, or set {VARIABLE} to its program"
    return None


def drive(
    job: dict[str, Any], out: Path, seconds: float = 1200, script: str = "browser.mjs"
) -> Any:
    """Run a script in the page.

    Args:
        job: Input of the script; the comment at its top lists the keys.
        out: Folder of job.json, seen.json and screenshots.
        seconds: Timeout.
        script: File name of the script.

    Returns:
        Contents of seen.json.

    Raises:
        AssertionError: The script ended with an error.
    """
    node = shutil.which("node")
    assert node is not None, why_no_browser()
    out.mkdir(parents=True, exist_ok=True)
    job = {"executable": chromium(), "out": str(out), **job}
    (out / "job.json").write_text(json.dumps(job), encoding="utf-8")
    done = subprocess.run(
        [node, str(HERE / script), str(out / "job.json")],
        capture_output=True,
        timeout=seconds,
        check=False,
    )
    errors = done.stderr.decode(errors="replace")
    assert done.returncode == 0, f"The page could not be driven\n{errors}"
    return json.loads((out / "seen.json").read_text(encoding="utf-8"))
