"""ComfyUI's memory management: a generator beside another model, unloaded, and loaded again.

It runs in the Python of the ComfyUI that COMFYUI_PATH names (several are separated as in PATH).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .check import FAILED, NOT_TESTED, Finding, Setting
from .checkout import ROOT

_PYTHONS = (
    ".venv/bin/python",
    ".venv/Scripts/python.exe",
    "venv/bin/python",
    "venv/Scripts/python.exe",
    "../python_embeded/python.exe",
)
"""Where an installation's Python may be, in order of preference."""


def findings(setting: Setting) -> Iterator[Finding]:
    """Run `inside_comfyui.py` in each installation.

    Args:
        setting: The device.

    Yields:
        Its findings; one that says why, where there is no ComfyUI.
    """
    named = [part for part in os.environ.get("COMFYUI_PATH", "").split(os.pathsep) if part]
    if not named:
        note = "COMFYUI_PATH names no ComfyUI"
        yield Finding("a generator beside another model", outcome=NOT_TESTED, note=note)
    for part in named:
        folder = Path(part).expanduser()
        if not (folder / "comfy" / "model_management.py").is_file():
            yield Finding(str(folder.name), outcome=NOT_TESTED, note="there is no ComfyUI in it")
            continue
        yield from _inside(folder, setting)


def _inside(folder: Path, setting: Setting) -> Iterator[Finding]:
    """The findings of one installation."""
    python = next((folder / p for p in _PYTHONS if (folder / p).is_file()), Path(sys.executable))
    given = json.dumps({**setting.given(), "seconds": setting.left, "reached": []})
    command = [str(python), "-m", "bench.on_device.inside_comfyui", str(folder), given]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=setting.left
        )
    except subprocess.TimeoutExpired:
        yield Finding(f"ComfyUI in {folder.name}", outcome=FAILED, note="it did not answer in time")
        return
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"what"')]
    yield from (Finding(**json.loads(line)) for line in lines)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        yield Finding(f"ComfyUI in {folder.name}", outcome=FAILED, note=last[:200])
