"""Load directions from files: our own, and those of other programs, recognised by content."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import torch

from ..base.errors import CheckpointError, DirectionsError
from ..base.wording import warn
from ..concepts.checkpoint import Checkpoint
from ..concepts.directions import Directions, adopt_directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentSpace
from ..files.containers import CONTAINERS
from ..files.containers.numpy_archive import NumpyArchive
from ..files.containers.numpy_file import NumpyFile
from ..files.direction_formats import DIRECTION_FILES
from ..files.readers import read_with, require_unpacked
from ..files.writing import DIRECTIONS_FORMAT, DIRECTIONS_FORMATS, read_saved_directions
from .space_inference import is_one_per_layer, resolve_space
from .spread import spread

READERS = (NumpyFile(), NumpyArchive(), *CONTAINERS)
"""Readers of file formats, tried in this order."""


def load_directions(
    path: str | os.PathLike[str],
    *,
    space: str | LatentSpace | None = None,
    num_ws: int | None = None,
    gan: Generator | None = None,
) -> Directions:
    """Load directions saved by `save_directions` or by other programs; executes no code.

    Rows of other programs are scaled to unit length. They keep their sign, which may have a meaning
    (more smile, more age). Their original lengths are in `details["norms"]`.

    Args:
        path: The file: safetensors, `.npy`, `.npz`, or a torch file.
        space: "Z", "Z+", "W", "W+" or "S"; overrides the file. None means the space of the file.
            Where the file has none: W+ for one vector per layer, and for an array of as many rows
            as `gan` has layers, with a warning; else the only space of `gan` of
            that size; else W (Z without a mapping network), with a warning.
        num_ws: Number of layers of the generator; none means that of the file or of `gan`. Needed
            for flat directions in W+, `[K, num_ws * D]`.
        gan: A generator that directions of other programs must fit. Its sizes replace missing
            facts, and `sigma` is measured with it.

    Returns:
        The directions; those of our own files are equal to the saved ones.

    Raises:
        DirectionsError: There is no such file, it is damaged, it contains something else, or sizes
            contradict `space` or `num_ws`.
        LatentError: There is no such space, or the generator does not have it.
    """
    source = Path(path).expanduser()
    requested = None if space is None else LatentSpace.parse(space)
    if num_ws is not None and num_ws < 1:
        raise DirectionsError(f"num_ws is {num_ws}", "the number of the generator's layers")
    try:
        checkpoint = read_with(source, READERS, "directions")
    except CheckpointError as error:
        raise DirectionsError(error.found, error.expected, error.remedy) from None
    written = checkpoint.details.get("format", DIRECTIONS_FORMAT)
    if written not in DIRECTIONS_FORMATS:
        raise DirectionsError(
            f"{source.name} has the format {written!r}",
            " or ".join(map(repr, DIRECTIONS_FORMATS)),
            "Generators are for «load_generator»; newer formats need a newer version",
        )
    if "format" in checkpoint.details:
        require_unpacked(source, DirectionsError)
        return _override(read_saved_directions(source), requested, num_ws, source.name)
    return _read_foreign(source, checkpoint, requested, num_ws, gan)


def _override(
    levers: Directions, space: LatentSpace | None, num_ws: int | None, name: str
) -> Directions:
    """Directions of our own files, with another space and layer count where sizes allow it."""
    where, count = space or levers.space, num_ws or levers.num_ws
    is_plus, in_s = where.is_plus, where is LatentSpace.S
    resized = is_plus != levers.space.is_plus or (is_plus and count != levers.num_ws)
    resized = resized or in_s != (levers.space is LatentSpace.S)
    if resized or (levers.layers is not None and count <= max(levers.layers)):
        raise DirectionsError(
            f"{name} contains directions in {levers.space.value} for {levers.num_ws} layers, and "
            f"{where.value} for {count} was requested",
            "the space and number of layers in the file",
            "State neither",
        )
    if where is not levers.space:
        warn(
            f"{name} contains directions in {levers.space.value}; they are used in {where.value}, "
            "as was asked for",
            stacklevel=3,
        )
    return replace(levers, space=where, num_ws=count)


def _read_foreign(
    source: Path,
    checkpoint: Checkpoint,
    requested: LatentSpace | None,
    num_ws: int | None,
    gan: Generator | None,
) -> Directions:
    """Directions of another program, with space and layer count as requested or inferred."""
    tensors = checkpoint.tensors
    kind = next((kind for kind in DIRECTION_FILES if kind.recognises(tensors)), None)
    if kind is None:
        shapes = [f"{name or 'an array'} {list(t.shape)}" for name, t in tensors.items()]
        more = ", ..." if len(shapes) > 3 else ""
        raise DirectionsError(
            f"{source.name} contains {', '.join(shapes[:3])}{more}, which is no layout of "
            "directions that the pack can read",
            "; ".join(f"{kind.title}: {kind.contents}" for kind in DIRECTION_FILES),
            "Generators are for «load_generator»",
        )
    wrong = [t.dtype for t in tensors.values() if not t.is_floating_point()]
    if wrong:
        raise DirectionsError(f"{source.name} contains {wrong[0]}", "floating-point numbers")
    found = kind.read(tensors)
    vectors, stated = found.vectors, requested or found.space
    if requested is None and found.perhaps_layers and is_one_per_layer(vectors, gan, source.name):
        vectors, stated = vectors[None], None
    place = resolve_space(vectors, stated, num_ws, gan, source.name)
    count = len(place.vectors)
    sigma = None if found.sigma is None else found.sigma.to(torch.float64)
    if sigma is not None and not (torch.isfinite(sigma).all() and (sigma > 0).all()):
        raise DirectionsError(
            f"{source.name} contains standard deviations that are not positive",
            "positive, finite numbers",
        )
    if sigma is not None and len(sigma) != count:  # the rows were the layers of one direction
        sigma = None
    levers = adopt_directions(
        place.vectors,
        torch.full((count,), torch.nan) if sigma is None else sigma**2,
        space=place.space,
        num_ws=place.num_ws,
        method=found.method,
        sigma=sigma,
        names=found.names if len(found.names) == count else _numbered(source.stem, count),
        details={
            "file": source.name,
            "container": checkpoint.container,
            "kind": kind.id,
            "space": place.source,
            "norms": place.vectors.to(torch.float64).norm(dim=1).tolist(),
        },
    )
    if gan is not None and levers.space is LatentSpace.S:
        levers = replace(levers, styles=gan.spec.styles)
    if gan is None or sigma is not None:
        return levers
    return replace(levers, sigma=spread(gan, levers.vectors, levers.space))


def _numbered(stem: str, count: int) -> tuple[str, ...]:
    """Names for directions without names: that of the file, with numbers if there are several."""
    return (stem,) if count == 1 else tuple(f"{stem} {index}" for index in range(count))
