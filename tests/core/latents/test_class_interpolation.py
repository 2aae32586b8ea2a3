"""Class interpolation: its ends are classes, and the rest stands still."""

from __future__ import annotations

import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import LatentError
from latent_levers.core.edits.editing import edit
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.alignment import drop_z
from latent_levers.core.latents.class_interpolation import interpolate_classes
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.factorization import sefa

CONDITIONAL = [
    "stylegan2-conditional", "stylegan1-conditional", "stylegan3-r", "biggan-deep",
    "pggan-conditional",
]  # fmt: skip


@pytest.mark.parametrize("name", CONDITIONAL)
def test_the_ends_are_the_classes_of_the_same_seed(name: str) -> None:
    gan = tiny(name)
    codes = sample_latents(gan, 2, 5, labels=1)
    steps = interpolate_classes(gan, codes, 0, 2, (0.0, 0.5, 1.0))
    assert len(steps) == 6
    for amount, label in ((0, 0), (2, 2)):
        expected = sample_latents(gan, 2, 5, labels=label)
        drawn = render(gan, steps[amount::3])
        torch.testing.assert_close(drawn, render(gan, expected), atol=1e-5, rtol=1e-4)
    assert steps.labels is not None
    assert steps.labels[1].tolist()[:3] == [0.5, 0.0, 0.5]
    assert steps.seeds == (5, 5, 5, 6, 6, 6)
    ends, middle = render(gan, steps[0:3:2]), render(gan, steps[1])
    assert all((middle[0] - end).abs().max() > 1e-6 for end in ends)


def test_edits_are_carried_along() -> None:
    gan = tiny("stylegan2-conditional")
    levers = sefa(gan, count=1)
    codes = sample_latents(gan, 1, labels=0)
    late = edit(interpolate_classes(gan, codes, 0, 1, (0.5,)), levers, 0, 2.0, unit="distance")
    early = interpolate_classes(gan, edit(codes, levers, 0, 2.0, unit="distance"), 0, 1, (0.5,))
    torch.testing.assert_close(early.values, late.values)


def test_codes_in_z_stay_in_z() -> None:
    gan = tiny("stylegan2-conditional")
    codes = sample_latents(gan, 1, labels=0, space="Z")
    steps = interpolate_classes(gan, codes, 0, 1, (1.0,))
    assert torch.equal(steps.values, codes.values)
    torch.testing.assert_close(render(gan, steps), render(gan, sample_latents(gan, 1, labels=1)))


def test_errors_say_what_is_wrong() -> None:
    plain = tiny()
    with pytest.raises(LatentError, match="generator without classes"):
        interpolate_classes(plain, sample_latents(plain, 1), 0, 1, (0.5,))
    gan = tiny("stylegan2-conditional")
    codes = sample_latents(gan, 1, labels=0)
    with pytest.raises(LatentError, match="classes from 0 to 2"):
        interpolate_classes(gan, codes, 0, 3, (0.5,))
    with pytest.raises(LatentError, match="No amount"):
        interpolate_classes(gan, codes, 0, 1, ())
    with pytest.raises(LatentError, match="carry no z"):
        interpolate_classes(gan, drop_z(gan, codes), 0, 1, (0.5,))
