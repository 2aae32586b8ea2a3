"""The bench of photographs: its seeds are its own, its bars say what was measured."""

from __future__ import annotations

import torch
from latent_levers.core.photos.likeness import psnr

from bench.photos.faces import COUNT, JUDGED, TRIED
from bench.photos.inversion_rows import inversion_bars
from bench.photos.table import Bar, PhotoRow
from training.dataset import FIRST_SEED, VALIDATION_SEED


def row(name: str, likeness: float, worst: float = 0.0, error: float | None = None) -> PhotoRow:
    """A row as the bench writes it."""
    return PhotoRow(name, likeness, worst, error, 1.0)


def test_the_judged_photographs_are_used_nowhere_else() -> None:
    judged = range(JUDGED, JUDGED + COUNT)
    for first in (FIRST_SEED, VALIDATION_SEED, TRIED):
        assert first + 1_000_000 < judged.start or judged.stop <= first


def test_bars_compare_rows_of_one_run() -> None:
    rows = [
        row("encoder alone", 17.0, error=0.6),
        row("encoder alone, 4,000 images", 17.0, error=0.4),
        row("W, 20 evaluations", 24.0),
        row("W, Adam from the mean, 200", 24.5),
        row("W+, 40 evaluations", 26.0),
        row("W+, Adam from the mean, 200", 26.2),
        row("own samples, W, 40 evaluations", 39.0, 27.0),
    ]
    found = {bar.what: bar for bar in inversion_bars(rows)}
    assert [bar.holds for bar in found.values()] == [
        *(True, False, True),
        *(True, False, True, True, False),
    ]
    bar = found["W, 20 evaluations, over Adam's 200, dB"]
    assert bar.line().startswith("FAILS  W, 20 evaluations, over Adam's 200, dB: -0.5 (at least 0)")
    assert Bar("x", 0.4, 0.5, most=True).holds


def test_likeness() -> None:
    photos = torch.zeros(2, 3, 4, 4)
    images = torch.stack([torch.full((3, 4, 4), 0.2), torch.full((3, 4, 4), 5.0)])
    torch.testing.assert_close(psnr(images, photos), torch.tensor([20.0, 6.0206]).double())
    assert "attributes" in PhotoRow.of("x", psnr(images, photos), torch.ones(2), 1.0).line()
