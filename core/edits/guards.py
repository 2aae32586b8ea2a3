"""Guards: shorten or refuse a pull that leaves what random codes look like, layer by layer.

Needs no network that judges images. The measure is the Mahalanobis length of each layer's w, with
the mean and the covariance of random w; a bound is a percentile of this length over random codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.nn import Module

from ..base.errors import DirectionsError, LatentError
from ..base.execution import plain_tensors
from ..base.wording import warn
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, concatenate
from ..latents.code_statistics import style_deviations, w_statistics
from ..latents.sampling import DISTRIBUTIONS, sample_latents
from .code_line import CodeLine

GUARDS = ("off", "shorten", "refuse")
"""What happens to a pull that leaves the bound."""

PERCENTILE = 99.9
"""Percentile of the lengths of random codes beyond which a code counts as unlikely."""

RANDOM_CODES = 2048
"""Random codes whose lengths give the bound; their seeds are 0 to 2,047."""

_FLOOR = 1.0
"""Smallest eigenvalue of the covariance that is used, as a share of their mean: along directions
with less variance images hardly differ, and levers that stay strictly inside a region go far along
them without harm."""

_STEPS = 20
"""Bisection steps; the share of a pull that is kept is known to one millionth."""


@dataclass(frozen=True)
class Guarded:
    """Codes after a guard, and what it did."""

    codes: LatentCode
    """`[N]` codes: pulled as far as the guard allowed."""
    kept: Tensor
    """`[N]` float64 in [0, 1]: the share of each pull that was kept; 1 where it was not touched."""
    lengths: Tensor
    """`[N, L]` float64: length of each layer of the pulled codes, before they were shortened, over
    its bound; above 1 is outside."""

    @property
    def report(self) -> str:
        """What the guard did, as a sentence."""
        touched = int((self.kept < 1).sum())
        if not touched:
            return "The guard left all pulls as they are."
        least = float(self.kept.min())
        return (
            f"The guard shortened {touched} of {len(self.kept)} pulls, at most to {least:.0%} of "
            "their length: further on there are no random images like them."
        )


def guard(
    gan: Generator,
    codes: LatentCode,
    pulled: LatentCode,
    mode: str = "shorten",
    *,
    percentile: float = PERCENTILE,
) -> Guarded:
    """Keep pulled codes among those that the generator was trained with.

    For each layer the length of w is `|C^-1/2 (w - mean)|`, with mean and covariance C of 10,000
    random w, and the eigenvalues of C raised to their mean where they are below it. A pull is
    unlikely where this length exceeds both the bound, a percentile over random codes, and the
    length at its start: what lies outside already may stay there, but goes no further. Edits in S
    are measured by the styles of each layer, in units of their deviations. Without a mapping
    network the length is that of z. An edit in Z of a generator with a mapping network rarely
    leaves the bound, since the network scales z to unit length first.

    Args:
        gan: The generator.
        codes: N codes before the pull.
        pulled: The same codes after any pulls; in any space that the pulls led to.
        mode: "shorten" goes back along the straight line to the start until the code is within its
            bounds, and warns; "refuse" raises; "off" changes nothing.
        percentile: Bound, as a percentile of random codes, above 0 and at most 100.

    Returns:
        The codes, and the share of each pull that was kept.

    Raises:
        LatentError: The codes do not fit, or the mode is "refuse" and a pull is unlikely.
        DirectionsError: The mode is unknown, or the percentile is out of range.
    """
    guarded = guard_quietly(gan, codes, pulled, mode, percentile)
    if bool((guarded.kept < 1).any()):
        warn(guarded.report)
    return guarded


def guard_quietly(
    gan: Generator,
    codes: LatentCode,
    pulled: LatentCode,
    mode: str = "shorten",
    percentile: float = PERCENTILE,
) -> Guarded:
    """The same as `guard`, for callers that say themselves what was shortened.

    Args:
        gan: The generator.
        codes: N codes before the pull.
        pulled: The same codes after any pulls.
        mode: One of `GUARDS`.
        percentile: Bound, as a percentile of random codes.

    Returns:
        The codes, and the share of each pull that was kept.

    Raises:
        LatentError: The codes do not fit, or the mode is "refuse" and a pull is unlikely.
        DirectionsError: The mode is unknown, or the percentile is out of range.
    """
    if mode not in GUARDS:
        raise DirectionsError(f"Unknown guard {mode!r}", f"one of {', '.join(GUARDS)}")
    if not 0 < percentile <= 100:
        raise DirectionsError(f"percentile is {percentile}", "a number above 0, at most 100")
    for batch in (codes, pulled):
        gan.check(batch)
    if len(codes) != len(pulled):
        raise LatentError(f"{len(codes)} codes were given for {len(pulled)} pulled ones", "as many")
    if mode == "off" or not len(codes):
        still = torch.ones(len(codes), dtype=torch.float64)
        return Guarded(pulled, still, torch.zeros(len(codes), gan.spec.num_ws, dtype=torch.float64))
    line = CodeLine(gan, codes, pulled)
    bound = _bound(gan, percentile, line.styled)  # [L]
    starts = _lengths(gan, line.at(torch.zeros(len(codes))), line.styled)
    limits = torch.maximum(starts, bound) * (1 + 1e-6)  # [N, L]
    ends = _lengths(gan, line.at(torch.ones(len(codes))), line.styled)
    outside = (ends > limits).any(dim=1)
    kept = torch.ones(len(codes), dtype=torch.float64)
    if not outside.any():
        return Guarded(pulled, kept, ends / bound)
    if mode == "refuse":
        row = int((ends / limits).amax(dim=1).argmax())
        layer = int((ends[row] / limits[row]).argmax())
        raise LatentError(
            f"{int(outside.sum())} of {len(codes)} pulls leave what random images look like: layer "
            f"{layer} of code {row} reaches {float(ends[row, layer] / bound[layer]):.1f} times the "
            f"length that {percentile:g} percent of random codes stay below",
            "pulls within it",
            "Use a smaller strength, or a guard that shortens",
        )
    low, high = torch.zeros_like(kept), torch.ones_like(kept)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        inside = (_lengths(gan, line.at(middle), line.styled) <= limits).all(dim=1)
        low, high = torch.where(inside, middle, low), torch.where(inside, high, middle)
    kept = torch.where(outside, low, kept)
    back = line.at(kept)
    rows = [(back if outside[n] else line.end)[n] for n in range(len(codes))]
    return Guarded(concatenate(rows), kept, ends / bound)


def typicality(gan: Generator, codes: LatentCode, percentile: float = PERCENTILE) -> Tensor:
    """How far codes are out, against random ones; see `guard`.

    Args:
        gan: The generator.
        codes: N codes that fit it.
        percentile: Bound, as a percentile of random codes.

    Returns:
        `[N]` float64: length of each code over the bound, of the layer that is farthest out; above
        1 hardly any random code is as far.
    """
    gan.check(codes)
    styled = codes.style_shift is not None or codes.space is LatentSpace.S
    return (_lengths(gan, codes, styled) / _bound(gan, percentile, styled)).amax(dim=1)


@dataclass(frozen=True)
class GuardRequest:
    """A guard for pulls that are made later."""

    gan: Generator
    """The generator."""
    mode: str = "shorten"
    """One of `GUARDS`."""

    def apply(self, codes: LatentCode, pulled: LatentCode) -> LatentCode:
        """See `guard`.

        Args:
            codes: N codes before their pulls.
            pulled: The same after them.

        Returns:
            N codes.

        Raises:
            LatentError: The mode is "refuse" and a pull is unlikely, or the codes do not fit.
        """
        return guard(self.gan, codes, pulled, self.mode).codes


def _lengths(gan: Generator, codes: LatentCode, styled: bool) -> Tensor:
    """Length of each layer of codes, `[N, L]` float64; by styles, or by w or z."""
    with plain_tensors():
        if styled:
            styles = gan.style_codes(codes).to("cpu").to(torch.float64)
            return _style_lengths(gan, styles)
        if codes.space.shared is LatentSpace.Z and gan.spec.w_dim is None:
            rows = codes.values.to(torch.float64).expand(-1, gan.spec.num_ws, -1)
            return rows.norm(dim=2) / DISTRIBUTIONS[gan.spec.distribution]
        rows = gan.layer_codes(codes).to("cpu").to(torch.float64)  # [N, L, D]
        mean, whiten = _whitening(gan)
        return ((rows - mean) @ whiten).norm(dim=2)


def _style_lengths(gan: Generator, styles: Tensor) -> Tensor:
    """Root mean square of the styles of each layer, in deviations from their mean: `[N, L]`."""
    spec = gan.spec
    mean = w_statistics(gan)[0].to(gan.device, gan.dtype)
    with plain_tensors():
        centre = gan.network.styles(mean.expand(1, spec.num_ws, -1)).to("cpu").to(torch.float64)
    deviations = style_deviations(gan)
    moving = deviations > 0
    units = torch.where(moving, (styles - centre) / torch.where(moving, deviations, 1.0), 0.0)
    found = torch.zeros(len(styles), spec.num_ws, dtype=torch.float64)
    for layer in range(spec.num_ws):
        parts = [units[:, part] for part in spec.style_slices((layer,))]
        if parts:
            found[:, layer] = torch.cat(parts, dim=1).square().mean(dim=1).sqrt()
    return found


_whitenings: WeakKeyDictionary[Module, tuple[Tensor, Tensor]] = WeakKeyDictionary()
"""Mean and whitening of w by network."""


def _whitening(gan: Generator) -> tuple[Tensor, Tensor]:
    """Mean `[D]` and `C^-1/2 [D, D]` of w, with small eigenvalues raised."""
    if gan.network not in _whitenings:
        mean, covariance = w_statistics(gan)
        values, vectors = torch.linalg.eigh(covariance)
        floored = values.clamp_min(_FLOOR * float(values.mean()))
        _whitenings[gan.network] = mean, (vectors / floored.sqrt()) @ vectors.T
    return _whitenings[gan.network]


_random: WeakKeyDictionary[Module, dict[bool, Tensor]] = WeakKeyDictionary()
"""Lengths of random codes by network, `[RANDOM_CODES, L]`, by styles and by w."""


def _bound(gan: Generator, percentile: float, styled: bool) -> Tensor:
    """Bound of the length of each layer, `[L]` float64: a percentile over random codes."""
    known = _random.setdefault(gan.network, {})
    if styled not in known:
        spec = gan.spec
        labels: Tensor | None = None
        if spec.c_dim:
            labels = torch.eye(spec.c_dim)[torch.arange(RANDOM_CODES) % spec.c_dim]
        random = sample_latents(gan, RANDOM_CODES, 0, truncation_psi=1.0, labels=labels)
        known[styled] = _lengths(gan, random, styled)
    return known[styled].quantile(percentile / 100, dim=0).clamp_min(1e-12)
