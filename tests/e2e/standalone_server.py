"""`latent-levers explore` in a process of its own, with the Python of a ComfyUI."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from installations import PACK

START_SECONDS = 120.0
"""Longest time until the address is printed."""


@contextlib.contextmanager
def explore(python: str, folder: Path, *words: str) -> Iterator[str]:
    """Run the command, and end it as Ctrl-C does.

    Args:
        python: The interpreter: that of ComfyUI, for the same torch.
        folder: An empty folder for the log.
        *words: Further options.

    Yields:
        The address that was printed.

    Raises:
        AssertionError: It does not start, or does not end well.
    """
    (folder / "latent_levers").symlink_to(PACK, target_is_directory=True)
    log = folder / "explore.log"
    command = [python, "-m", "latent_levers.core", "explore", "--no-browser", *words]
    changes = {"PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {"OMP_WAIT_POLICY": "PASSIVE", **os.environ, **changes}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            # A shell that started the tests in the background may have disabled Ctrl-C.
            preexec_fn=_with_interrupts if sys.platform != "win32" else None,
        )
    try:
        yield _address(process, log)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, log.read_text(encoding="utf-8")
        assert "Traceback" not in log.read_text(encoding="utf-8")
    finally:
        process.kill()
        process.wait()


def _with_interrupts() -> None:
    """Let SIGINT reach Python."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait for the address."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        text = log.read_text(encoding="utf-8")
        found = re.search(r"The explorer is at (http://\S+/)\n", text)
        if found:
            return found[1]
        assert process.poll() is None, text
        time.sleep(0.2)
    raise AssertionError(f"It printed no address\n{log.read_text(encoding='utf-8')}")
