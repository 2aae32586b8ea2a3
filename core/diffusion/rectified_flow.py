"""Rectified flow: lines from pictures to noise, and a network that knows their direction.

Liu et al., "Flow Straight and Fast" (2023); Lipman et al., "Flow Matching" (2023). At time t in
[0, 1] a line is at `(1 - t) picture + t noise`; the network predicts its velocity `noise -
picture`. It sees pictures with each square of 2 x 2 pixels as channels, so that no autoencoder is
needed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

SQUARE = 2
"""Side of the squares of pixels that become channels."""
TIME_SCALE = 1000.0
"""What the network is given for time 1."""


def to_latent(images: Tensor) -> Tensor:
    """Squares of pixels to channels.

    Args:
        images: `[N, C, H, W]`, sides even.

    Returns:
        `[N, 4 C, H / 2, W / 2]`; channel `4 c + 2 y + x` is colour c of row y and
        column x of each square.
    """
    return F.pixel_unshuffle(images, SQUARE)


def to_images(latents: Tensor) -> Tensor:
    """Channels to squares of pixels: the inverse of `to_latent`.

    Args:
        latents: `[N, 4 C, H, W]`.

    Returns:
        `[N, C, 2 H, 2 W]`.
    """
    return F.pixel_shuffle(latents, SQUARE)


def mix(latents: Tensor, noise: Tensor, times: Tensor) -> Tensor:
    """Points on the lines.

    Args:
        latents: `[N, C, H, W]`, the ends at time 0.
        noise: Likewise, the ends at time 1.
        times: `[N]` in [0, 1].

    Returns:
        `[N, C, H, W]`.
    """
    return torch.lerp(latents, noise, times[:, None, None, None])


def denoise(network: Callable[[Tensor, Tensor], Tensor], x: Tensor, times: Tensor) -> Tensor:
    """The picture that the network expects at a line's end.

    Args:
        network: `[N, C, H, W]` and `[N]`, times by `TIME_SCALE`, to the velocity `[N, C, H, W]`.
        x: `[N, C, H, W]` at those times.
        times: `[N]` in [0, 1].

    Returns:
        `[N, C, H, W]`.
    """
    return x - times[:, None, None, None] * network(x, times * TIME_SCALE)


def seeded_noise(seeds: Sequence[int], shape: tuple[int, int, int]) -> Tensor:
    """Noise by seed, each its own, on the CPU as ComfyUI draws it for a batch of one.

    Args:
        seeds: One per picture.
        shape: C, H and W of the latent picture.

    Returns:
        `[N, C, H, W]` float32.
    """
    drawn = [torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return torch.stack(drawn)


def follow(
    network: Callable[[Tensor, Tensor], Tensor], x: Tensor, times: Sequence[float]
) -> Tensor:
    """Follow the velocity through some times by Euler's method.

    Args:
        network: As in `denoise`.
        x: `[N, C, H, W]` at the first of the times.
        times: In [0, 1], descending; one evaluation between each and the next.

    Returns:
        `[N, C, H, W]` at the last of the times.
    """
    for start, end in itertools.pairwise(times):
        velocity = network(x, torch.full((len(x),), start * TIME_SCALE, device=x.device))
        x = x + (end - start) * velocity
    return x


def equal_steps(steps: int) -> list[float]:
    """Times from noise to pictures, equally far apart.

    Args:
        steps: Number of evaluations.

    Returns:
        1 to 0, `steps + 1` numbers.
    """
    return torch.linspace(1.0, 0.0, steps + 1).tolist()


def sample(network: Callable[[Tensor, Tensor], Tensor], noise: Tensor, steps: int = 25) -> Tensor:
    """Follow the velocity from noise to pictures by Euler's method, in equal steps.

    Args:
        network: As in `denoise`.
        noise: `[N, C, H, W]` at time 1.
        steps: Number of evaluations.

    Returns:
        `[N, C, H, W]` at time 0.
    """
    return follow(network, noise, equal_steps(steps))
