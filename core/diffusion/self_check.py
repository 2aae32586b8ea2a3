"""Whether the products of a derivative agree with the network, before a search relies on them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import SolveError
from .denoised_map import DenoisedMap, ForwardModeError

_PROBES = 3
"""Random directions beside the one of the region."""

_ALIGNED = {torch.float64: 1e-5, torch.float32: 3e-4, torch.float16: 0.01, torch.bfloat16: 0.02}
"""Disagreement of `<u, J v>` and `<J^T u, v>` that rounding explains, where u is J v, by the type
in which the network computes. Errors of differences are random numbers that all but cancel then."""

_SPREAD = {torch.float64: 1e-4, torch.float32: 1e-3, torch.float16: 0.05, torch.bfloat16: 0.1}
"""The same for whole vectors, whose errors do not cancel."""

_MODES = {torch.float64: 1e-10, torch.float32: 1e-4, torch.float16: 0.01, torch.bfloat16: 0.03}
"""Disagreement of forward and reverse mode, which no step limits, that rounding explains."""

_FACTOR, _MOST = 4.0, {"central": 0.3, "forward": 0.6}
"""Disagreement allowed where differences are noisier than that, in units of their own error; and
the error of central differences from which on no search is possible, by what pushes."""

_WIDER, _EXCESS = 1.5, 1.22
"""Factor of the second step, and what the difference of both is in units of the error of the first:
with errors `n / h` of rounding and `m h^2` of the third derivative, `(1 + 1 / 1.5^2)^(1/2) = 1.20`
of one and `1.5^2 - 1 = 1.25` of the other."""


@dataclass(frozen=True)
class Agreement:
    """What the self-check found."""

    noise: float
    """Relative error of J v by central differences, in norm, from two steps."""
    repeat: float
    """Relative change of the denoised picture when it is evaluated twice; 0 where it is exact."""
    dot: float | None
    """`|<u, J v> - <J^T u, v>| / |<u, J v>|` for u = J v, the largest of all probes; none where
    `J^T` is not computed."""
    spread: float | None
    """The same for a random u, by root mean square over probes: the relative error of `J^T u`."""
    central: float | None
    """`|J v - difference| / |difference|` of J v in forward mode; none where it is the difference.
    """
    floor: float
    """Relative error of a product, as the search assumes it: `noise` of differences, and four
    roundings in forward mode; at least `repeat`."""

    @property
    def words(self) -> str:
        """One sentence for reports."""
        parts = [f"central differences are exact to {self.noise:.1e}"]
        if self.central is not None:
            parts.append(f"forward mode agrees with them to {self.central:.1e}")
        if self.dot is not None:
            parts.append(f"the transpose agrees with them to {self.dot:.1e}")
        return "Self-check: " + "; ".join(parts) + "."


def check_products(image: DenoisedMap, weight: Tensor) -> Agreement:
    """Compare push, pull and central differences in some directions; measure the noise.

    Args:
        image: The denoised picture and its products.
        weight: `[H, W]`, the region.

    Returns:
        How far they agree.

    Raises:
        ForwardModeError: Forward mode is wrong or missing.
        SolveError: The transpose is wrong, or the picture is not finite, or constant, or too noisy.
    """
    first, second = image.value(), image.value()
    if not bool(torch.isfinite(first).all()):
        raise SolveError(
            "The denoised picture holds NaN or infinite numbers",
            "finite numbers",
            "Check the model and its precision with an ordinary run",
        )
    repeat = _apart(second, first)
    rows = _probes(image, weight)
    full = [image.difference(row) for row in rows]
    wide = [image.difference(row, _WIDER) for row in rows]
    if not any(bool(each.any()) for each in full):
        raise SolveError(
            "The denoised picture does not change with its input",
            "a picture that depends on the latent",
            "Choose an earlier step of the sampler, or another model",
        )
    noise = max(map(_apart, wide, full)) / _EXCESS
    most = _MOST[image.how.push]
    if not noise < most:
        raise SolveError(
            f"Central differences have a relative error of {noise:.2f}",
            f"less than {most}",
            "The network is too coarse or not deterministic at this step: use weights in a finer "
            "type, or another step of the sampler",
        )
    loose = max(_SPREAD.get(image.how.dtype, 0.1), _FACTOR * noise)
    central: float | None = None
    pushed: list[Tensor] | None = None
    if image.how.push != "central":
        pushed = list(image.push(torch.stack(rows)))
        central = max(_apart(one, other) for one, other in zip(pushed, full, strict=True))
        if not central < loose:
            raise ForwardModeError(
                f"Forward mode differs from central differences by {central:.2g}",
                f"less than {loose:.2g}",
                "An operation of the network drops tangents without an error: push by central "
                "differences",
            )
    if image.how.pull != "reverse":
        return Agreement(noise, repeat, None, None, central, max(noise, repeat))
    draw = torch.Generator().manual_seed(3)
    other = torch.randn(image.image_shape, generator=draw).to(image.point)
    units = [picture / picture.norm().clamp_min(1e-30) for picture in (other, *(pushed or full))]
    pulled = image.pull(torch.stack(units)).double()
    if pushed is not None:
        modes = max(map(_dot_error, units[1:], pushed, pulled[1:], rows))
        if not modes < _MODES.get(image.how.dtype, 0.03):
            raise ForwardModeError(
                f"Forward and reverse mode differ by {modes:.2g}",
                f"less than {_MODES.get(image.how.dtype, 0.03)}",
                "An operation of the network drops a derivative without an error: push by central "
                "differences",
            )
    dot, unsure, spread = _dot_errors((rows, full, wide), units, pulled)
    tight = max(_ALIGNED.get(image.how.dtype, 0.02), _FACTOR * unsure)
    for found, allowed in ((dot, tight), (spread, loose)):
        if not found < allowed:
            raise SolveError(
                f"The transposed derivative differs from central differences by {found:.2g}",
                f"less than {allowed:.2g}",
                "An operation of the network drops its derivative without an error: search with "
                'the effort "forward-only", which needs evaluations alone',
            )
    error = noise if central is None else 2 * torch.finfo(image.how.dtype).eps
    return Agreement(noise, repeat, dot, spread, central, max(error, repeat))


def _probes(image: DenoisedMap, weight: Tensor) -> list[Tensor]:
    """Unit rows `[n]`: one inside the region, the others everywhere."""
    draw = torch.Generator().manual_seed(2)
    rows = torch.randn(1 + _PROBES, *image.image_shape, generator=draw)
    rows[0] *= weight.cpu().sqrt()
    flat = rows.flatten(1)
    return list((flat / flat.norm(dim=1, keepdim=True)).to(image.point))


def _dot_error(u: Tensor, pushed: Tensor, pulled: Tensor, row: Tensor) -> float:
    """`|<u, J v> - <J^T u, v>| / |<u, J v>|` for one pair."""
    one = float(u.double().flatten() @ pushed.double().flatten())
    return abs(one - float(pulled @ row.double())) / max(abs(one), 1e-30)


def _dot_errors(
    probes: tuple[list[Tensor], list[Tensor], list[Tensor]], units: list[Tensor], pulled: Tensor
) -> tuple[float, float, float]:
    """Disagreement of `<u, J v>` and `<J^T u, v>` over probes.

    With `u = J v`, and the products of both steps extrapolated to step 0 (Richardson), random
    errors all but cancel. With u random, both sides are random numbers as large as an entry of
    `J^T u`: the ratio is the relative error of all of `J^T u`, in parts that the first test cannot
    see.

    Args:
        probes: Rows v, and their differences with both steps.
        units: u: a random one, and one for each row.
        pulled: Their `J^T u`.

    Returns:
        The largest for u = J v; how far the step itself changes these products; and the root mean
        square for a random u; all relative.
    """
    rows, full, wide = probes
    dot = unsure = off = size = 0.0
    for number, row in enumerate(rows):
        one, other = full[number].double().flatten(), wide[number].double().flatten()
        u, back = units[number + 1].double().flatten(), pulled[number + 1]
        limit = float(u @ (_WIDER**2 * one - other)) / (_WIDER**2 - 1)
        dot = max(dot, abs(limit - float(back @ row.double())) / max(abs(limit), 1e-30))
        unsure = max(unsure, abs(float(u @ (other - one))) / max(abs(limit), 1e-30))
        seen = float(units[0].double().flatten() @ one)
        if number:  # the first lies in the region, so that its product is larger than an entry
            off += (seen - float(pulled[0] @ row.double())) ** 2
            size += float(pulled[0].square().mean())
    return dot, unsure, math.sqrt(off / size) if size > 0 else math.inf


def _apart(one: Tensor, other: Tensor) -> float:
    """Norm of the difference, relative to the second."""
    size = float(other.double().norm())
    return float((one.double() - other.double()).norm()) / size if size > 0 else math.inf
