"""An explorer at work: a state applied to latent codes, and levers found for what is drawn."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from .centring import truncate
from .combining import choose, gather
from .directions import Directions, adopt_directions
from .editing import edit
from .errors import DirectionsError, LatentError
from .explorer_state import ExplorerState, PinnedLever
from .generator import Generator
from .images import display_scale, enlarged, to_unit_range
from .latents import LatentCode, LatentSpace, concatenate, parse_layers
from .named_regions import FACE_PRESETS, Fractions
from .progress import Progress, no_progress
from .region_shapes import region_from_shapes
from .regions import Region
from .rendering import render
from .sampling import mapped
from .solving import resefa, sefa, spread
from .wanting import Effort


def settle_codes(gan: Generator, codes: LatentCode) -> LatentCode:
    """Codes on which the generator's own levers act: those in Z are mapped where they can be.

    Args:
        gan: The generator.
        codes: N codes that fit it.

    Returns:
        N codes that draw the same images.
    """
    gan.check(codes)
    if codes.space is LatentSpace.Z and gan.spec.native_space is LatentSpace.W:
        return mapped(gan, codes, LatentSpace.W)
    return codes


def truncated(gan: Generator, codes: LatentCode, psi: float) -> LatentCode:
    """The codes of an explorer before any lever is pulled.

    Args:
        gan: The generator.
        codes: N codes.
        psi: Truncation on top of their own.

    Returns:
        N codes, settled.
    """
    ready = settle_codes(gan, codes)
    return ready if psi == 1.0 else truncate(gan, ready, psi)


def apply_state(gan: Generator, codes: LatentCode, state: ExplorerState) -> LatentCode:
    """Truncate, then pull every pinned lever: `edit` after `edit`.

    Args:
        gan: The generator.
        codes: N codes; they are not changed.
        state: The state.

    Returns:
        N edited codes; a lever that is not pulled changes nothing at all.

    Raises:
        LatentError: Codes, layers or spaces do not fit the generator.
        DirectionsError: A lever does not.
    """
    pulls: list[tuple[Directions, float, tuple[int, ...] | None]] = []
    for lever in state.levers:
        levers = lever_directions(gan, lever)
        layers = parse_layers(lever.acting, gan.spec.num_ws)
        own = levers.layers or tuple(range(gan.spec.num_ws))
        if lever.pull:
            pulls.append((levers, lever.pull, None if layers == own else layers))

    def one(code: LatentCode) -> LatentCode:
        edited = truncated(gan, code, state.psi)
        for levers, pull, layers in pulls:
            edited = edit(edited, levers, 0, pull, layers=layers)
        return edited

    # One by one, so that a code becomes the same alone and among others, to the last bit.
    return concatenate([one(codes[number]) for number in range(len(codes))])


def lever_directions(gan: Generator, lever: PinnedLever) -> Directions:
    """A pinned lever as directions of one row.

    Args:
        gan: The generator that it shall fit.
        lever: The lever.

    Returns:
        The lever, of unit length; to the bit as it was where it had that.

    Raises:
        DirectionsError: It is of another size.
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
    """All pinned levers as one set, with their ranges.

    Args:
        gan: The generator.
        state: The state.

    Returns:
        The levers in order, in the narrowest space that holds them; none where none is pinned.

    Raises:
        DirectionsError: A lever does not fit, or levers in S meet others.
        LatentError: See `lever_directions`.
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
        # A lever in W that became one in W+ is longer: its distance counts every layer it moves.
        lifted = together.space is not part.space
        ranges.append(part.ranges * (math.sqrt(moved) if lifted else 1.0))
    return replace(together, ranges=torch.cat(ranges))


def draw_alone(gan: Generator, codes: LatentCode, progress: Progress | None = None) -> Tensor:
    """The pictures of codes, each drawn by itself, so that none depends on its neighbours.

    A batch of another size may round the last bit of a pixel another way; alone, the picture that
    a slider shows is the one that a queued graph gives.

    Args:
        gan: The generator.
        codes: N codes.
        progress: Told of pictures done; may raise to cancel.

    Returns:
        `[N, h, w, 3]` float32 in [0, 1]; small images enlarged as everywhere.
    """
    report = progress or no_progress
    scale = display_scale(gan.spec.img_size)
    pictures: list[Tensor] = []
    for number in range(len(codes)):
        pictures.append(to_unit_range(enlarged(render(gan, codes[number]), scale)))
        report(number + 1, len(codes))
    return torch.cat(pictures)


def explored_region(
    shapes: str,
    image_size: tuple[int, int],
    presets: Mapping[str, Fractions] = FACE_PRESETS,
    mask: Tensor | None = None,
) -> Region | None:
    """The region of a state, joined by a mask.

    Args:
        shapes: See `region_shapes.read_shapes`.
        image_size: Height and width of the generator's image.
        presets: Names that may be used.
        mask: See `region_shapes.region_from_shapes`.

    Returns:
        The region, one or as many as there are masks; none where nothing is drawn, or where all of
        an image is inside: levers are global then.

    Raises:
        RegionError: The shapes cannot be read, cover no pixel, or the mask does not fit.
    """
    painted = mask is not None and bool(mask.any())
    if not painted and not json.loads(shapes):
        return None
    region = region_from_shapes(shapes, image_size, presets, mask if painted else None)
    return None if bool((region.weights == 1).all(dim=(1, 2)).any()) else region


def region_of_image(region: Region | None, image: int) -> Region | None:
    """The region of one image, where each has its own.

    Args:
        region: One region or several.
        image: Number of the image.

    Returns:
        A single region, or none.
    """
    if region is None or len(region.weights) == 1:
        return region
    row = min(image, len(region.weights) - 1)
    return Region(region.weights[row : row + 1], region.name)


def find_levers(
    gan: Generator,
    code: LatentCode,
    region: Region | None,
    connected: Directions | None = None,
    count: int = 8,
    effort: Effort | None = None,
    progress: Progress | None = None,
) -> Directions:
    """Levers for a region at one image; without a region those that are at hand, else SeFa's.

    Args:
        gan: The generator.
        code: One code, settled and truncated.
        region: Where, or none for the whole image.
        connected: Levers that were given, if any.
        count: Most levers.
        effort: How the Jacobian is had; its cache makes the next region quick.
        progress: Told of columns made; may raise to cancel.

    Returns:
        The levers, just as `resefa` and `sefa` give them.

    Raises:
        LatentError: The codes are styles, and no region says where.
        DirectionsError: The connected levers do not fit.
    """
    if region is not None:
        space = LatentSpace.S if code.space is LatentSpace.S else None
        return resefa(
            gan,
            code,
            region,
            space=space,
            count=count,
            effort=effort,
            progress=progress,
            steady=False,
        )
    if connected is not None:
        fitting = fitted(gan, connected)
        return choose(fitting, range(min(count, len(fitting))))
    if code.space is LatentSpace.S:
        raise LatentError(
            "Codes in S were given, on which global levers do not act",
            "codes in W, or a region",
            "Draw a region",
        )
    return sefa(gan, count=count)


def fitted(gan: Generator, levers: Directions) -> Directions:
    """Levers of others that say for how many layers they are.

    Args:
        gan: The generator.
        levers: Directions.

    Returns:
        They.

    Raises:
        DirectionsError: They are for another kind of generator.
        LatentError: The generator has no such space.
    """
    spec = gan.spec
    ready = levers if levers.num_ws else replace(levers, num_ws=spec.num_ws)
    size = spec.direction_dim(ready.space)
    if ready.num_ws != spec.num_ws or ready.vectors.shape[1] != size:
        raise DirectionsError(
            f"Directions of {ready.vectors.shape[1]} numbers for {ready.num_ws} layers were given",
            f"{size} numbers and {spec.num_ws} layers, as this {spec.architecture} generator takes",
            "Use directions of the same kind of generator",
        )
    return ready
