"""Lines from pictures to noise, and walking them."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.diffusion.rectified_flow import (
    TIME_SCALE,
    denoise,
    equal_steps,
    follow,
    mix,
    sample,
    seeded_noise,
    to_images,
    to_latent,
)
from torch import Tensor


def test_squares_become_channels() -> None:
    """Channel 4 c + 2 y + x is colour c at row y, column x of each square; nothing is lost."""
    images = torch.arange(2 * 3 * 4 * 6.0).reshape(2, 3, 4, 6)
    latents = to_latent(images)
    assert latents.shape == (2, 12, 2, 3)
    assert torch.equal(latents[:, 4 * 2 + 2 * 1 + 0], images[:, 2, 1::2, 0::2])
    assert torch.equal(to_images(latents), images)


def test_lines_run_from_the_picture_to_the_noise() -> None:
    """Time 0 is the picture, time 1 the noise, and the middle their mean."""
    picture, noise = torch.randn(3, 4, 2, 2), torch.randn(3, 4, 2, 2)
    ends = mix(picture, noise, torch.tensor([0.0, 1.0, 0.5]))
    torch.testing.assert_close(ends[0], picture[0])
    torch.testing.assert_close(ends[1], noise[1])
    torch.testing.assert_close(ends[2], (picture[2] + noise[2]) / 2)


def _towards(picture: Tensor) -> tuple[list[float], object]:
    """The exact velocity of a world with one picture, and the times it was asked for."""
    asked: list[float] = []

    def velocity(x: Tensor, times: Tensor) -> Tensor:
        asked.append(times[0].item())
        return (x - picture) / (times / TIME_SCALE)[:, None, None, None]

    return asked, velocity


@pytest.mark.parametrize("steps", [1, 4])
def test_sampling_ends_at_the_picture(steps: int) -> None:
    """Where there is one picture, all lines end there, in any number of steps."""
    picture = torch.randn(1, 4, 2, 2)
    asked, velocity = _towards(picture)
    ends = sample(velocity, seeded_noise([3, 4], (4, 2, 2)), steps)  # pyright: ignore[reportArgumentType]
    torch.testing.assert_close(ends, picture.expand(2, -1, -1, -1), atol=1e-6, rtol=0)
    assert asked == pytest.approx([TIME_SCALE * (1 - i / steps) for i in range(steps)])


def test_the_denoised_picture_is_the_end_of_the_line() -> None:
    """From any time on, the exact velocity leads to the picture."""
    picture = torch.randn(1, 4, 2, 2)
    _, velocity = _towards(picture)
    x = torch.randn(2, 4, 2, 2)
    found = denoise(velocity, x, torch.tensor([0.3, 1.0]))  # pyright: ignore[reportArgumentType]
    torch.testing.assert_close(found, picture.expand(2, -1, -1, -1), atol=1e-6, rtol=0)


def test_each_seed_has_its_own_noise() -> None:
    """A seed's noise does not depend on its neighbours, and is what torch draws for it."""
    together = seeded_noise([5, 6], (2, 3, 3))
    assert torch.equal(together[1], seeded_noise([6], (2, 3, 3))[0])
    assert not torch.equal(together[0], together[1])
    assert torch.equal(together[:1], torch.randn(1, 2, 3, 3, generator=torch.manual_seed(5)))


def test_a_way_can_be_walked_in_parts() -> None:
    """Half of the steps, and then the rest, end where all of them do."""
    world, noise = lambda x, t: x.sin() + t[:, None, None, None] / 1000, torch.randn(2, 4, 2, 2)
    times = equal_steps(10)
    assert (times[0], times[-1], len(times)) == (1.0, 0.0, 11)
    half = follow(world, noise, times[:6])
    assert torch.equal(follow(world, half, times[5:]), sample(world, noise, steps=10))
    assert not torch.equal(half, noise)
