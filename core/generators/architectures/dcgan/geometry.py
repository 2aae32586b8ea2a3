"""Strides and paddings of a DCGAN: the usual ones, others that people use, and image sizes.

Shapes do not determine them. Candidates are listed here; the batch-norm statistics decide between
them where they can (`inference`), and else the size of the image, since networks are trained for
few sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from ....base.errors import CheckpointError

Pair = tuple[int, int]
"""Rows and columns."""

LARGEST = 1024
"""Sides of an image in pixels; a small hostile file could else request any amount of memory."""

_SIZES = frozenset((16, 32, 64, 96, 128, 256, 512, 1024))
"""Sides of images that networks are usually trained for."""

_GREY_SIZES = _SIZES | {28}
"""Those of grey images; digits of MNIST have 28."""

_PATHS = 20_000
"""Most combinations of strides and paddings that a search visits."""


@dataclass(frozen=True)
class Geometry:
    """How one convolution moves over the image; each value for rows and columns."""

    stride: Pair = (1, 1)
    """Step; of a transposed convolution the factor by which it enlarges."""
    padding: Pair = (0, 0)
    """Of a transposed convolution the rows and columns that are cut off at each side."""
    output_padding: Pair = (0, 0)
    """Rows and columns added at the end; transposed convolutions only, and less than the stride."""

    def output_size(self, size: Pair, kernel: Pair, transposed: bool) -> Pair:
        """Height and width after the convolution.

        Args:
            size: Height and width before it.
            kernel: Height and width of the kernel.
            transposed: Whether it is transposed.

        Returns:
            May be 0 or negative, where the padding leaves nothing.
        """
        axes = zip(size, kernel, self.stride, self.padding, self.output_padding, strict=True)
        if transposed:
            height, width = ((n - 1) * s + k - 2 * p + extra for n, k, s, p, extra in axes)
        else:
            height, width = ((n + 2 * p - k) // s + 1 for n, k, s, p, _ in axes)
        return height, width

    def __str__(self) -> str:
        """The values for messages, as one number each where rows and columns agree."""
        parts = [f"stride {_short(self.stride)}", f"padding {_short(self.padding)}"]
        if any(self.output_padding):
            parts.append(f"output padding {_short(self.output_padding)}")
        return ", ".join(parts)


def _short(pair: Pair) -> str:
    """One number where rows and columns agree."""
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}x{pair[1]}"


def usual(kernel: Pair, transposed: bool, from_pixel: bool) -> Geometry:
    """The usual stride and padding of a kernel.

    A transposed convolution doubles the resolution: stride 2, padding (k - 1) // 2, and one row and
    column of output padding where k is odd (kernels 2, 4, 6: padding 0, 1, 2; kernels 3, 5: padding
    1, 2). One whose input is a single pixel gives an image of the kernel's size, one of kernel 1
    and a plain one keep the size.

    Args:
        kernel: Height and width of the kernel.
        transposed: Whether the convolution is transposed.
        from_pixel: Whether its input is a 1x1 image, such as the latent.

    Returns:
        The geometry.
    """
    height, width = kernel
    middle = ((height - 1) // 2, (width - 1) // 2)
    if not transposed:
        return Geometry((1, 1), middle)
    if from_pixel or kernel == (1, 1):
        return Geometry()
    return Geometry((2, 2), middle, (height % 2, width % 2))


def candidates(kernel: Pair, transposed: bool, from_pixel: bool) -> tuple[Geometry, ...]:
    """Strides and paddings that people use with a kernel, the usual first.

    Args:
        kernel: Height and width of the kernel.
        transposed: Whether the convolution is transposed.
        from_pixel: Whether its input is a 1x1 image.

    Returns:
        At least one, each once.
    """
    first = usual(kernel, transposed, from_pixel)
    middle = ((kernel[0] - 1) // 2, (kernel[1] - 1) // 2)
    if from_pixel:
        others = ()
    elif not transposed:
        others = (Geometry(),)
    elif kernel == (1, 1):
        others = (Geometry(padding=(2, 2)),)  # from 32 to 28 pixels
    else:
        others = (
            Geometry((2, 2), middle),
            Geometry((2, 2)),
            Geometry((1, 1)),
            Geometry((1, 1), middle),
            Geometry(kernel) if min(kernel) > 2 else Geometry((2, 2)),
        )
    return tuple(dict.fromkeys((first, *others)))


@dataclass(frozen=True)
class PartialGeometry:
    """What a file or a person states of one layer's geometry; none for what is unknown."""

    stride: Pair | None = None
    """See `Geometry`."""
    padding: Pair | None = None
    """See `Geometry`."""
    output_padding: Pair | None = None
    """See `Geometry`."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to be inferred."""
        return None not in (self.stride, self.padding, self.output_padding)

    @property
    def is_settled(self) -> bool:
        """Whether the size of the image follows, with no output padding unless it is stated."""
        return self.stride is not None and self.padding is not None

    def matching(self, kernel: Pair, transposed: bool, from_pixel: bool) -> tuple[Geometry, ...]:
        """Candidates that agree with what is stated, the usual first.

        Args:
            kernel: Height and width of the kernel.
            transposed: Whether the convolution is transposed.
            from_pixel: Whether its input is a 1x1 image.

        Returns:
            At least one.
        """
        known = candidates(kernel, transposed, from_pixel)
        fitting = [g for g in known if self._agrees(g)] if not self.is_complete else []
        first = known[0]
        if self.stride is not None and self.stride != first.stride:
            first = Geometry(self.stride)
        own = Geometry(
            self.stride or first.stride,
            first.padding if self.padding is None else self.padding,
            first.output_padding if self.output_padding is None else self.output_padding,
        )
        return tuple(fitting) or (own,)

    def _agrees(self, geometry: Geometry) -> bool:
        """Whether a geometry has every value that is stated."""
        return (
            self.stride in (None, geometry.stride)
            and self.padding in (None, geometry.padding)
            and self.output_padding in (None, geometry.output_padding)
        )


def is_usual_size(size: Pair, channels: int) -> bool:
    """Whether networks are trained for images of this size.

    Args:
        size: Height and width.
        channels: Channels of the image.

    Returns:
        True where both sides are usual ones.
    """
    known = _GREY_SIZES if channels == 1 else _SIZES
    return all(side in known for side in size)


def reached_sizes(
    kernels: Sequence[tuple[Pair, bool]], choices: Sequence[Sequence[Geometry]]
) -> dict[Pair, tuple[Geometry, ...]]:
    """Sizes of the image that combinations of geometries give.

    Args:
        kernels: Kernel of each layer, and whether it is transposed.
        choices: Geometries of each layer, the likeliest first.

    Returns:
        Sizes to the likeliest combination: the one with the fewest that are not the first of their
        layer, of equals the one that differs nearest to the image.
    """
    paths: dict[Pair, tuple[int, tuple[Geometry, ...]]] = {(1, 1): (0, ())}
    visited = 0
    for (kernel, transposed), options in zip(kernels, choices, strict=True):
        longer: dict[Pair, tuple[int, tuple[Geometry, ...]]] = {}
        for size, (cost, path) in paths.items():
            for rank, geometry in enumerate(options):
                visited += 1
                reached = geometry.output_size(size, kernel, transposed)
                if not 1 <= min(reached) <= max(reached) <= 2 * LARGEST or visited > _PATHS:
                    continue
                price = cost + (rank > 0)
                if reached not in longer or price < longer[reached][0]:
                    longer[reached] = price, (*path, geometry)
        paths = longer
    ordered = sorted(paths.items(), key=lambda entry: entry[1][0])
    return {size: path for size, (_, path) in ordered}


def read_pairs(name: str, value: Any, count: int) -> tuple[Pair, ...] | None:
    """Strides or paddings as a file or a person states them.

    Args:
        name: Name of the setting, for messages.
        value: One number for all layers, or one per layer as a list or separated by commas; each a
            number, a pair, or text such as "2x1" for rows and columns.
        count: Number of layers.

    Returns:
        A pair per layer; none where the value is none.

    Raises:
        CheckpointError: It is none of these, or has another number of layers.
    """
    if value is None:
        return None
    if isinstance(value, str):
        value = value.split(",")
    entries = cast("list[Any]", list(value) if isinstance(value, (list, tuple)) else [value])
    if len(entries) == 1:
        entries *= count
    pairs = [_pair(name, entry) for entry in entries]
    if len(pairs) != count:
        raise CheckpointError(
            f"{len(pairs)} values of {name} were given",
            f"one for all layers, or {count}: one per layer",
        )
    return tuple(pairs)


def _pair(name: str, entry: Any) -> Pair:
    """Rows and columns of one layer."""
    parts = entry.strip().split("x") if isinstance(entry, str) else entry
    numbers: list[Any] = list(parts) if isinstance(parts, (list, tuple)) else [parts]
    if len(numbers) == 1:
        numbers *= 2
    try:
        pair = [int(number) if isinstance(number, str) else number for number in numbers]
    except ValueError:
        pair = []
    if len(pair) != 2 or any(type(n) is not int or not 0 <= n <= LARGEST for n in pair):
        raise CheckpointError(
            f"The {name} {str(entry)[:40]!r} was given",
            f"whole numbers from 0 to {LARGEST}, one or one per layer, such as 2 or 1,2,2",
        )
    return pair[0], pair[1]
