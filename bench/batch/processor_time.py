"""Processor time of a picture, before plans and now, in fresh processes that take turns."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import latent_levers as ll
import torch
from latent_levers.core.batch.drawing import Drawer
from latent_levers.core.batch.manifest import settle_manifest
from latent_levers.core.batch.packs import PACKS
from latent_levers.core.batch.running import draw_rows

from .as_before import vary_as_before
from .batches import SEEDS, plan_for, run_vary


def before(levers: str, count: int, sheets: bool) -> float:
    """Milliseconds of processor time a picture, as `vary` drew before plans.

    Args:
        levers: File of levers of the bundled portraits.
        count: Number of pictures.
        sheets: Whether contact sheets are part of it.

    Returns:
        Of all threads; loading is left out.
    """
    torch.set_num_threads(1)
    gan, found = ll.load_generator("portraits"), ll.load_directions(levers)
    with tempfile.TemporaryDirectory() as folder:
        ll.render(gan, ll.sample_latents(gan, 16))
        start = time.process_time()
        vary_as_before(gan, found, Path(folder), SEEDS, count, sheets)
        return (time.process_time() - start) / count * 1000


def now(levers: str, count: int) -> float:
    """Milliseconds of processor time a picture of a plan, without contact sheets.

    Args:
        levers: File of levers of the bundled portraits.
        count: Number of pictures.

    Returns:
        Of all threads; loading is left out.
    """
    torch.set_num_threads(1)
    gan, found = ll.load_generator("portraits"), ll.load_directions(levers)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        plan = ll.create_plan(place / "plan.json", plan_for(gan, found, levers, count))
        drawer = Drawer(plan, gan, found)
        list(drawer.draw(range(16)))
        start = time.process_time()
        draw_rows(lambda: drawer, PACKS["files"], plan, place, range(count))
        settle_manifest(plan, place, range(count))
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
