"""Work in a process of its own, whose memory nobody else has touched."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def call(target: str, *arguments: Any) -> Any:
    """Call a function in a fresh process.

    Args:
        target: Module and function, such as "bench.memory:whole".
        *arguments: What JSON can hold.

    Returns:
        What it returns, as far as JSON can hold it; what it prints goes where ours goes.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, "-m", "bench.children", target, json.dumps(arguments), answer]
        subprocess.run(command, cwd=ROOT, check=True)
        return json.loads(answer.read_text())


def main() -> None:
    """What `call` starts."""
    target, arguments, answer = sys.argv[1:]
    module, function = target.split(":")
    found = getattr(importlib.import_module(module), function)(*json.loads(arguments))
    Path(answer).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
