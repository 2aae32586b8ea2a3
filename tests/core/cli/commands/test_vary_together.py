"""`vary` started several times at once in one folder, in processes of their own, and killed.

The race is repeated as often as LATENT_LEVERS_TRIES says:
`LATENT_LEVERS_TRIES=20 pytest tests/core/cli/commands/test_vary_together.py`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import text_of

TRIES = int(os.environ.get("LATENT_LEVERS_TRIES", "1"))

COUNT = 300
"""Images of a batch: more than one process draws while the others start."""

WAITING = """
import sys, time
from pathlib import Path
from latent_levers.core.cli import main
import latent_levers.core.cli.commands.vary
gate, words = Path(sys.argv[1]), sys.argv[2:]
Path(f"{gate}.{words[-1]}").touch()
while not gate.exists():
    time.sleep(0.0005)
raise SystemExit(main(words))
"""
"""Imports everything, says that it is ready, and runs a command once a file appears."""


def started(gate: Path, words: list[str]) -> subprocess.Popen[str]:
    """A process that waits at the gate with a command line."""
    search = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, "-c", WAITING, str(gate), *words],
        env={**os.environ, "PYTHONPATH": search, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(paths: list[Path]) -> None:
    """Wait until files exist."""
    deadline = time.monotonic() + 120
    while not all(path.exists() for path in paths):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def batch(gan: str, levers: str, folder: Path, seed: int, count: int = COUNT) -> list[str]:
    """Words of a random batch."""
    return [
        "vary", gan, "--levers", levers, "--seeds", "0-9", "--mode", "random",
        "--count", str(count), "--out", str(folder), "--seed", str(seed),
    ]  # fmt: skip


def check_folder(folder: Path, seed: int, count: int = COUNT) -> None:
    """Every picture is what the manifest says, and all are those of one batch."""
    assert json.loads((folder / "settings.json").read_text())["seed"] == seed
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    assert [line["file"] for line in lines] == [f"{number:05d}.png" for number in range(count)]
    assert sorted(path.name for path in folder.glob("[0-9]*.png")) == [x["file"] for x in lines]
    for line in lines:
        chunks = text_of(folder / line["file"])
        for name in ("caption", "seed", "direction", "strength"):
            assert chunks[name] == str(line[name]), line["file"]
    assert not list(folder.glob(".*.part"))


@pytest.mark.parametrize("attempt", range(TRIES))
def test_of_three_at_once_exactly_one_draws(
    gan: str, levers: str, tmp_path: Path, attempt: int
) -> None:
    folder, gate = tmp_path / "batch", tmp_path / "gate"
    seeds = [attempt + 1, attempt + 101, attempt + 201]  # three batches of other pictures
    runs = [started(gate, batch(gan, levers, folder, seed)) for seed in seeds]
    wait_for([Path(f"{gate}.{seed}") for seed in seeds])
    gate.touch()
    ends = [run.communicate(timeout=300) for run in runs]
    codes = [run.returncode for run in runs]
    assert sorted(codes) == [0, 2, 2], ends
    for code, (_, errors) in zip(codes, ends, strict=True):
        if code:
            (line,) = errors.splitlines()
            assert line.startswith("latent-levers: Another run of vary writes to"), line
    check_folder(folder, seeds[codes.index(0)])


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a signal of Unix")
def test_a_killed_run_frees_the_folder(gan: str, levers: str, tmp_path: Path) -> None:
    folder, gate = tmp_path / "batch", tmp_path / "gate"
    many = 3000
    first = started(gate, batch(gan, levers, folder, 5, many))
    gate.touch()
    wait_for([folder / "00040.png"])
    first.send_signal(signal.SIGKILL)
    assert first.wait(timeout=60) == -signal.SIGKILL
    first.communicate()
    done = len(list(folder.glob("[0-9]*.png")))
    assert done < many
    (folder / ".00041.png.abcd.part").write_bytes(b"half")  # as if it was killed while it wrote
    count = done + 10
    other = started(gate, batch(gan, levers, folder, 6, count))
    _, errors = other.communicate(timeout=300)
    assert other.returncode == 2  # free, and still the folder of another batch
    assert "other settings (seed was 5, now 6)" in errors
    again = started(gate, batch(gan, levers, folder, 5, count))
    _, errors = again.communicate(timeout=300)
    assert (again.returncode, errors) == (0, "")
    check_folder(folder, 5, count)
