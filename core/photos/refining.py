"""A rough crop moved to where the generator draws the face best."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..base.execution import full_precision, plain_tensors
from ..concepts.generator import Generator
from .fitting.coordinates import LatentCoordinates
from .fitting.minimize import minimize
from .fitting.pyramid import Misfit, levels_of, pyramid_rows
from .inverter import Inverter
from .photo_input import drawn_channels, prepare_photos
from .placement import Placement, composed, inverted
from .resampling import cut_out, resampled

SHIFT, LOG_SIZE, ANGLE = 0.1, 0.1, 0.1
"""Deviations of the prior: a share of the longer side, a natural logarithm, radians."""

TRUST = 0.5
"""t of the energy, as for `invert`."""

GRID = ((-0.6, -0.3, 0.0, 0.3, 0.6), (-0.8, 0.0, 0.8))
"""Shifts on both axes, and sizes, at which the encoder alone is tried first; in deviations."""

EVALUATIONS = (20, 12, 30)
"""Of the code alone at the rough place; of code and place together from the best place of each size
in the grid, since the energy has valleys side by side in which the crop is a little larger or
smaller; from each of the best of these."""

ENDS = 2
"""Places from which the search goes on to its end."""

TOTAL = (
    len(GRID[0]) ** 2 * len(GRID[1])
    + EVALUATIONS[0]
    + len(GRID[1]) * EVALUATIONS[1]
    + ENDS * EVALUATIONS[2]
)
"""Pictures that are drawn in all."""

CLEARLY = 0.25
"""Share by which the energy must fall, or the rough crop is kept."""

FARTHEST = 2.5
"""Deviations of the prior by which a crop may move on any axis; where the best place lies farther,
the generator fits something else there, and the rough crop is kept."""

_ROOM = 1.5
"""Size of the part of the photo that the search sees, in sizes of the crop."""

_STEP = 0.05
"""Of differences by q, in deviations of the prior."""

_FINE = 2
"""Samples a side of each pixel of the crop, in what the search sees."""


@dataclass(frozen=True)
class Refinement:
    """What refining found."""

    placement: Placement
    """The refined place, or the rough one."""
    moved: bool
    """Whether it is the refined one."""
    energies: tuple[float, float]
    """Of the rough place, and of the best one found."""
    motion: Tensor
    """`[4]`: shift to the right and down in shares of the longer side, logarithm of the size and
    angle in radians (clockwise) by which the crop moved in the photo; 0 where it is kept."""
    far: bool = False
    """Whether it is kept since the best place lies farther than a crop may move."""

    @property
    def note(self) -> str:
        """What was done, in words."""
        if self.far:
            return (
                "The rough place was kept: the best one lies more than "
                f"{100 * FARTHEST * SHIFT:.0f} % of the side away, or is as much larger, smaller "
                "or turned. Place the box by hand, with all of the head in it."
            )
        if not self.moved:
            return "The rough place was kept: the generator draws no other one clearly better."
        right, down, size, angle = self.motion.tolist()
        side = max(self.placement.size)
        return (
            f"The place was refined: {right * side:+.1f} pixels of the generator to the right, "
            f"{down * side:+.1f} down, {100 * math.expm1(size):+.1f} % in size, "
            f"{math.degrees(angle):+.1f} degrees clockwise."
        )


def refined(
    gan: Generator,
    photo: Tensor,
    rough: Placement,
    inverter: Inverter,
    tick: Callable[[], None],
) -> Refinement:
    """Move a crop by a similarity, together with the code of what is in it.

    Minimises `E(u, q) = sum_k P mean(pool_k(G(u) - y(q))^2) / (2 t^2) + (|u|^2 + |q|^2) / 2`. y(q)
    is the crop, q its shift, the logarithm of its size and its angle, in deviations of the prior.

    Args:
        gan: The generator.
        photo: `[1, 3, H, W]` in [-1, 1].
        rough: Where the crop lies at first.
        inverter: Prepared for the generator.
        tick: Called after each of `TOTAL` pictures at most; may raise to cancel.

    Returns:
        The place.
    """
    view = _View.of(gan, photo, rough)
    code = LatentCoordinates(gan, inverter.prior, inverter.mean_code(gan))
    with plain_tensors(), full_precision():
        still = torch.zeros(4, dtype=torch.float64)

        def drawn(u: Tensor) -> Tensor:
            return drawn_channels(code.draw(u))

        u = inverter.encoder.encode(view.cut(still), drawn)  # [d]
        size = len(u)

        def energy(point: Tensor, q: Tensor) -> Tensor:
            crop = view.cut(q).to(gan.device, gan.dtype)
            apart = Misfit(crop)(drawn_channels(code.draw(point)))[0].to("cpu", torch.float64)
            rest = point.square().sum() + q.square().sum()
            return apart / (2 * TRUST**2) + rest / 2

        def descend(start: Tensor, root: Tensor, evaluations: int) -> Tensor:
            """`[d + n]`, the best of u and the first n entries of q; the others stay 0."""

            def objective(v: Tensor) -> tuple[float, Tensor]:
                with torch.enable_grad():
                    v = v.requires_grad_()
                    value = at(start + root @ v)
                    (gradient,) = torch.autograd.grad(value, v)
                tick()
                return float(value.detach()), gradient

            best = minimize(objective, torch.zeros(len(start), dtype=torch.float64), evaluations)
            return start + root @ best

        def at(point: Tensor) -> Tensor:
            q = still if len(point) == size else point[size:]
            return energy(point[None, :size], q)

        def rated(points: Iterable[Tensor]) -> list[tuple[float, Tensor]]:
            """With their energies, the best one first."""
            return sorted(((float(at(one)), one) for one in points), key=lambda entry: entry[0])

        def encoded() -> Iterator[Tensor]:
            for q in _grid():
                yield torch.cat([inverter.encoder.encode(view.cut(q), drawn), q])
                tick()

        tried = rated(encoded())
        of_sizes = {float(point[size + 2]): point for _, point in reversed(tried)}
        alone = descend(u, _whitening(inverter.curvature), EVALUATIONS[0])
        root = _whitening(_joint_curvature(view, code, inverter))
        starts = rated(descend(point, root, EVALUATIONS[1]) for point in of_sizes.values())
        ends = rated(descend(point, root, EVALUATIONS[2]) for _, point in starts[:ENDS])
        before, (after, found) = float(at(alone)), ends[0]
        q = found[size:]
    if not after < (1 - CLEARLY) * before:
        return Refinement(rough, False, (before, after), torch.zeros(4))
    if float(q.abs().max()) > FARTHEST:
        return Refinement(rough, False, (before, after), torch.zeros(4), far=True)
    matrix = composed(inverted(_motion(q, rough.size)), rough.matrix)
    deviations = torch.tensor([SHIFT, SHIFT, LOG_SIZE, ANGLE], dtype=torch.float64)
    return Refinement(replace(rough, matrix=matrix), True, (before, after), q * deviations)


def _grid() -> list[Tensor]:
    """The places that are tried first, `[4]` each, in deviations of the prior."""
    shifts, sizes = GRID
    return [
        torch.tensor([x, y, size, 0.0], dtype=torch.float64)
        for size in sizes
        for y in shifts
        for x in shifts
    ]


@dataclass(frozen=True)
class _View:
    """The part of a photo around a crop, finer than the crop, from which all crops are taken."""

    gan: Generator
    pixels: Tensor
    """`[1, C, _FINE * _ROOM * h, _FINE * _ROOM * w]`."""
    size: tuple[int, int]
    """Height and width h, w of the crop."""

    @classmethod
    def of(cls, gan: Generator, photo: Tensor, rough: Placement) -> _View:
        """Sample the photo around a crop."""
        height, width = rough.size
        wide = (round(_FINE * _ROOM * height), round(_FINE * _ROOM * width))
        corner = ((wide[1] / _FINE - width) / 2, (wide[0] / _FINE - height) / 2)
        rows = [[_FINE, 0, _FINE * corner[0]], [0, _FINE, _FINE * corner[1]]]
        matrix = composed(torch.tensor(rows, dtype=torch.float64), rough.matrix)
        pixels = cut_out(photo.float(), Placement(matrix, rough.photo_size, wide))
        return cls(gan, pixels.clamp(-1, 1), rough.size)

    def cut(self, q: Tensor) -> Tensor:
        """`[1, C, h, w]`: the crop that moved by q, in deviations of the prior; differentiable."""
        height, width = self.size
        rows, columns = self.pixels.shape[2:]
        motion = _motion(q, self.size)
        corner = torch.tensor([[columns / _FINE - width], [rows / _FINE - height]]) / 2
        there = _FINE * torch.cat([motion[:, :2], motion[:, 2:] + corner], dim=1)
        images = resampled(self.pixels, there, self.size, _FINE)
        return images if self.gan.spec.img_channels >= 3 else prepare_photos(self.gan, images)


def _motion(q: Tensor, size: tuple[int, int]) -> Tensor:
    """`[2, 3]`: points of the moved crop to those of the rough one, both in its pixels."""
    height, width = size
    centre = q.new_tensor([width / 2, height / 2])
    scale, angle = torch.exp(LOG_SIZE * q[2]), ANGLE * q[3]
    cosine, sine = scale * torch.cos(angle), scale * torch.sin(angle)
    linear = torch.stack([torch.stack([cosine, -sine]), torch.stack([sine, cosine])])
    moved = centre + SHIFT * max(size) * q[:2] - linear @ centre
    return torch.cat([linear, moved[:, None]], dim=1)


def _joint_curvature(view: _View, code: LatentCoordinates, inverter: Inverter) -> Tensor:
    """`[d + 4, d + 4]`: Gauss-Newton's matrix of the misfit by u at the mean and by q at 0.

    The generator draws faces that lie a little aside, so that u and q must not be taken apart.

    Returns:
        H of the inverter, bordered.
    """
    levels = levels_of(view.size)
    weights = (1.0,) * len(levels)
    columns: list[Tensor] = []
    for axis in range(4):
        ahead = torch.zeros(4, dtype=torch.float64)
        ahead[axis] = _STEP
        change = (view.cut(ahead) - view.cut(-ahead)) / (2 * _STEP)
        columns.append(pyramid_rows(change, levels, weights)[0])
    moves = torch.stack(columns)  # [4, n]
    mean = torch.zeros(1, inverter.prior.size, dtype=torch.float64)
    with torch.enable_grad():
        mean.requires_grad_()
        drawn = pyramid_rows(drawn_channels(code.draw(mean)), levels, weights)[0]
        products = moves.to(drawn) @ drawn
        crossed = [torch.autograd.grad(one, mean, retain_graph=True)[0][0] for one in products]
    cross = -torch.stack(crossed)  # [4, d]
    wide = moves.double()
    return torch.cat(
        [
            torch.cat([inverter.curvature, cross.T], dim=1),
            torch.cat([cross, wide @ wide.T], dim=1),
        ]
    )


def _whitening(curvature: Tensor) -> Tensor:
    """The symmetric `(H / t^2 + I)^(-1/2)`."""
    values, vectors = torch.linalg.eigh(curvature / TRUST**2)
    return (vectors * (values.clamp(min=0) + 1).rsqrt()) @ vectors.T
