"""The pictures that are edited, the steps at which, and the regions of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from latent_levers.core.base.errors import RegionError
from latent_levers.core.concepts.region import Region
from latent_levers.core.diffusion.denoised_map import DenoisedMap, Derivative
from latent_levers.core.diffusion.flow_model import FlowModel, load_flow_model
from latent_levers.core.diffusion.rectified_flow import (
    SQUARE,
    denoise,
    equal_steps,
    follow,
    seeded_noise,
    to_images,
)
from latent_levers.core.diffusion.search import latent_region
from latent_levers.core.measures.part_segmenter import bundled_segmenter
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes
from torch import Tensor

JUDGED = range(1000, 1032)
"""Seeds of the verdict, which nothing else has seen."""

QUICK = range(100, 104)
"""Seeds of a quick run, which may be looked at while something is tuned."""

STEPS = 20
"""Steps of Euler's method, ComfyUI's default for a sampler."""

MOMENTS = (0.3, 0.5, 0.7)
"""Shares of the steps before x is moved."""


@dataclass(frozen=True)
class Part:
    """A region in which edits are compared."""

    name: str
    """In tables; of a box in the model's file, or of a part that the segmenter finds."""
    masked: bool
    """Whether the segmenter finds it in each picture; else it is a box."""
    attributes: tuple[str, ...]
    """How the names of its attributes begin; all others are outside of it."""

    def owns(self, attribute: str) -> bool:
        """Whether an attribute is one of this part.

        Args:
            attribute: Name of the attribute.

        Returns:
            True if so.
        """
        return attribute.startswith(self.attributes)


MOUTH = Part("mouth", False, ("mouth_", "smile", "lip_"))

PARTS = (
    MOUTH,
    Part("eyes", False, ("eye_", "gaze", "iris_", "lashes", "left_eye_", "right_eye_")),
    Part("hair", True, ("hair_",)),
    Part("background", True, ("background",)),
)
"""The regions."""


@dataclass(frozen=True)
class Moment:
    """One picture at one step of the sampler, and how it ends."""

    model: FlowModel
    """The model."""
    seed: int
    """Seed of the noise."""
    at: float
    """Share of the steps before."""
    x: Tensor
    """`[1, C, H, W]`, the noisy latent."""
    steps: int = STEPS
    """Of the sampler."""

    @property
    def times(self) -> list[float]:
        """Times that are left, this one first."""
        return equal_steps(self.steps)[int(self.at * self.steps) :]

    def image(self) -> DenoisedMap:
        """The denoised picture as a function of x, with a count of its own.

        Returns:
            The map.
        """
        network, time = self.model.network, self.times[0]

        def function(x: Tensor) -> Tensor:
            return denoise(network, x, torch.full((len(x),), time))

        return DenoisedMap(function, self.x, Derivative())

    def finish(self, moves: Tensor) -> Tensor:
        """Move x, then run the steps that are left.

        Args:
            moves: `[N, C, H, W]`, added to x.

        Returns:
            `[N, 3, 2 H, 2 W]` in [-1, 1], the final pictures.
        """
        with torch.inference_mode():
            ends = follow(self.model.network, self.x + moves, self.times)
        return to_images(ends).clamp(-1, 1).clone()

    def before(self) -> Tensor:
        """The final picture of x as it is.

        Returns:
            `[1, 3, 2 H, 2 W]` in [-1, 1].
        """
        return self.finish(torch.zeros_like(self.x))


def reach_moment(model: FlowModel, seed: int, at: float, steps: int = STEPS) -> Moment:
    """Run the sampler up to a step.

    Args:
        model: The model.
        seed: Seed of the noise.
        at: Share of the steps before.
        steps: Of the sampler.

    Returns:
        The picture there.
    """
    noise = seeded_noise([seed], model.latent_shape)
    with torch.inference_mode():
        x = follow(model.network, noise, equal_steps(steps)[: int(at * steps) + 1])
    return Moment(model, seed, at, x.clone(), steps)


def region_of(model: FlowModel, part: Part, picture: Tensor) -> Region | None:
    """Where a part is.

    Args:
        model: The model, whose file names boxes.
        part: The part.
        picture: `[1, 3, H, W]`, the final picture as it is.

    Returns:
        The region; none where the picture does not show the part.
    """
    if part.masked:
        try:
            return bundled_segmenter().region(picture, part.name)
        except RegionError:
            return None
    size = (picture.shape[2], picture.shape[3])
    return region_from_shapes(part.name, size, presets_for({"regions": model.regions}))


def latent_weight(region: Region) -> Tensor:
    """A region at the resolution of the latent.

    Args:
        region: In pixels.

    Returns:
        `[H, W]` in [0, 1].
    """
    height, width = region.image_size
    return latent_region(region.weights[0], (height // SQUARE, width // SQUARE))


@lru_cache(maxsize=1)
def model_of(path: Path) -> FlowModel:
    """The model, loaded once per process, in the memory format that is fastest here.

    Args:
        path: Its file.

    Returns:
        The model.
    """
    model = load_flow_model(path)
    model.network.to(memory_format=torch.channels_last)
    return model
