"""A plan of a million rows: its first picture, its memory, and how it resumes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from .batches import start, words

ROWS, DRAWN, EARLY = 1_000_000, 20_000, 1_000
"""Rows of the plan, pictures that are drawn, and when memory is first read."""

_TICK = os.sysconf("SC_CLK_TCK")


def first_picture(levers: str, folder: Path) -> tuple[float, float]:
    """Start a million rows, and end the process with its first picture.

    Args:
        levers: File of the levers.
        folder: An empty folder.

    Returns:
        Seconds of processor time of the whole process, and its largest memory in MiB.

    Raises:
        RuntimeError: The process ends without a picture.
    """
    process = start(words(levers, folder, ROWS))
    first = folder / "00000.png"
    while not first.exists():
        if process.poll() is not None:
            raise RuntimeError("the run ended before its first picture")
        time.sleep(0.001)
    found = _seconds(process.pid), _mib(process.pid, "VmHWM")
    process.send_signal(signal.SIGKILL)
    process.wait()
    return found


def flat_memory(levers: str, folder: Path) -> tuple[float, float]:
    """Draw many pictures, and read memory early and late.

    Args:
        levers: File of the levers.
        folder: An empty folder.

    Returns:
        Resident memory in MiB after `EARLY` and after `DRAWN` pictures.
    """
    process = start(words(levers, folder, DRAWN))
    early = _at(process, folder / f"{EARLY - 1:05d}.png")
    late = _at(process, folder / f"{DRAWN - 1:05d}.png")
    process.communicate()  # sheets follow
    return early, late


def resumed(levers: str, folder: Path) -> tuple[float, float]:
    """Run a finished batch again.

    Args:
        levers: File of the levers.
        folder: The folder of `flat_memory`.

    Returns:
        Seconds of processor time of the whole process, and by the clock.

    Raises:
        RuntimeError: The process fails.
    """
    before, begun = os.times(), time.monotonic()
    process = start(words(levers, folder, DRAWN))
    _, said = process.communicate()
    after = os.times()
    if process.returncode:
        raise RuntimeError(said.decode())
    spent = after.children_user - before.children_user
    spent += after.children_system - before.children_system
    return spent, time.monotonic() - begun


def _at(process: subprocess.Popen[bytes], picture: Path) -> float:
    """Resident memory when a picture is there."""
    while not picture.exists():
        if process.poll() is not None:
            raise RuntimeError("the run ended early")
        time.sleep(0.005)
    return _mib(process.pid, "VmRSS")


def _mib(pid: int, name: str) -> float:
    """A memory figure of a process, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def _seconds(pid: int) -> float:
    """Processor time of all threads of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK
