"""ComfyUI's own checkers: comfy-test and `comfy node validate`, where they are installed.

`make comfy-checks` installs them into an environment of their own and runs all of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from installations import PACK
from node_facts import FACTS, PAGE_ONLY, WORKFLOWS, read_json

VARIABLE = "COMFY_TOOLS"
"""Environment variable with the folder of the checkers' programs."""

_SHIPPED = ("__init__.py", "pyproject.toml", "requirements.txt", "core", "nodes", "web")
"""What comfy-test reads besides the workflows."""

_PLAIN = ("INT", "FLOAT", "STRING", "BOOLEAN")
"""Types of the widgets whose values comfy-test reads."""

_CONFIG = """[test]
levels = ["syntax", "javascript", "install", "registration", "validation"]
[test.platforms]
platforms = ["linux-cpu"]
"""


def program(name: str) -> str | None:
    """Find a checker.

    Args:
        name: comfy-test or comfy.

    Returns:
        Path of its program; none if it is not installed.
    """
    folder = os.environ.get(VARIABLE)
    return shutil.which(name, path=folder) if folder else shutil.which(name)


def check(command: list[str], where: Path, **variables: str) -> str:
    """Run a checker.

    Args:
        command: Program and arguments.
        where: Working directory.
        variables: Further environment variables.

    Returns:
        What it printed.

    Raises:
        AssertionError: The checker reported a problem.
    """
    done = subprocess.run(
        command,
        cwd=where,
        env={**os.environ, "DO_NOT_TRACK": "1", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=900,
        check=False,
    )
    output = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == 0, output
    return output


def pack_for_validation(place: Path) -> None:
    """Copy the pack, with templates that comfy-test can read.

    Its validator (0.4.15) does not support notes, takes the combo inputs of V3 nodes for sockets,
    and does not expect the `control_after_generate` value that follows a seed. The copies therefore
    have no notes, and only those widget values that the validator compares with the server's types
    and ranges. Links, types, ranges and node definitions are unchanged.

    Args:
        place: A folder that does not exist yet.
    """
    place.mkdir(parents=True)
    for name in _SHIPPED:
        source, target = PACK / name, place / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (place / "workflows").mkdir()
    (place / "comfy-test.toml").write_text(_CONFIG, encoding="utf-8")
    facts = read_json(FACTS)
    for path in WORKFLOWS:
        workflow = read_json(path)
        nodes = [node for node in workflow["nodes"] if node["type"] not in PAGE_ONLY]
        for node in nodes:
            node["widgets_values"] = _plain_values(node, facts[node["type"]]["inputs"])
        text = json.dumps({**workflow, "nodes": nodes})
        (place / "workflows" / path.name).write_text(text, encoding="utf-8")


def _plain_values(node: dict[str, Any], inputs: list[dict[str, Any]]) -> list[Any]:
    """Values of the widgets that comfy-test reads, in order."""
    values = iter(node.get("widgets_values", []))
    kept: list[Any] = []
    for entry in inputs:
        if entry["type"] not in (*_PLAIN, "COMBO"):
            continue
        if entry.get("forceInput"):  # only a socket, which comfy-test takes for a widget
            kept.append("")
            continue
        value = next(values, entry.get("default"))
        if entry["type"] in _PLAIN:
            kept.append(value)
        for extra in ("control_after_generate", "image_upload"):
            if entry.get(extra):
                next(values, None)
    return kept
