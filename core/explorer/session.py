"""Apply an explorer's state to latent codes, and render the result."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.errors import DirectionsError
from ..base.progress import Progress, no_progress
from ..concepts.directions import Directions, adopt_directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, concatenate, parse_layers
from ..edits.combining import gather
from ..edits.editing import edit
from ..edits.holding.coordinates import held_space, ready_to_move
from ..edits.holding.request import HoldRequest
from ..generators.rendering import render
from ..jacobians.options import JacobianOptions
from ..latents.sampling import map_codes
from ..latents.truncation import truncate
from ..levers.spread import spread
from ..pictures.images import display_scale, enlarged, to_unit_range
from .holding import Holds, held_region
from .state import ExplorerState, PinnedLever


def in_native_space(gan: Generator, codes: LatentCode) -> LatentCode:
    """Map codes in Z to W where the generator has a mapping network, so that its levers apply.

    Args:
        gan: The generator.
        codes: N codes that fit it.

    Returns:
        N codes of the same images.
    """
    gan.check(codes)
    if codes.space is LatentSpace.Z and gan.spec.native_space is LatentSpace.W:
        return map_codes(gan, codes, LatentSpace.W)
    return codes


def truncated(gan: Generator, codes: LatentCode, psi: float) -> LatentCode:
    """Map codes to the native space and truncate them: the codes of an explorer before any edit.

    Args:
        gan: The generator.
        codes: N codes.
        psi: Truncation in addition to that of the codes; 1 changes nothing.

    Returns:
        N codes; codes in S stay in S.
    """
    ready = in_native_space(gan, codes)
    return ready if psi == 1.0 else truncate(gan, ready, psi)


@dataclass(frozen=True)
class Holding:
    """What `apply_state` needs where the state holds the rest of the images."""

    holds: Holds
    """Keeps the Jacobians of the images that were shown last."""
    mask: Tensor | None = None
    """The connected mask, which is part of every region."""
    options: Callable[[], JacobianOptions] = JacobianOptions
    """Called where a Jacobian is computed, for how."""
    progress: Progress | None = None
    """Called with (done, total) columns of a Jacobian; may raise to cancel."""
    first: int = 0
    """Number of the first code, where one of several is shown alone."""


def apply_state(
    gan: Generator, codes: LatentCode, state: ExplorerState, holding: Holding | None = None
) -> LatentCode:
    """Truncate codes, then pull every pinned lever in order, and hold the rest if asked to.

    Args:
        gan: The generator.
        codes: N codes.
        state: Truncation and pinned levers; its shapes are not used.
        holding: Mask, Jacobians and progress for states that hold the rest.

    Returns:
        N edited codes; a lever with a pull of 0 is skipped. Nothing is held where a lever of the
        whole image is pulled.

    Raises:
        LatentError: Codes, layers or spaces do not fit the generator.
        DirectionsError: A lever does not fit the generator.
        RegionError: The region of a lever cannot be read.
    """
    given = holding or Holding(Holds())
    pulls: list[tuple[Directions, float, tuple[int, ...] | None]] = []
    for lever in state.levers:
        levers = lever_directions(gan, lever)
        layers = parse_layers(lever.acting, gan.spec.num_ws)
        own = levers.layers or tuple(range(gan.spec.num_ws))
        if lever.pull:
            pulls.append((levers, lever.pull, None if layers == own else layers))

    def pulled(code: LatentCode, share: float) -> LatentCode:
        for levers, pull, layers in pulls:
            code = edit(code, levers, 0, share * pull, "distance", layers)
        return code

    # One code at a time, so that results do not depend on the rest of the batch.
    edited: list[LatentCode] = []
    free: list[int] = []  # codes of which nothing is held
    for number in range(len(codes)):
        start = truncated(gan, codes[number], state.psi)
        region = None
        if state.hold:
            region = held_region(gan, state, given.first + number, given.mask)
        if region is not None:
            request = HoldRequest(gan, region)
            code = given.holds.hold(request, start, pulled, given.options, given.progress)
        else:
            code = pulled(start, 1.0)
            free.append(number)
        edited.append(code)
    if 0 < len(free) < len(edited):  # all codes in the space of those that are held
        for number in free:
            space = held_space(gan, truncated(gan, codes[number], state.psi), edited[number])
            edited[number] = ready_to_move(gan, edited[number], space)
    return concatenate(edited)


def lever_directions(gan: Generator, lever: PinnedLever) -> Directions:
    """Convert a pinned lever to directions with one row.

    Args:
        gan: The generator.
        lever: The lever.

    Returns:
        The lever with a unit vector; a unit vector is not changed.

    Raises:
        DirectionsError: Its vector has another size than the generator's latents.
        LatentError: The generator has no such space, or no such layers.
    """
    spec = gan.spec
    rows = spec.num_ws if lever.space.is_plus else 1
    size = spec.direction_dim(lever.space)
    if lever.vector.shape != (rows, size // rows):
        raise DirectionsError(
            f"The lever {lever.name!r} has a vector of {list(lever.vector.shape)} in "
            f"{lever.space.value}",
            f"{[rows, size // rows]}, as this {spec.architecture} generator takes",
            "Unpin it, and find levers with this generator",
        )
    layers = parse_layers(lever.own, spec.num_ws)
    return adopt_directions(
        lever.vector.reshape(1, -1),
        torch.tensor([lever.eigenvalue], dtype=torch.float64),
        space=lever.space,
        num_ws=spec.num_ws,
        layers=layers if len(layers) < spec.num_ws else None,
        method=lever.method,
        origin=spec.fingerprint,
        names=(lever.name,),
        styles=spec.styles if lever.space is LatentSpace.S else (),
        ranges=torch.tensor([lever.range], dtype=torch.float64),
    )


def pinned_directions(gan: Generator, state: ExplorerState) -> Directions | None:
    """Combine all pinned levers into one set, with their ranges.

    Args:
        gan: The generator.
        state: The state.

    Returns:
        The levers in order, in the smallest space that contains them all; none if none is pinned.

    Raises:
        DirectionsError: A lever does not fit, or levers in S are mixed with others.
        LatentError: The generator lacks a space or a layer of a lever.
    """
    parts = [lever_directions(gan, lever) for lever in state.levers]
    if not parts:
        return None
    first = parts[0]
    if len(parts) == 1:
        return replace(first, sigma=spread(gan, first.vectors, first.space))
    together = gather(parts, gan)
    ranges: list[Tensor] = []
    for part in parts:
        assert part.ranges is not None
        moved = len(part.layers or range(part.num_ws))
        # In W+ the vector of a lever from W repeats for each layer, so that distances are longer.
        lifted = together.space is not part.space
        ranges.append(part.ranges * (math.sqrt(moved) if lifted else 1.0))
    return replace(together, ranges=torch.cat(ranges))


def render_each(gan: Generator, codes: LatentCode, progress: Progress | None = None) -> Tensor:
    """Render codes one at a time, so that no image depends on its batch.

    The last bit of a pixel may differ between batch sizes. Rendered one at a time, the picture in
    the explorer equals the output of a queued graph.

    Args:
        gan: The generator.
        codes: N codes.
        progress: Called with (done, total) images; may raise to cancel.

    Returns:
        `[N, h, w, 3]` float32 in [0, 1]; small images are enlarged by `display_scale`.
    """
    report = progress or no_progress
    scale = display_scale(gan.spec.img_size)
    pictures: list[Tensor] = []
    for number in range(len(codes)):
        pictures.append(to_unit_range(enlarged(render(gan, codes[number]), scale)))
        report(number + 1, len(codes))
    return torch.cat(pictures)
