"""The coordinates in which a code moves while the rest of its image is held."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ...base.execution import float64_device
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode, LatentSpace
from ...latents.code_statistics import covariance_of_w, style_deviations
from ...latents.sampling import DISTRIBUTIONS, map_codes


def held_space(gan: Generator, codes: LatentCode, pulled: LatentCode) -> LatentSpace:
    """The space in which pulled codes are corrected: S after pulls in S, else one code per layer.

    Args:
        gan: The generator.
        codes: N codes before the pull.
        pulled: The same codes after it.

    Returns:
        S, W+, Z+, or Z where a single layer takes z.
    """
    if pulled.space is LatentSpace.S or _styles_moved(codes, pulled):
        return LatentSpace.S
    native = gan.spec.native_space
    return native.plus if native.plus in gan.spec.spaces else native


def _styles_moved(codes: LatentCode, pulled: LatentCode) -> bool:
    """Whether a pull changed the edits in S."""
    before, after = codes.style_shift, pulled.style_shift
    if after is None:
        return before is not None
    return before is None or not torch.equal(before, after)


@dataclass(frozen=True)
class HoldCoordinates:
    """Displacements `delta = C^(1/2) v` of one code: v in standard deviations of random codes."""

    space: LatentSpace
    """Space of the displacement."""
    size: int
    """Number d of coordinates."""
    root: Tensor | None
    """`[D, D]` float64: the symmetric root of the covariance of w, for each layer; none in S and
    Z."""
    deviations: Tensor
    """`[d]` float64 in S, `[1]` in Z and Z+, where coordinates are uncorrelated; else unused."""

    @classmethod
    def of(cls, gan: Generator, space: LatentSpace) -> HoldCoordinates:
        """The coordinates of a space of a generator.

        Args:
            gan: The generator.
            space: From `held_space`.

        Returns:
            The coordinates, on the device of float64 computations.
        """
        device = float64_device(gan.device)
        size = gan.spec.direction_dim(space)
        if space is LatentSpace.S:
            return cls(space, size, None, style_deviations(gan).to(device))
        if space.shared is LatentSpace.Z:
            deviation = torch.full((1,), DISTRIBUTIONS[gan.spec.distribution], dtype=torch.float64)
            return cls(space, size, None, deviation.to(device))
        covariance = covariance_of_w(gan).to(device, torch.float64)
        values, vectors = torch.linalg.eigh((covariance + covariance.T) / 2)
        root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
        return cls(space, size, root, torch.ones(1, dtype=torch.float64, device=device))

    def scaled(self, rows: Tensor) -> Tensor:
        """`C^(1/2) v`; the root is symmetric, so this is its transpose, too.

        Args:
            rows: `[B, d]`, any floating-point type.

        Returns:
            `[B, d]` float64.
        """
        rows = rows.to(self.deviations.device).to(torch.float64)
        if self.root is None:
            return rows * self.deviations
        return (rows.reshape(len(rows), -1, len(self.root)) @ self.root).flatten(1)


def ready_to_move(gan: Generator, codes: LatentCode, space: LatentSpace) -> LatentCode:
    """Codes in the form in which `moved` displaces them; their images stay the same.

    Args:
        gan: The generator.
        codes: N codes that fit it.
        space: From `held_space`.

    Returns:
        In S the codes themselves; else codes with a value per layer, or in Z those in Z.
    """
    if space is LatentSpace.S or codes.space is space:
        return codes
    if codes.space is LatentSpace.Z and space.shared is LatentSpace.W:
        return map_codes(gan, codes, space)
    values = codes.values.repeat(1, gan.spec.num_ws // codes.values.shape[1], 1)
    return replace(codes, values=values, space=space)


def moved(codes: LatentCode, space: LatentSpace, delta: Tensor) -> LatentCode:
    """Displace codes.

    Args:
        codes: From `ready_to_move`.
        space: From `held_space`.
        delta: `[N, d]` displacements.

    Returns:
        The codes; those with a displacement of 0 keep every bit.
    """
    if not delta.any():
        return codes
    if space is LatentSpace.S and codes.space is not LatentSpace.S:
        delta = delta.to(codes.values.device, torch.float32)
        before = codes.style_shift
        return replace(codes, style_shift=delta if before is None else before + delta.to(before))
    shift = delta.reshape(codes.values.shape).to(codes.values.device)
    return replace(codes, values=(codes.values.to(shift) + shift).to(codes.values.dtype))
