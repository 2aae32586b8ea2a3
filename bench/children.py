"""Run functions in a fresh process, whose peak memory is not affected by earlier work."""

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
        *arguments: Values that JSON can represent.

    Returns:
        The return value of the function, after a round trip through JSON. Its output is printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, "-m", "bench.children", target, json.dumps(arguments), answer]
        subprocess.run(command, cwd=ROOT, check=True)
        return json.loads(answer.read_text())


def main() -> None:
    """Entry point of the process that `call` starts."""
    target, arguments, answer = sys.argv[1:]
    module, function = target.split(":")
    result = getattr(importlib.import_module(module), function)(*json.loads(arguments))
    Path(answer).write_text(json.dumps(result))


if __name__ == "__main__":
    main()
