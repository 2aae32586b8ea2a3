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
from latent_levers.core.batch.plan_file import read_plan

TRIES = int(os.environ.get("LATENT_LEVERS_TRIES", "1"))

COUNT = 300
"""Images of a batch: more than one process draws while the others start."""

WAITING = """
import contextlib, io, json, sys, time
from pathlib import Path
from latent_levers.core.cli import main
import latent_levers.core.cli.commands.vary
me, commands = Path(sys.argv[1]), json.loads(sys.argv[2])
for number, words in enumerate(commands):
    Path(f"{me}.{number}.ready").touch()
    while not (me.parent / f"gate{number}").exists():
        time.sleep(0.0005)
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        code = main(words)
    done = Path(f"{me}.{number}.part")
    done.write_text(json.dumps([code, errors.getvalue()]))
    done.replace(f"{me}.{number}.json")
"""
"""Imports everything, then runs one command line after the other, each once its gate appears."""


def started(me: Path, *commands: list[str]) -> subprocess.Popen[bytes]:
    """A process that runs command lines and writes how each ended to `me.<number>.json`."""
    search = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, "-c", WAITING, str(me), json.dumps(commands)],
        env={**os.environ, "PYTHONPATH": search, "OMP_NUM_THREADS": "1"},
    )


def wait_for(*paths: Path) -> None:
    """Wait until files exist."""
    deadline = time.monotonic() + 300
    while not all(path.exists() for path in paths):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def batch(gan: str, levers: str, folder: Path, seed: int, count: int = COUNT) -> list[str]:
    """Words of a random batch."""
    return [
        "vary", gan, "--levers", levers, "--seeds", "0-9", "--mode", "random",
        "--count", str(count), "--out", str(folder), "--seed", str(seed),
    ]  # fmt: skip


def check_folder(folder: Path, seed: int, count: int = COUNT) -> None:
    """Every picture is what the manifest says, and all are those of one batch."""
    assert read_plan(folder / "plan.json").rows.seed == seed
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    assert [line["file"] for line in lines] == [f"{number:05d}.png" for number in range(count)]
    assert sorted(path.name for path in folder.glob("[0-9]*.png")) == [x["file"] for x in lines]
    for line in lines:
        chunks = text_of(folder / line["file"])
        for name in ("caption", "seed", "direction", "strength"):
            assert chunks[name] == str(line[name]), line["file"]
    assert not list(folder.rglob("*.part"))
    assert not (folder / ".parts").exists()


def test_of_three_at_once_exactly_one_draws(gan: str, levers: str, tmp_path: Path) -> None:
    """Three processes, released at the same moment, with batches of other pictures."""
    names = "abc"
    seeds = {name: range(1000 * place, 1000 * place + TRIES) for place, name in enumerate(names)}
    folders = [tmp_path / f"batch{attempt}" for attempt in range(TRIES)]
    runs = [
        started(
            tmp_path / name,
            *(batch(gan, levers, folders[n], seed) for n, seed in enumerate(seeds[name])),
        )
        for name in names
    ]
    for attempt, folder in enumerate(folders):
        wait_for(*(tmp_path / f"{name}.{attempt}.ready" for name in names))
        (tmp_path / f"gate{attempt}").touch()
        results = [tmp_path / f"{name}.{attempt}.json" for name in names]
        wait_for(*results)
        ends = [json.loads(path.read_text()) for path in results]
        codes = [code for code, _ in ends]
        assert sorted(codes) == [0, 2, 2], ends
        for code, errors in ends:
            if code:
                (line,) = errors.splitlines()
                assert "holds a batch with other settings (seed was" in line, line
        check_folder(folder, seeds[names[codes.index(0)]][attempt])
    assert [run.wait(timeout=60) for run in runs] == [0, 0, 0]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a signal of Unix")
def test_a_killed_run_frees_the_folder(gan: str, levers: str, tmp_path: Path) -> None:
    folder, many = tmp_path / "batch", 3000
    (tmp_path / "gate0").touch()
    first = started(tmp_path / "first", batch(gan, levers, folder, 5, many))
    wait_for(folder / "00040.png")
    first.send_signal(signal.SIGKILL)
    assert first.wait(timeout=60) == -signal.SIGKILL
    done = len(list(folder.glob("[0-9]*.png")))
    assert done < many
    half = folder / ".parts" / "000000" / "00041.png"  # as if it was killed while it wrote
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(b"half")
    (tmp_path / "gate1").touch()
    count = done + 10
    again = started(
        tmp_path / "again",
        batch(gan, levers, folder, 6, count),
        batch(gan, levers, folder, 5, count),
    )
    assert again.wait(timeout=300) == 0
    code, errors = json.loads((tmp_path / "again.0.json").read_text())
    assert code == 2  # free, and still the folder of another batch
    assert "other settings (seed was 5, now 6)" in errors
    assert json.loads((tmp_path / "again.1.json").read_text()) == [0, ""]
    check_folder(folder, 5, count)
