"""What the Jacobian of a space costs, before it is computed."""

from __future__ import annotations

from dataclasses import dataclass

from ..concepts.generator import Generator
from ..concepts.latent_code import LatentSpace


@dataclass(frozen=True)
class JacobianCost:
    """Columns and memory of a Jacobian by a displacement in one space."""

    space: LatentSpace
    """The space."""
    dimensions: int
    """d, the size of both Grams."""
    columns: int
    """Columns per code; in W+ and S those of the styles, from which the Grams of W+ follow."""
    native: LatentSpace
    """W, or Z without a mapping network, to compare with."""
    native_columns: int
    """Columns per code there."""
    column_bytes: int
    """Bytes of all columns of one code in float32."""
    gram_bytes: int
    """Bytes of one Gram in float64."""

    @property
    def dense_bytes(self) -> int:
        """Bytes of the columns and both Grams."""
        return self.column_bytes + 2 * self.gram_bytes

    @property
    def sentence(self) -> str:
        """All of it in words."""
        times = self.columns / self.native_columns
        return (
            f"{self.space.value} has {self.dimensions:,} dimensions: {self.columns:,} columns of "
            f"the Jacobian per code, {times:.3g} times as many as {self.native.value} "
            f"({in_bytes(self.column_bytes)} where they are stored), and Grams of "
            f"{in_bytes(self.gram_bytes)}."
        )


def jacobian_cost(
    gan: Generator, space: LatentSpace, layers: tuple[int, ...] | None = None
) -> JacobianCost:
    """Count the columns of a Jacobian, and the bytes of columns and Gram.

    Args:
        gan: The generator.
        space: Space of the displacement.
        layers: Layers that are displaced; none means all.

    Returns:
        The cost per code with the strategy "linearised".

    Raises:
        LatentError: The generator has no such space.
    """
    spec = gan.spec
    dimensions = spec.direction_dim(space, layers)
    by_styles = bool(spec.styles) and space.is_plus
    columns = spec.direction_dim(LatentSpace.S, layers) if by_styles else dimensions
    pixels = spec.img_channels * spec.img_size[0] * spec.img_size[1]
    return JacobianCost(
        space,
        dimensions,
        columns,
        spec.native_space,
        spec.direction_dim(spec.native_space),
        4 * columns * pixels,
        8 * dimensions**2,
    )


def in_bytes(count: int) -> str:
    """Bytes in words.

    Args:
        count: Number of bytes.

    Returns:
        Such as "411 MB".
    """
    return f"{count / 1e9:.3g} GB" if count >= 1e9 else f"{count / 1e6:.3g} MB"
