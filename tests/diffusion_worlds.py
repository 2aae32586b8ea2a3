"""Worlds of the bench of region levers: a random network, and one whose lever is known."""

from __future__ import annotations

from collections.abc import Callable

import torch
from latent_levers.core.concepts.region import Region
from latent_levers.core.diffusion.flow_model import FlowModel
from latent_levers.core.diffusion.unet import UNet, UNetSettings
from latent_levers.core.measures.attribute_network import bundled_reader
from torch import Tensor
from torch.nn import functional as F

from bench.diffusion.contenders import LEVERS
from bench.diffusion.pulling import EQUAL
from bench.diffusion.results import (
    Measured,
    Pull,
    Shift,
    measure_part,
)
from bench.diffusion.subject import (
    MOUTH,
    latent_weight,
    reach_moment,
)

SIDE = 8
SHAPE = (12, SIDE, SIDE)
BOX_REGION = Region.box(8, 4, 4, 8, 2 * SIDE)


def model_with(network: Callable[[Tensor, Tensor], Tensor]) -> FlowModel:
    box = {"top": 0.5, "left": 0.25, "height": 0.25, "width": 0.5}
    return FlowModel(network, SHAPE, {"mouth": box, "eyes": box}, {})  # type: ignore[arg-type]


def tiny_unet() -> FlowModel:
    """A random network, its last layer too, which begins at 0."""
    torch.manual_seed(3)
    network = UNet(UNetSettings(12, 32, (1, 1), (1, 1), (False, True), 32)).eval()
    for weight in network.parameters():
        if not bool(weight.any()):
            torch.nn.init.normal_(weight, std=0.02)
    return model_with(network.requires_grad_(False))


def planted_direction() -> Tensor:
    """`[1, C, H, W]` of norm 1, inside of the box."""
    draw = torch.Generator().manual_seed(11)
    inside = torch.randn(1, *SHAPE, generator=draw) * latent_weight(BOX_REGION)
    return inside / inside.norm()


class Planted:
    """A world whose denoised picture is a blur of x, but for one direction that it keeps as it is.

    All else that changes the box changes what is around it, too.
    """

    def __init__(self) -> None:
        self.kept = planted_direction()
        offsets = (torch.arange(5.0) - 2) / 2
        line = torch.exp(-(offsets**2) / 2)
        kernel = torch.outer(line, line)
        self.kernel = (kernel / kernel.sum()).expand(12, 1, 5, 5)

    def denoised(self, x: Tensor) -> Tensor:
        along = (x * self.kept).flatten(1).sum(1)[:, None, None, None] * self.kept
        blurred = F.conv2d(F.pad(x - along, (2, 2, 2, 2), mode="circular"), self.kernel, groups=12)
        return along + blurred

    def __call__(self, x: Tensor, times: Tensor) -> Tensor:
        return (x - self.denoised(x)) / (times / 1000)[:, None, None, None]


def measured_in_planted_world() -> Measured:
    """A picture of the planted world at one step, with every contender."""
    moment = reach_moment(model_with(Planted()), 5, 0.5, steps=4)
    return measure_part(moment, MOUTH, BOX_REGION, bundled_reader())


def pulled(method: str = LEVERS, seed: int = 1, **facts: float) -> Pull:
    """A pull with some facts."""
    values = {"inside": EQUAL, "outside": 1.0, "own": 1.01, "others": 0.2, "mean": 0.1} | facts
    shift = Shift("smile", values["own"], values["others"], values["mean"], "beard")
    index, sign = int(facts.get("index", 0)), facts.get("sign", 1.0)
    return Pull(seed, 0.5, "mouth", method, index, sign, values["inside"], values["outside"],
                0.1, True, shift)  # fmt: skip
