"""Images of a generator by seed: what grids, evaluation and export agree on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from core.concepts.conditions import Conditions
from core.generators.architectures.stylegan2.network import StyleGAN2


def seeded_codes(seeds: Sequence[int], z_dim: int) -> Tensor:
    """Latent codes by seed, as NVlabs' scripts draw them.

    Args:
        seeds: One per code.
        z_dim: Size of z.

    Returns:
        `[N, z_dim]`, row i from `numpy.random.RandomState(seeds[i])`.
    """
    rows = [np.random.RandomState(seed).randn(z_dim) for seed in seeds]
    return torch.from_numpy(np.asarray(rows, np.float32).reshape(len(rows), z_dim))


@torch.no_grad()
def draw_seeds(network: StyleGAN2, seeds: Sequence[int], chunk: int = 50) -> Tensor:
    """Draw images by seed, in float32, with constant noise and without truncation.

    Args:
        network: The generator.
        seeds: One per image.
        chunk: Images at a time.

    Returns:
        `[N, 3, H, W]`, about [-1, 1].
    """
    device = next(network.parameters()).device
    drawn = []
    for part in seeded_codes(seeds, network.settings.z_dim).to(device).split(chunk):
        w = network.mapping(part, None)
        ws = w[:, None].expand(-1, network.spec().num_ws, -1)
        drawn.append(network.synthesize(ws, Conditions()))
    return torch.cat(drawn)
