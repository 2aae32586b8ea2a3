"""One check in a process of its own: findings go to a file one by one."""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from .arms import all_arms
from .check import Setting
from .checkout import ROOT, register
from .registry import CHECKS
from .tracing import lines_reached


def main() -> None:
    """Run the check that the arguments name: its id, the setting, and a folder for the results."""
    name, given, folder = sys.argv[1:]
    setting = Setting(**json.loads(given))
    (check,) = [check for check in CHECKS if check.id == name]
    register()
    files = {arm.file for arm in all_arms(ROOT)} if check.traced else set[str]()
    watched = lines_reached(ROOT, files) if check.traced else contextlib.nullcontext(set[str]())
    lines = Path(folder) / "findings"
    with watched as reached, lines.open("a", encoding="utf-8") as file:
        try:
            module = importlib.import_module(f"{__package__}.{check.module}")
            for finding in module.findings(setting):
                print(f"  {finding.text}", flush=True)
                file.write(json.dumps(asdict(finding)) + "\n")
                file.flush()
                _note(Path(folder), reached)
        finally:
            _note(Path(folder), reached)


def _note(folder: Path, reached: set[str]) -> None:
    """Write the lines that were reached, in one step, since this process may be ended."""
    new = folder / "reached.new"
    new.write_text(json.dumps(sorted(reached)))
    new.replace(folder / "reached")


if __name__ == "__main__":
    main()
