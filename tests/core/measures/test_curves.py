"""Change over the strength."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.base.errors import PackError
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.region import Region
from latent_levers.core.edits.editing import edit
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.measures.change import rms_inside_outside
from latent_levers.core.measures.curves import change_curve
from latent_levers.core.measures.pulls import Goal, equal_pulls


def test_a_curve_is_what_edits_by_hand_change(
    gan: Generator, levers: Directions, region: Region
) -> None:
    codes = sample_latents(gan, 4)
    pulls = equal_pulls(gan, codes, levers, 0, region, Goal(80.0))
    seen: list[tuple[int, int]] = []
    curve = change_curve(pulls, (0.0, 0.5, 2.0), progress=lambda *step: seen.append(step))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert curve.lever == "sefa 0"
    assert curve.strength == pytest.approx(float(pulls.in_unit.abs().quantile(0.5)))
    assert curve.strengths.tolist() == pytest.approx([0, curve.strength / 2, 2 * curve.strength])
    assert not curve.inside[0].any()
    assert not curve.outside[0].any()
    before = render(gan, codes)
    for step, factor in ((1, 0.5), (2, 2.0)):
        for row in range(4):
            strength = float(pulls.strengths[row].sign()) * factor * curve.strength
            after = render(gan, edit(codes[row], levers, 0, strength))
            inside, outside = rms_inside_outside(before[[row]], after, region)
            assert float(curve.inside[step, row]) == pytest.approx(float(inside), rel=1e-4)
            assert float(curve.outside[step, row]) == pytest.approx(float(outside), rel=1e-4)
    assert torch.all(curve.inside[2] > curve.inside[1])


def test_strengths_below_zero_and_none_at_all_are_refused(
    gan: Generator, levers: Directions, region: Region
) -> None:
    pulls = equal_pulls(gan, sample_latents(gan, 1), levers, 0, region)
    for factors in ((), (-1.0, 1.0)):
        with pytest.raises(PackError, match="none negative"):
            change_curve(pulls, factors)
