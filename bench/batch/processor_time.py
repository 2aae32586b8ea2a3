"""Processor time of a picture, before plans and now, side by side."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import latent_levers as ll
import torch
from latent_levers.core.base.memory import keep_freed_memory
from latent_levers.core.batch.drawing import Drawer
from latent_levers.core.batch.manifest import settle_manifest
from latent_levers.core.batch.packs import PACKS
from latent_levers.core.batch.running import draw_rows

from bench.children import ROOT

from .as_before import vary_as_before
from .batches import SEEDS, plan_for, run_vary


def side_by_side(levers: str, turns: int, count: int) -> dict[str, list[float]]:
    """Processor time of both loops, which take turns, so that load hits both alike.

    Each has a process of its own, since the command tells its process to keep freed memory.

    Args:
        levers: File of levers of the bundled portraits.
        turns: Turns of each.
        count: Pictures of a turn.

    Returns:
        Milliseconds a picture of each turn, of all threads, by "before" and "now"; without loading
        and without contact sheets.
    """
    command = [sys.executable, "-m", "bench.batch.processor_time"]
    loops = {
        name: subprocess.Popen(
            [*command, name, levers, str(turns), str(count)],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for name in ("before", "now")
    }
    times: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(turns):
        for name, loop in loops.items():
            assert loop.stdin is not None
            assert loop.stdout is not None
            loop.stdin.write("go\n")
            loop.stdin.flush()
            times[name].append(float(loop.stdout.readline()))
    for loop in loops.values():
        loop.communicate()
    return times


def main(name: str, levers: str, turns: int, count: int) -> None:
    """One of the loops: a turn for each line of the standard input.

    Args:
        name: "before" or "now".
        levers: File of levers of the bundled portraits.
        turns: Most turns.
        count: Pictures of a turn.
    """
    torch.set_num_threads(1)
    gan, found = ll.load_generator("portraits"), ll.load_directions(levers)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if name == "now":
            keep_freed_memory()
        plan = plan_for(gan, found, levers, turns * count)
        drawer = Drawer(plan, gan, found)
        ll.render(gan, ll.sample_latents(gan, 16))
        for turn, _ in enumerate(sys.stdin):
            start = time.process_time()
            batch = place / f"{turn}"  # a manifest is put in order once for a batch
            batch.mkdir()
            if name == "now":
                ll.create_plan(batch / "plan.json", plan)
                rows = range(turn * count, (turn + 1) * count)
                draw_rows(lambda: drawer, PACKS["files"], plan, batch, rows)
                settle_manifest(plan, batch, rows)
            else:
                vary_as_before(gan, found, batch, SEEDS, count, sheets=False)
            print((time.process_time() - start) / count * 1000, flush=True)


def before_with_sheets(levers: str, count: int) -> float:
    """Milliseconds of processor time a picture, as `vary` drew before plans, with its sheets.

    Args:
        levers: File of levers of the bundled portraits.
        count: Number of pictures.

    Returns:
        Of all threads; loading is left out.
    """
    torch.set_num_threads(1)
    gan, found = ll.load_generator("portraits"), ll.load_directions(levers)
    with tempfile.TemporaryDirectory() as folder:
        ll.render(gan, ll.sample_latents(gan, 16))
        start = time.process_time()
        vary_as_before(gan, found, Path(folder), SEEDS, count, sheets=True)
        return (time.process_time() - start) / count * 1000


def now_with_sheets(levers: str, count: int) -> float:
    """Milliseconds of processor time a picture of the command `vary`, its contact sheets among it.

    Args:
        levers: File of levers of the bundled portraits.
        count: Number of pictures.

    Returns:
        Of all threads; loading is part of it.
    """
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        run_vary(levers, Path(folder) / "warm", 16)
        start = time.process_time()
        run_vary(levers, Path(folder) / "batch", count)
        return (time.process_time() - start) / count * 1000


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
