"""States of an explorer that hold the rest, for a tiny generator."""

from __future__ import annotations

import json
from typing import Any

import latent_levers as ll
import torch
from cases import tiny
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentCode
from latent_levers.core.explorer.state import ExplorerState, lever_entry, read_state

GAN = tiny("stylegan2-resnet")
BOX = [{"box": [0.25, 0.25, 0.5, 0.5]}]
CORNER = [{"box": [0, 0, 0.25, 0.25]}]
INSIDE = ll.Region.box(4, 4, 8, 8, 16)


def pinned(*pulls: tuple[ll.Directions, float, Any], on: bool = True, **rest: Any) -> ExplorerState:
    """A state with first levers pulled, each with its region, or none."""
    levers = [
        {
            **lever_entry(found, 0, f"lever {number}", (-2, 2)),
            "pull": pull,
            **({} if region is None else {"region": region}),
        }
        for number, (found, pull, region) in enumerate(pulls)
    ]
    return read_state(json.dumps({"levers": levers, "hold": on, **rest}))


def mouth(code: LatentCode, gan: Generator = GAN, space: str | None = None) -> ll.Directions:
    """The first levers of the middle of an image."""
    return ll.resefa(gan, code, ll.Region.box(4, 4, 8, 8, gan.spec.img_size), space=space, count=2)


def changes(before: torch.Tensor, after: torch.Tensor, region: ll.Region) -> tuple[float, float]:
    """Root mean squares inside and outside a region."""
    squares = (after - before).square().mean(dim=(0, 1))
    inside = region.weights[0] > 0
    return float(squares[inside].mean().sqrt()), float(squares[~inside].mean().sqrt())
