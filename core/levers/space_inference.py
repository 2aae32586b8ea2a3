"""Determine the space and the number of layers of directions of other programs."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..base.errors import DirectionsError
from ..base.wording import warn
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentSpace


@dataclass(frozen=True)
class ResolvedDirections:
    """Directions with their space and number of layers."""

    vectors: Tensor
    """`[K, D]`; layer-major where each layer has a vector of its own."""
    space: LatentSpace
    """Their space."""
    num_ws: int
    """Number of layers; 0 where it is unknown and not needed."""
    source: str
    """How the space was determined, for users: "stated", "assumed", or a reason."""


def resolve_space(
    vectors: Tensor,
    space: LatentSpace | None,
    num_ws: int | None,
    gan: Generator | None,
    name: str,
) -> ResolvedDirections:
    """Determine space and number of layers: from arguments, else shapes, else the generator.

    Args:
        vectors: `[K, D]`, or `[K, L, D]` where each layer has a vector of its own.
        space: The space, if the caller knows it.
        num_ws: The number of layers, if the caller knows it.
        gan: A generator that they must fit, if any.
        name: Name of the file, for messages.

    Returns:
        The directions, `[K, D]`.

    Raises:
        DirectionsError: Sizes contradict `space` or `num_ws`, or do not fit the generator.
        LatentError: The generator has no such space.
    """
    layers = vectors.shape[1] if vectors.ndim == 3 else 1
    flat = vectors.flatten(1)  # [K, D]
    what = f"{name} contains directions of shape {list(vectors.shape)}"
    where, source = (space, "stated") if space else _inferred(layers, flat.shape[1], gan, name)
    count = num_ws or (layers if layers > 1 else 0) or (gan.spec.num_ws if gan else 0)
    needed = gan.spec.num_ws if gan else count
    if count != needed or (layers > 1 and count != layers):
        raise DirectionsError(
            f"{what}, and {count} layers were {'stated' if num_ws else 'found'}",
            f"{needed if count != needed else layers} layers",
            "Use directions of the same kind of generator",
        )
    if layers > 1 and not where.is_plus:
        raise DirectionsError(
            f"{what}, a vector per layer, and {where.value} was requested",
            f"{where.plus.value}, or one vector per direction"
            if where.plus is not where
            else "one vector per direction",
            f"Use «levers_space {where.plus.value}», or state no space",
        )
    if layers == 1 and where.is_plus:
        flat, count = _per_layer(flat, where, count, gan, what)
    if gan is not None and not _fits(gan, where, flat.shape[1]):
        raise DirectionsError(
            f"{what}, {flat.shape[1]} numbers each in {where.value}",
            f"{gan.spec.direction_dim(where)}, as this {gan.spec.architecture} generator takes",
            "Use directions of the same kind of generator, or state another space, such as "
            f"«levers_space {gan.spec.native_space.value}»",
        )
    return ResolvedDirections(flat, where, count, source)


def is_one_per_layer(vectors: Tensor, gan: Generator | None, name: str) -> bool:
    """Whether rows are the layers of one direction, as many as the generator has; warns if so.

    Args:
        vectors: `[K, D]`.
        gan: The generator that they must fit, if any.
        name: Name of the file, for the warning.

    Returns:
        Whether K is the number of layers and D the size of a layer's latent.
    """
    if gan is None or tuple(vectors.shape) != (gan.spec.num_ws, gan.spec.latent_dim):
        return False
    if gan.spec.num_ws == 1:
        return False
    native = gan.spec.native_space
    warn(
        f"{name} holds {list(vectors.shape)}, as many rows as this generator has layers, and was "
        f"read as one direction in {native.plus.value}. Use «levers_space {native.value}» if it "
        f"holds {len(vectors)} directions.",
        stacklevel=4,
    )
    return True


def _fits(gan: Generator | None, space: LatentSpace, size: int) -> bool:
    """Whether directions of a generator's space have this size."""
    return gan is not None and gan.spec.direction_dim(space) == size


def _inferred(layers: int, size: int, gan: Generator | None, name: str) -> tuple[LatentSpace, str]:
    """The space by shapes and how it was determined; W or Z, with a warning, where shapes fail."""
    native = LatentSpace.W if gan is None else gan.spec.native_space
    if layers > 1:
        return native.plus, "a vector per layer"
    fitting = [] if gan is None else [s for s in gan.spec.spaces if _fits(gan, s, size)]
    if len(fitting) == 1:
        return fitting[0], "the only space of that size"
    warn(
        f"{name} does not say in which space its directions are; {native.value} was assumed. "
        "If they were found in another one, say so, such as «levers_space Z» for directions of z.",
        stacklevel=4,
    )
    return native, "assumed"


def _per_layer(
    flat: Tensor, space: LatentSpace, count: int, gan: Generator | None, what: str
) -> tuple[Tensor, int]:
    """Interpret a matrix in Z+ or W+: as directions `[K, L * D]`, or as one direction `[L, D]`.

    Returns:
        The directions `[K, L * D]`, and L.

    Raises:
        DirectionsError: L is unknown, or does not divide the length of rows.
    """
    rows, size = flat.shape
    if gan is None:
        is_one = rows > 1 and rows == (count or rows)
    else:
        is_one = _fits(gan, space, rows * size) and not _fits(gan, space, size)
    if is_one:
        return flat.reshape(1, rows * size), rows
    if not count or size % count:
        why = f"{size} is no multiple of {count} layers" if count else "the layers are unknown"
        raise DirectionsError(
            f"{what}, {space.value} was requested, and {why}",
            "a vector per layer, [K, L, D]",
            "Give «num_ws», the number of the generator's layers" if not count else "",
        )
    return flat, count
