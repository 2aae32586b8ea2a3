"""The batches that are drawn: random rows of the bundled portraits of 64 pixels."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import latent_levers as ll
from latent_levers.core.base.number_runs import NumberRuns
from latent_levers.core.batch.codes_entry import CodesEntry
from latent_levers.core.batch.entries import PullEntry
from latent_levers.core.batch.opening import generator_entry, levers_entry
from latent_levers.core.batch.rows import RowsEntry
from latent_levers.core.cli import main
from latent_levers.core.generators.rendering import batch_that_fits

SEEDS = range(100)
"""Seeds of the codes."""


def words(levers: str, folder: Path, count: int, *more: str) -> list[str]:
    """The command line of a batch.

    Args:
        levers: File of the levers.
        folder: Where it is drawn.
        count: Number of rows.
        *more: Further words.

    Returns:
        Words after `latent-levers`.
    """
    return [
        "vary", "portraits", "--levers", levers, "--seeds", "0-99", "--mode", "random",
        "--count", str(count), "--out", str(folder), "--threads", "1", *more,
    ]  # fmt: skip


def run_vary(levers: str, folder: Path, count: int, *more: str) -> None:
    """Draw a batch in this process, without a word.

    Args:
        levers: File of the levers.
        folder: Where it is drawn.
        count: Number of rows.
        *more: Further words of the command line.
    """
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert main(words(levers, folder, count, *more)) == 0


def start(arguments: list[str]) -> subprocess.Popen[bytes]:
    """Start a command in a process of its own.

    Args:
        arguments: Words after `latent-levers`.

    Returns:
        The process, which computes with one thread.
    """
    code = "import sys; from latent_levers.core.cli import main; sys.exit(main(sys.argv[1:]))"
    search = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": search, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def plan_for(gan: ll.Generator, levers: ll.Directions, file: str, count: int) -> ll.Plan:
    """The plan of such a batch.

    Args:
        gan: The generator.
        levers: Its levers.
        file: Their file.
        count: Number of rows.

    Returns:
        The plan.
    """
    return ll.Plan(
        generator_entry(gan, "portraits"),
        levers_entry(levers, file),
        CodesEntry(NumberRuns(((SEEDS.start, SEEDS.stop),))),
        PullEntry(),
        RowsEntry("random", count, (0, 1, 2, 3), (-3.0, 3.0)),
        batch_that_fits(gan.spec, gan.device),
    )
