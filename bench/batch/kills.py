"""Batches that are killed, started twice, and drawn row by row."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import latent_levers as ll
import torch
from latent_levers.core.batch.opening import Places, open_drawer

from .batches import run_vary, start, words

ROWS, KILLS, TRIES, ALONE = 1500, 20, 20, 64
"""Rows of the batch that is killed, how often, starts of two at once, and rows drawn alone."""

_READY = """
import contextlib, io, json, sys, time
from pathlib import Path
from latent_levers.core.cli import main
import latent_levers.core.cli.commands.vary
me, commands = Path(sys.argv[1]), json.loads(sys.argv[2])
for number, words in enumerate(commands):
    Path(f"{me}.{number}.ready").touch()
    while not (me.parent / f"gate{number}").exists():
        time.sleep(0.0005)
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = main(words)
    part = Path(f"{me}.{number}.part")
    part.write_text(json.dumps([code, said.getvalue()]))
    part.replace(f"{me}.{number}.json")
"""
"""Imports everything, then runs one command line after the other, each once its gate appears."""


def drawn(folder: Path) -> int:
    """How many pictures a folder holds."""
    return sum(1 for name in os.listdir(folder) if name[:1].isdigit()) if folder.is_dir() else 0


def killed(levers: str, place: Path) -> dict[str, int]:
    """Kill a batch again and again, let it finish, and compare it with an unbroken one.

    Args:
        levers: File of the levers.
        place: An empty folder.

    Returns:
        Kills, pictures, those that differ or are missing, whether the manifest differs, and files
        that were left unfinished.
    """
    whole, parts = place / "whole", place / "parts"
    run_vary(levers, whole, ROWS)
    chance = random.Random(0)
    kills = 0
    while kills < KILLS:
        before = drawn(parts)
        goal = before + chance.randrange(0, (ROWS - before) // (KILLS - kills) + 1)
        process = start(words(levers, parts, ROWS))
        while process.poll() is None and drawn(parts) < goal:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
        print(f"  kill {kills}: {drawn(parts)} of {ROWS} pictures", flush=True)
    left = sum(1 for _ in parts.glob(".parts/*/*"))
    half = parts / ".parts" / "000001" / "01234.png"  # one more, whatever the kills left
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(b"half")
    run_vary(levers, parts, ROWS)
    names = [f"{number:05d}.png" for number in range(ROWS)]
    differing = sum((whole / n).read_bytes() != _bytes(parts / n) for n in names)
    same = (whole / "manifest.jsonl").read_bytes() == (parts / "manifest.jsonl").read_bytes()
    return {
        "kills": kills,
        "pictures": drawn(parts),
        "differing": differing,
        "manifest_differs": int(not same),
        "left_by_kills": left,
        "unfinished": sum(1 for _ in parts.glob(".parts/*/*")),
    }


def _bytes(path: Path) -> bytes:
    """The content of a file that may not exist."""
    return path.read_bytes() if path.is_file() else b""


def alone(folder: Path) -> int:
    """Draw rows of a finished batch alone, each by a drawer of its own.

    Args:
        folder: The batch.

    Returns:
        How many of `ALONE` are the file of the batch, byte for byte.
    """
    torch.set_num_threads(1)
    plan = ll.read_plan(folder)
    rows = random.Random(1).sample(range(len(plan)), ALONE)
    equal = 0
    for row in rows:
        drawer = open_drawer(plan, Places(folder))
        (one,) = drawer.draw([row])
        equal += drawer.encode(one) == (folder / plan.file_name(row)).read_bytes()
    return equal


def together(levers: str, place: Path) -> tuple[int, int]:
    """Start two plans in one folder at the same moment, again and again.

    Args:
        levers: File of the levers.
        place: An empty folder.

    Returns:
        How often exactly one went on, and how often the other was refused with words that say why.
    """
    search = os.pathsep.join(path for path in sys.path if path)
    processes: list[subprocess.Popen[bytes]] = []
    for name, seed in (("a", "1"), ("b", "2")):
        commands = [words(levers, place / f"batch{n}", 40, "--seed", seed) for n in range(TRIES)]
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", _READY, str(place / name), json.dumps(commands)],
                env={**os.environ, "PYTHONPATH": search, "OMP_NUM_THREADS": "1"},
            )
        )
    one, said = 0, 0
    for number in range(TRIES):
        _wait(*(place / f"{name}.{number}.ready" for name in "ab"))
        (place / f"gate{number}").touch()
        results = [place / f"{name}.{number}.json" for name in "ab"]
        _wait(*results)
        ends = [json.loads(path.read_text()) for path in results]
        one += sorted(code for code, _ in ends) == [0, 2] and drawn(place / f"batch{number}") == 40
        said += any("holds a batch with other settings (seed was" in text for _, text in ends)
    for process in processes:
        process.wait()
    return one, said


def _wait(*paths: Path) -> None:
    """Wait until files exist."""
    deadline = time.monotonic() + 300
    while not all(path.exists() for path in paths):
        if time.monotonic() > deadline:
            raise TimeoutError(paths[0])
        time.sleep(0.002)
