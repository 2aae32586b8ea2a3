"""A photograph with a picture of a tiny generator in it, and states with its code."""

from __future__ import annotations

from typing import Any

import latent_levers as ll
import torch
from cases import tiny
from latent_levers.core.explorer.photo_state import FoundCode
from latent_levers.core.explorer.photograph import Photograph, photo_code
from latent_levers.core.explorer.state import ExplorerState, lever_entry, read_state
from latent_levers.core.pictures.images import to_unit_range
from torch import Tensor
from torch.nn import functional as F

GAN = tiny("stylegan2-resnet")
BOX = [{"box": [0.25, 0.25, 0.5, 0.5]}]
FACE = (8, 24, 48)
"""Top, left and side of the picture in the photograph."""


def pixels(height: int = 80, width: int = 120, times: int = 1) -> Tensor:
    """A photograph, `[1, height, width, 3]` in [0, 1], in steps of 1 / 255; `times` as large."""
    top, left, side = FACE
    drawn = ll.render(GAN, ll.sample_latents(GAN, 1, 5)).clamp(-1, 1)
    large = F.interpolate(drawn, size=(side, side), mode="bicubic").clamp(-1, 1)
    noise = torch.rand(1, height, width, 3, generator=torch.Generator().manual_seed(0))
    noise[:, top : top + side, left : left + side] = to_unit_range(large)
    whole = noise.repeat_interleave(times, dim=1).repeat_interleave(times, dim=2)
    return (whole * 255).round() / 255


def found_code(photo: Photograph, space: str = "W", **changes: Any) -> FoundCode:
    """The very code, at the very place."""
    top, left, side = (photo.size[0] / 80 * part for part in FACE)
    scale = GAN.spec.img_size[0] / side
    code = ll.sample_latents(GAN, 1, 5)
    rows = GAN.spec.num_ws if space == "W+" else 1
    values: dict[str, Any] = {
        "key": photo.key(GAN),
        "matrix": (scale, 0.0, -left * scale, 0.0, scale, -top * scale),
        "space": ll.LatentSpace(space),
        "values": code.values[0].expand(rows, -1).clone(),
        "label": None,
        "report": "close",
    }
    return FoundCode(**{**values, **changes})


def photo_text(
    found: FoundCode, *pulls: float, regional: bool = True, **rest: Any
) -> dict[str, Any]:
    """A state with that code, and first levers of the middle of the picture, pulled."""
    region = ll.Region.box(4, 4, 8, 8, GAN.spec.img_size)
    levers = ll.resefa(GAN, photo_code(GAN, found), region, count=2)
    entries = [
        {
            **lever_entry(levers, index, f"lever {index}", (-2, 2)),
            "pull": pull,
            **({"region": BOX} if regional else {}),
        }
        for index, pull in enumerate(pulls)
    ]
    return {"levers": entries, "photo": {"found": found.entry()}, **rest}


def photo_state(
    found: FoundCode, *pulls: float, regional: bool = True, **rest: Any
) -> ExplorerState:
    """The same, read."""
    return read_state(photo_text(found, *pulls, regional=regional, **rest))
