"""The usual way: Adam from the mean, on the same energy, to compare with."""

from __future__ import annotations

import latent_levers as ll
import torch
from latent_levers.core.photos.fitting.coordinates import LatentCoordinates
from latent_levers.core.photos.fitting.pyramid import Misfit
from latent_levers.core.photos.fitting.search import energy
from torch import Tensor

RATE = {"W": 0.3, "W+": 0.1}
"""Learning rates, the best of 0.03, 0.1 and 0.3 on the photographs that are not judged; they fall
to 0 along a cosine."""


def by_adam(
    gan: ll.Generator,
    photos: Tensor,
    inverter: ll.Inverter,
    space: str,
    evaluations: int = 200,
    trust: float = 0.5,
    cohesion: float = 0.3,
) -> Tensor:
    """Find photographs by Adam in whitened coordinates, from the mean.

    Args:
        gan: The generator.
        photos: `[N, 3, H, W]` in [-1, 1].
        inverter: Its prior is used.
        space: "W" or "W+".
        evaluations: Forward and backward passes for each photograph.
        trust: t.
        cohesion: tau, in W+.

    Returns:
        `[N, 3, H, W]`: the images found.
    """
    like = inverter.mean_code(gan)
    coordinates = LatentCoordinates(gan, inverter.prior, like, None if space == "W" else cohesion)
    found: list[Tensor] = []
    for photo in photos.split(1):
        value_at = energy(coordinates, Misfit(photo), trust)
        u = torch.zeros(coordinates.layers, inverter.prior.size, dtype=torch.float64)
        u.requires_grad_()
        search = torch.optim.Adam([u], lr=RATE[space])
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(search, evaluations)
        best = (float("inf"), u.detach().clone())
        for _ in range(evaluations):
            search.zero_grad()
            value = value_at(u)
            if float(value.detach()) < best[0]:
                best = (float(value.detach()), u.detach().clone())
            value.backward()
            search.step()
            schedule.step()
        found.append(ll.render(gan, coordinates.codes(best[1])))
    return torch.cat(found)
