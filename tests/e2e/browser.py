"""Drive ComfyUI's page in Chromium, by way of `browser.mjs`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

VARIABLE = "CHROMIUM"
"""Environment variable that names the browser's program."""

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def chromium() -> str | None:
    """The browser.

    Returns:
        Its program, if there is one.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return named
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


def why_no_browser() -> str | None:
    """What is missing for tests of the page.

    Returns:
        A sentence with a remedy; none if all is there.
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
    """Do something in the page.

    Args:
        job: See the script.
        out: Folder for screenshots.
        seconds: Longest that all of it takes.
        script: What is done.

    Returns:
        What was seen.

    Raises:
        AssertionError: The page could not be driven.
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
    told = done.stderr.decode(errors="replace")
    assert done.returncode == 0, f"The page could not be driven\n{told}"
    return json.loads((out / "seen.json").read_text(encoding="utf-8"))
