"""Directions (levers), with their provenance and the space and layers that they act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from ..base.errors import DirectionsError
from ..base.parsing import check_index
from .eigenproblem import unit_rows
from .latent_code import LatentSpace
from .network import StyleInfo

LARGEST_THUMBNAIL = 512
"""Longest side of a thumbnail or a small mask, in pixels."""

_PER_LEVER = ("lives_in", "layer_shares", "layer_cross", "lost", "naming")
"""Entries of `Directions.details` with one item per direction."""

_UNIT = 1e-6
"""Rounding error of the length of a unit row in float32."""


@dataclass(frozen=True)
class Directions:
    """K unit vectors of a latent space, best first."""

    vectors: Tensor
    """`[K, D]` float32 on the CPU, unit rows, so that a strength is a distance in the latent space;
    D is z_dim, w_dim, num_ws * w_dim (layer-major) in W+, or all style channels in S."""
    eigenvalues: Tensor
    """`[K]` float64, descending: |A n|^2 for SeFa, ratio of the changes inside and outside for
    ReSeFa; for directions of other projects in the order of the file, or NaN."""
    space: LatentSpace
    """Space of the vectors."""
    num_ws: int
    """Number of layers of the generator; 0 if a file of another project does not state it, and then
    the directions act on all layers."""
    layers: tuple[int, ...] | None = None
    """Layers that the directions were computed for and act on; none means all."""
    method: str = ""
    """Id of the method that computed them."""
    origin: str = ""
    """Fingerprint of the generator."""
    sigma: Tensor | None = None
    """`[K]` float64: standard deviation of random codes along each direction; in S the distance
    that is 1 in units of the channels' own deviations. None if unknown."""
    names: tuple[str, ...] = ()
    """One name per direction, given by people; empty or K of them."""
    styles: tuple[StyleInfo, ...] = ()
    """In S, which channels read which layer; empty in other spaces, or if unknown."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """How they were computed: region, shrinkage, seeds; the solver's status, rank, residuals."""
    ranges: Tensor | None = None
    """`[K, 2]` float64: lowest and highest useful strength, in unit "distance"."""
    thumbnails: Tensor | None = None
    """`[K, 2, h, w, 3]` uint8: an image with each lever pulled to both ends of its range."""
    mask: Tensor | None = None
    """`[h, w]` uint8: the region that they were computed for, downscaled; 255 is inside."""

    def __post_init__(self) -> None:
        """Check shapes and numbers.

        Raises:
            DirectionsError: There is no direction, or shapes, numbers or names do not fit.
        """
        vectors = self.vectors
        if vectors.ndim != 2 or not vectors.numel():
            raise DirectionsError(
                f"Directions have shape {list(vectors.shape)}", "[K, D] with at least one row"
            )
        if not torch.isfinite(vectors).all() or (vectors.norm(dim=1) == 0).any():
            raise DirectionsError("Directions hold NaN, infinite numbers or zero rows", "unit rows")
        for name in ("eigenvalues", "sigma"):
            numbers = getattr(self, name)
            if numbers is not None and numbers.shape != vectors.shape[:1]:
                raise DirectionsError(
                    f"{name} has shape {list(numbers.shape)}", f"[{vectors.shape[0]}]"
                )
        channels = sum(style.channels for style in self.styles)
        if self.styles and channels != vectors.shape[1]:
            raise DirectionsError(
                f"Directions of {vectors.shape[1]} numbers were given with {channels} styles",
                "one number per style channel",
            )
        if self.names and len(self.names) != len(self):
            raise DirectionsError(f"{len(self.names)} names were given", f"{len(self)}, or none")
        self._check_pictures()

    def _check_pictures(self) -> None:
        """Check ranges, thumbnails and mask."""
        ranges, pictures, mask = self.ranges, self.thumbnails, self.mask
        if ranges is not None and (
            ranges.shape != (len(self), 2)
            or not torch.isfinite(ranges).all()
            or (ranges[:, 0] > ranges[:, 1]).any()
        ):
            raise DirectionsError(
                f"Ranges of shape {list(ranges.shape)} were given",
                f"[{len(self)}, 2], finite, the lower end first",
            )
        for name, tensor, axes in (("thumbnails", pictures, 5), ("mask", mask, 2)):
            if tensor is None:
                continue
            sides = tensor.shape[2:4] if axes == 5 else tensor.shape
            fits = tensor.ndim == axes and tensor.dtype == torch.uint8
            if not fits or not all(1 <= side <= LARGEST_THUMBNAIL for side in sides):
                raise DirectionsError(
                    f"The {name} have shape {list(tensor.shape)} and type {tensor.dtype}",
                    f"{axes} axes of bytes, at most {LARGEST_THUMBNAIL} pixels on a side",
                )
        if pictures is not None and (
            pictures.shape[:2] != (len(self), 2) or pictures.shape[4] != 3
        ):
            raise DirectionsError(
                f"Thumbnails of shape {list(pictures.shape)} were given",
                f"[{len(self)}, 2, h, w, 3]",
            )

    def __len__(self) -> int:
        """Number of directions K."""
        return self.vectors.shape[0]

    def check_index(self, index: int) -> int:
        """Check the index of a direction.

        Args:
            index: The index, from 0.

        Returns:
            The index.

        Raises:
            DirectionsError: No direction has this index.
        """
        return check_index(index, len(self))

    def pick(self, index: int) -> Directions:
        """Select one direction.

        Args:
            index: Its index, from 0.

        Returns:
            Directions with one row.
        """
        return self.select([index])

    @property
    def per_lever(self) -> dict[str, list[Any]]:
        """The details that are lists with one item per direction."""
        known = {key: self.details.get(key) for key in _PER_LEVER}
        return {
            key: items
            for key, items in known.items()
            if isinstance(items, list) and len(items) == len(self)
        }

    def select(self, indices: Sequence[int]) -> Directions:
        """Select some directions.

        Args:
            indices: Their indices, from 0, in the order of the result.

        Returns:
            Directions with one row per index; fields with one item per direction are selected too.

        Raises:
            DirectionsError: A direction does not exist.
        """
        rows = [self.check_index(index) for index in indices]
        facts = {key: [items[row] for row in rows] for key, items in self.per_lever.items()}
        return replace(
            self,
            vectors=self.vectors[rows],
            eigenvalues=self.eigenvalues[rows],
            sigma=None if self.sigma is None else self.sigma[rows],
            names=tuple(self.names[row] for row in rows) if self.names else (),
            ranges=None if self.ranges is None else self.ranges[rows],
            thumbnails=None if self.thumbnails is None else self.thumbnails[rows],
            details={**self.details, **facts},
        )

    def label(self, index: int) -> str:
        """A short name for people.

        Args:
            index: Index of the direction.

        Returns:
            Its name, or method and index such as "resefa 3" where it has none.
        """
        if self.names and self.names[index]:
            return self.names[index]
        return f"{self.method or 'direction'} {index}"


def make_directions(vectors: Tensor, eigenvalues: Tensor, **facts: Any) -> Directions:
    """Directions from raw vectors: unit rows, sign fixed, float32 on the CPU.

    Args:
        vectors: `[K, D]`, no row is zero.
        eigenvalues: `[K]`.
        **facts: The other fields of `Directions`.

    Returns:
        The directions.
    """
    rows = unit_rows(vectors.detach().to("cpu", torch.float64)).to(torch.float32)
    return Directions(rows, eigenvalues.detach().to("cpu", torch.float64), **facts)


def adopt_directions(vectors: Tensor, eigenvalues: Tensor, **facts: Any) -> Directions:
    """Directions whose signs are kept as they are: unit rows, float32 on the CPU.

    Args:
        vectors: `[K, D]`; rows of unit length are not rescaled.
        eigenvalues: `[K]`.
        **facts: The other fields of `Directions`.

    Returns:
        The directions.

    Raises:
        DirectionsError: Shapes, numbers or names do not fit.
    """
    rows = vectors.detach().to("cpu", torch.float64)
    norms = rows.norm(dim=1, keepdim=True)
    norms = torch.where((norms - 1).abs() < _UNIT, torch.ones_like(norms), norms)
    values = eigenvalues.detach().to("cpu", torch.float64)
    return Directions((rows / norms).to(torch.float32), values, **facts)
