"""What the nodes share that find levers of a region: inputs, measurement, report and picture."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from comfy_api.latest import io, ui
from torch import Tensor

from ..core.base.phases import record_phases
from ..core.concepts.directions import Directions
from ..core.concepts.generator import Generator
from ..core.concepts.latent_code import LatentCode, LatentSpace
from ..core.concepts.region import Region
from ..core.generators.rendering import render
from ..core.jacobians.cost import jacobian_cost
from ..core.jacobians.options import JacobianOptions
from ..core.levers.grams.averaging import agreement, agrees
from ..core.levers.grams.gram_sum import AVERAGES
from ..core.levers.layer_shares import layer_shares
from ..core.levers.solution_directions import with_seconds
from ..core.pictures.images import display_scale, enlarged, to_unit_range
from ..core.regions.overlay import highlight
from . import host
from .host_server import show_on_running_node
from .inputs import AUTO, report_output
from .masks import read_optional_region, read_region
from .previews import DETAILS, on_node
from .sockets import GAN_DIRECTIONS, GAN_LATENT, LoadedGAN
from .wording import NODES

SPACES = (AUTO, *(space.value for space in LatentSpace))
"""Options of an input "space"."""


def latents_input() -> io.Input:
    """The images at which derivatives are computed.

    Returns:
        The input "latents".
    """
    return GAN_LATENT.Input(
        "latents",
        tooltip="The images at which derivatives are computed. Each one takes time; "
        "with four to sixteen, levers also work on other images.",
    )


def mask_input() -> io.Mask.Input:
    """The region.

    Returns:
        The input "mask".
    """
    return io.Mask.Input(
        "mask",
        tooltip="The region to change: white inside. From Region Mask, or any mask "
        "with the proportions of the image; one mask, or one per latent.",
    )


def background_input() -> io.Mask.Input:
    """What must not change.

    Returns:
        The input "background".
    """
    return io.Mask.Input(
        "background",
        optional=True,
        tooltip="What must not change: white there. Without it, everything outside the mask.",
    )


def average_input() -> io.Combo.Input:
    """How Grams are averaged.

    Returns:
        The input "average_by".
    """
    return io.Combo.Input(
        "average_by",
        options=list(AVERAGES),
        default="rows",
        optional=True,
        tooltip="What has equal weight in the average over latents. rows: every pixel. "
        "trace: every image, however much it changes.",
    )


def tell_layers_input() -> io.Boolean.Input:
    """Whether to report the layers of each lever.

    Returns:
        The input "tell_layers".
    """
    return io.Boolean.Input(
        "tell_layers",
        default=True,
        optional=True,
        tooltip="Whether to report in which layers each lever acts, at the first "
        "latent. Costs one derivative per lever and layer.",
    )


def levers_outputs() -> list[io.Output]:
    """The levers, and the report.

    Returns:
        The outputs "directions" and "report".
    """
    return [
        GAN_DIRECTIONS.Output(
            "directions", display_name="directions", tooltip="The levers, best first."
        ),
        report_output("How the levers were found."),
    ]


@dataclass(frozen=True)
class RegionSearch:
    """What a method of a region is given by its node."""

    generator: Generator
    """The generator, on its device."""
    latents: LatentCode
    """The codes."""
    region: Region
    """Where the image shall change."""
    background: Region | None
    """Where it shall not change; none means all else."""
    effort: JacobianOptions
    """How Jacobians are computed."""
    announced: list[str] = field(default_factory=list)
    """What the work was expected to take, for the details of the report."""

    def announce(self, text: str) -> None:
        """Show what the work will take, on the node before it and in the report after it.

        Args:
            text: The sentence.
        """
        self.announced.append(text)
        show_on_running_node(text)


@dataclass(frozen=True)
class RegionInputs:
    """The inputs of such a node that are no arguments of its method."""

    gan: LoadedGAN
    """The generator."""
    latents: LatentCode
    """The codes."""
    mask: Tensor
    """The region."""
    background: Tensor | None = None
    """What must not change."""
    precision: str = "exact"
    """One of `jacobian_cache.PRECISIONS`."""
    tell_layers: bool = False
    """Whether to report the layers of each lever."""

    def run(self, find: Callable[[RegionSearch], Directions]) -> io.NodeOutput:
        """Find levers, and show the images, the region and a report.

        Args:
            find: From what the method is given to its levers.

        Returns:
            The outputs of `levers_outputs`, with pictures and the report on the node.
        """
        latents = self.latents
        with host.session(self.gan, measuring=True) as work:
            generator, notes = work.generator, work.notes
            size = generator.spec.img_size
            region = read_region(self.mask, size, notes)
            rest = read_optional_region(self.background, size, notes, "the background")
            options = work.jacobian_options(self.precision)
            before = _cache_hits(options)
            begun = time.monotonic()
            with record_phases() as phases:
                search = RegionSearch(generator, latents, region, rest, options)
                levers = find(search)
            levers = with_seconds(levers, phases)
            seconds = time.monotonic() - begun
            if self.tell_layers:
                shares = layer_shares(generator, latents[:1], levers, progress=host.progress())
                levers = shares.with_details(levers)
            reused = _cache_hits(options) - before
            notes.append(NODES.word(levers.details["explanation"]))
            if "halves" in levers.details and not agrees(levers.details["halves"]):
                notes.append("These levers differ from image to image: use more latents.")
            fine = levers.space.is_plus or levers.space is LatentSpace.S
            if fine and levers.details.get("route") != "matrix-free":
                notes.append(jacobian_cost(generator, levers.space, levers.layers).sentence)
            notes.append(_time(seconds, len(latents), reused))
            notes += [DETAILS, *_details(levers), *search.announced]
            images = enlarged(render(generator, latents[:4]), display_scale(size))
            shown = ui.PreviewImage(highlight(to_unit_range(images), region))
        return io.NodeOutput(levers, work.report, ui=on_node(work.notes, shown))


def _cache_hits(options: JacobianOptions) -> int:
    """How many Jacobians this thread has taken from the cache."""
    return 0 if options.cache is None else options.cache.hits_here


def _details(levers: Directions) -> list[str]:
    """The eigenvalue and layers of each lever, and how far those of half of the codes agree."""
    lines: list[str] = []
    homes: list[str] = levers.details.get("lives_in", [])
    for index, value in enumerate(levers.eigenvalues.tolist()):
        home = f", lives in layers {homes[index]}" if homes else ""
        lines.append(f"{levers.label(index)}: eigenvalue {value:.4g}{home}")
    if "halves" in levers.details:
        lines.append(agreement(levers.details["halves"]))
    return lines


def _time(seconds: float, images: int, reused: int) -> str:
    """How long it took, and how many Jacobians came from the cache."""
    text = f"Measured at {images} {'image' if images == 1 else 'images'} in {seconds:.1f} seconds"
    return f"{text}; {reused} of them had been differentiated before." if reused else f"{text}."
