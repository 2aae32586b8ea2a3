"""`python bench/on_cuda.py`: all that takes a GPU to test, in ten minutes at most.

Every check runs in a process of its own, and ends when its time is over; what that cuts off is
said. `--device cpu` runs the same code where there is no GPU, `--quick` on tiny networks.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from . import table
from .check import CUT_OFF, FAILED, NOT_HERE, Check, Finding, Setting
from .checkout import ROOT
from .registry import CHECKS

BUDGET = 600.0
"""Seconds for all checks."""

QUICK = "tiny networks: about six minutes on a CPU with two busy cores"
"""What `--quick` means."""

_LEAST = 5.0
"""Seconds below which no check starts."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks, and print their table.

    Args:
        arguments: Of the command line; none means those of this process.

    Returns:
        1 if a check failed or a figure falls short, else 0; 0 too where there is no GPU.
    """
    parser = argparse.ArgumentParser("python bench/on_cuda.py", description=__doc__)
    parser.add_argument("--device", help="cuda (ROCm too), mps, xpu or cpu; default the GPU here")
    parser.add_argument("--quick", action="store_true", help=QUICK)
    parser.add_argument("--seconds", type=float, default=BUDGET, help="time for all; default 600")
    ids = [check.id for check in CHECKS]
    parser.add_argument("--only", action="append", choices=ids, help="run this check only")
    parser.add_argument("--docs", type=Path, help="document to write the table into")
    options = parser.parse_args(arguments)
    from .device import described, present  # imports the pack, which the entry registers first

    kinds = present()
    device = options.device or kinds[0]
    if device not in kinds:
        print(f"There is no device {device!r} here; there is {', '.join(kinds)}.")
        return 1
    if options.device is None and device == "cpu":
        print(table.UNMEASURED)
        print("No GPU is here. `--device cpu` runs the same code on the CPU.")
        if options.docs is not None and not table.has_place(options.docs.read_text("utf-8")):
            table.write(options.docs, table.UNMEASURED)
        return 0
    machine = described(device)
    print(machine, flush=True)
    chosen = [check for check in CHECKS if check.id in (options.only or ids)]
    found = run(chosen, Setting(device, options.quick, options.seconds))
    text = table.markdown(machine + (", tiny networks" if options.quick else ""), found)
    print(f"\n{text}")
    if options.docs is not None:
        table.write(options.docs, text)
    verdicts = [finding.verdict for findings in found.values() for finding in findings]
    return int(bool({FAILED, "falls short"} & set(verdicts)))


def run(checks: Sequence[Check], setting: Setting) -> dict[str, list[Finding]]:
    """Run checks one after the other within a time.

    Args:
        checks: The checks.
        setting: Device, extent, and time for all.

    Returns:
        Findings by the title of their check; those of a check whose time was over end in one that
        says so.
    """
    found: dict[str, list[Finding]] = {}
    reached: set[str] = set()
    for number, check in enumerate(checks):
        # The last check lists branches, which takes a second: no other may take its time.
        spare = _LEAST * (len(checks) - number > 1)
        limit = min(check.seconds, setting.left - spare)
        print(f"\n{check.title}, at most {max(limit, 0):.0f} s", flush=True)
        if limit < _LEAST:
            found[check.title] = [Finding(check.title, outcome=CUT_OFF, note="no time was left")]
            print(f"  {found[check.title][0].text}", flush=True)
            continue
        start = time.monotonic()
        given = Setting(setting.device, setting.quick, limit, tuple(sorted(reached)))
        findings, lines = _one(check, given)
        found[check.title] = findings
        reached |= lines
        if findings[-1].outcome == CUT_OFF:  # the process that was ended could not say so
            print(f"  {findings[-1].text}", flush=True)
        print(f"  ({time.monotonic() - start:.0f} s)", flush=True)
    return found


def _one(check: Check, setting: Setting) -> tuple[list[Finding], set[str]]:
    """Run one check in a process of its own; its findings, and the lines that it ran through."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        arguments = [check.id, json.dumps(setting.given()), name]
        command = [sys.executable, "-m", "bench.on_device.child", *arguments]
        errors = folder / "errors"
        with errors.open("wb") as file:
            process = subprocess.Popen(
                command, cwd=ROOT, stderr=file, start_new_session=os.name == "posix"
            )
            try:
                code = process.wait(setting.seconds)
            except subprocess.TimeoutExpired:
                code = None
                _end(process)
            except BaseException:
                _end(process)
                raise
        findings = _read(folder / "findings")
        reached = folder / "reached"
        lines = set(json.loads(reached.read_text())) if reached.exists() else set[str]()
        if code is None:
            note = f"its time of {setting.seconds:.0f} s was over"
            findings.append(Finding(check.title, outcome=CUT_OFF, note=note))
        elif code:
            text = errors.read_text(encoding="utf-8", errors="replace")
            print(text, file=sys.stderr)
            last = text.strip().splitlines()[-1] if text.strip() else f"code {code}"
            findings.append(Finding(check.title, outcome=FAILED, note=last[:200]))
        elif not findings:
            findings.append(Finding(check.title, outcome=NOT_HERE))
        return findings, lines


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a check with all that it started."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _read(path: Path) -> list[Finding]:
    """The findings in a file; a line that was being written when its time was over is left out."""
    found: list[Finding] = []
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(Finding(**json.loads(line)))
            except json.JSONDecodeError:
                break
    return found
