"""The bench of batches: its bounds say what holds, its baseline draws what plans draw."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import numpy as np
from command_line import pixels
from latent_levers.core.batch.drawing import Drawer

from bench.batch.as_before import vary_as_before
from bench.batch.batches import SEEDS, plan_for
from bench.batch.run import Bound


def test_bounds_say_what_holds() -> None:
    assert Bound("a ratio", 0.66, 0.7).line() == "a ratio: 0.66 at most 0.7  holds"
    assert Bound("a ratio", 0.8, 0.7).line().endswith("falls short")
    assert Bound("kills", 19, 20, exact=True).line() == "kills: 19 of 20  falls short"


def test_the_baseline_draws_the_same_pictures(tmp_path: Path) -> None:
    gan = ll.load_generator("portraits")
    levers = ll.sefa(gan, count=4)
    vary_as_before(gan, levers, tmp_path, SEEDS, 10, sheets=False)
    drawer = Drawer(plan_for(gan, levers, "levers.safetensors", 10), gan, levers)
    for one in drawer.draw(range(10)):
        old = pixels(tmp_path / f"{one.number:05d}.png").astype(int)
        assert np.abs(old - one.picture.numpy()).max() <= 1
