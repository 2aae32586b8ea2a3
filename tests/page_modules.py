"""Modules of ComfyUI's page, run by Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

NODE = shutil.which("node")
"""The program, where there is one."""

_WEB = Path(__file__).resolve().parent.parent / "web"


def copy_modules(folder: Path) -> Path:
    """Put the page's files where Node takes them for modules.

    Args:
        folder: An empty folder.

    Returns:
        The folder.
    """
    for path in _WEB.glob("*.js"):
        shutil.copy(path, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    return folder


def node(folder: Path, script: str, given: Any = None) -> Any:
    """Run a script beside the modules.

    Args:
        folder: See `copy_modules`.
        script: Reads JSON and prints JSON.
        given: What it reads.

    Returns:
        What it printed.

    Raises:
        AssertionError: It failed.
    """
    assert NODE is not None
    (folder / "script.js").write_text(script)
    done = subprocess.run(
        [NODE, "script.js"],
        cwd=folder,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
