"""An explorer at work: a state applied to latent codes, and levers shown before they are pulled."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .centring import truncate
from .combining import choose, gather
from .directions import Directions, adopt_directions
from .editing import edit
from .errors import DirectionsError, LatentError
from .explorer_state import ExplorerState, PinnedLever, lever_entry
from .generator import Generator
from .images import display_scale, enlarged, to_bytes, to_unit_range
from .judging import VISIBLE_CHANGE, mean_squared_change
from .latents import LatentCode, LatentSpace, concatenate, parse_layers
from .layer_shares import layer_shares
from .measuring import Effort, held_columns
from .named_regions import FACE_PRESETS, Fractions
from .progress import Progress, no_progress
from .region_shapes import region_from_shapes
from .regions import Region
from .rendering import render
from .sampling import mapped
from .solving import resefa, sefa, spread

STRIP_HEIGHT = 96
"""Height of thumbnails in pixels."""

_ROUNDS = 3
"""Most renderings of a lever's ends until its range is settled."""

_SETTLED = 1.3
"""Factor by which a change may miss what was aimed at."""

_LARGEST_STEP = 4.0
"""Factor by which a range may grow or shrink at once."""

_FARTHEST, _FARTHEST_GLOBAL = 64.0, 6.0
"""Longest range in standard deviations of random codes, with a region and without (`sweeping`)."""

_SHARES_PIXELS = {"cpu": 1_500_000}
_SHARES_PIXELS_ELSEWHERE = 150_000_000
"""Pixels of derivatives by layer that are made unasked; beyond it nobody is told where levers live:
waiting would be worse."""


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


@dataclass(frozen=True)
class LeverCard:
    """What a person sees of a lever that was found."""

    entry: dict[str, Any]
    """As the state has it; see `explorer_state.lever_entry`."""
    share: float
    """Its part of the eigenvalues of all that were found, 0 to 1; NaN where they are not known."""
    strip: Tensor
    """`[h, 2 w, 3]` uint8: the image pulled to the low end, and to the high end beside it."""


def show_levers(
    gan: Generator,
    code: LatentCode,
    levers: Directions,
    region: Region | None = None,
    title: str = "",
    effort: Effort | None = None,
    progress: Progress | None = None,
) -> list[LeverCard]:
    """Pictures, ranges and homes of levers, quickly.

    A range is as far as `portraying.portray` would say, found by fewer pictures: derivatives that
    are kept tell how far to go first.

    Args:
        gan: The generator.
        code: One code, on which they are shown.
        levers: K levers that fit it and say for how many layers they are.
        region: Where a change must be visible; none means the whole image.
        title: What levers without names are called, before a number; empty for their method's.
        effort: Where a kept Jacobian may be found.
        progress: Told of steps; may raise to cancel.

    Returns:
        One card per lever.
    """
    report = progress or no_progress
    reaches, strips = _ends(gan, code, levers, region, effort, report)
    homes = _homes(gan, code, levers, report)
    values = levers.eigenvalues
    shares = (values / values.sum()).tolist()
    cards: list[LeverCard] = []
    for index in range(len(levers)):
        named = levers.names and levers.names[index]
        name = levers.label(index) if named or not title else f"{title} {index + 1}"
        span = (-reaches[index], reaches[index])
        entry = lever_entry(levers, index, name, span, homes[index])
        cards.append(LeverCard(entry, shares[index], strips[index]))
    return cards


def _homes(gan: Generator, code: LatentCode, levers: Directions, report: Progress) -> list[str]:
    """Where each lever lives, in words; empty where telling would take long."""
    height, width = gan.spec.img_size
    most = _SHARES_PIXELS.get(gan.device.type, _SHARES_PIXELS_ELSEWHERE)
    if len(levers) * gan.spec.num_ws * height * width > most:
        return [""] * len(levers)
    return layer_shares(gan, code, levers, progress=report).homes


def _ends(
    gan: Generator,
    code: LatentCode,
    levers: Directions,
    region: Region | None,
    effort: Effort | None,
    report: Progress,
) -> tuple[list[float], list[Tensor]]:
    """How far each lever is worth pulling both ways, and a picture of both ends."""
    where = region or Region(torch.ones(1, *gan.spec.img_size), "image")
    farthest = _farthest(levers, region)
    reaches = [
        min(guess, most)
        for guess, most in zip(
            _first_reaches(gan, code, levers, where, effort), farthest, strict=True
        )
    ]
    before = render(gan, code)
    aim = VISIBLE_CHANGE / 127.5  # images span 2 units, pictures 255 grey levels
    pictures: dict[int, Tensor] = {}
    open_ones = list(range(len(levers)))
    for turn in range(_ROUNDS):
        report(turn, _ROUNDS)
        reaches = [float(f"{reach:.2g}") for reach in reaches]  # two digits, for people
        pulled = [
            edit(code, levers, index, sign * reaches[index])
            for index in open_ones
            for sign in (-1.0, 1.0)
        ]
        images = render(gan, concatenate(pulled), progress=lambda done, total: None)
        change = mean_squared_change(before.expand_as(images), images, where).sqrt()
        waiting: list[int] = []
        for place, index in enumerate(open_ones):
            pictures[index] = images[2 * place : 2 * place + 2]
            seen = max(float(change[2 * place : 2 * place + 2].max()), 1e-12)
            factor = min(max(aim / seen, 1 / _LARGEST_STEP), _LARGEST_STEP)
            wanted = min(reaches[index] * factor, farthest[index])
            if not 1 / _SETTLED < wanted / reaches[index] < _SETTLED:
                waiting.append(index)
                if turn + 1 < _ROUNDS:
                    reaches[index] = wanted
        open_ones = waiting
        if not open_ones:
            break
    return reaches, [_strip(pictures[index]) for index in range(len(levers))]


def _farthest(levers: Directions, region: Region | None) -> list[float]:
    """How far levers may be pulled at all."""
    most = _FARTHEST_GLOBAL if region is None else _FARTHEST
    if levers.sigma is None:
        return [most] * len(levers)
    return [most * max(sigma, 1e-6) for sigma in levers.sigma.tolist()]


def _first_reaches(
    gan: Generator, code: LatentCode, levers: Directions, where: Region, effort: Effort | None
) -> list[float]:
    """Where to begin: by a Jacobian that is kept, else two standard deviations."""
    sigmas = [1.0] * len(levers) if levers.sigma is None else levers.sigma.tolist()
    guesses = [2 * max(sigma, 1e-6) for sigma in sigmas]
    if effort is None or levers.layers is not None:
        return guesses
    held = held_columns(gan, code, levers.space, effort=effort, make=False)
    if held is None:
        return guesses
    weights = where.weights[0].flatten().to(held.lengths.device)
    moved = held.push(levers.vectors).square().mean(dim=1)  # [K, H W]
    change = ((moved * weights.to(moved)).sum(dim=1) / weights.sum()).sqrt().tolist()
    aim = VISIBLE_CHANGE / 127.5
    return [aim / one if one > 0 else guess for one, guess in zip(change, guesses, strict=True)]


def _strip(ends: Tensor) -> Tensor:
    """Two images `[2, C, H, W]` side by side, small: `[h, 2 w, 3]` uint8."""
    height, width = ends.shape[2:]
    size = (STRIP_HEIGHT, max(1, round(width * STRIP_HEIGHT / height)))
    small = F.interpolate(ends, size=size, mode="bicubic", antialias=True)
    low, high = to_bytes(small)
    return torch.cat([low, high], dim=1)
