"""`hold`: keep what lies outside a region after a pull."""

from __future__ import annotations

from ...base.errors import LatentError, PackError
from ...base.progress import Progress, no_progress
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode, concatenate
from ...concepts.region import Region
from ...jacobians.options import JacobianOptions
from ...latents.alignment import repeat_code
from .coordinates import held_space
from .image_holder import ImageHolder
from .request import STEPS, HoldRequest
from .strides import pull_along, pull_in_strides

_MOST_STEPS = 100
"""Most Gauss-Newton steps."""


def hold(
    gan: Generator,
    codes: LatentCode,
    pulled: LatentCode,
    region: Region,
    *,
    background: Region | None = None,
    steps: int = STEPS,
    effort: JacobianOptions | None = None,
    progress: Progress | None = None,
    noise_mode: str = "const",
) -> LatentCode:
    """Keep what lies outside a region after a pull of any kind.

    With x the code before the pull and y the code after it, finds the displacement
    `delta = C^(1/2) v`, C the covariance of random codes of each layer, that minimises

        |G(y + delta) - G(x)|^2  over the background
        + 0.1 |G(y + delta) - G(y)|^2  over the region
        + 0.0001 m |v|^2,

    each square being a mean over its rows, and m the mean diagonal entry of `C^(1/2) J_b^T J_b
    C^(1/2)`, with J_b the background's rows of the Jacobian at x. The way from x to y is made in up
    to four strides, each of which begins with the displacement of the one before. A stride takes
    Gauss-Newton steps: the network is linearised at the current code, and six conjugate-gradient
    iterations follow, one product with the Jacobian and one with its transpose each, preconditioned
    by a sketch of the matrix at x (a Nystroem approximation of rank 32; Frangella, Tropp and Udell,
    2023) that is corrected by the directions of the iterations before (`memory`). A step is taken
    only where the objective falls, else halved. At most six further steps follow while the
    background changes by more than 3 grey levels and the region keeps 0.9 of its change
    (`finishing`). A hold that costs the region more than 3% and leaves less than 2 grey levels is
    loosened up to 4 (`loosening`). If the cache of `effort`
    holds the Jacobian at x in the space of the result, the normal equations are factorised once and
    tried first.

    Args:
        gan: The generator.
        codes: N codes before the pull, or one for all.
        pulled: The same N codes after it.
        region: What the pull may change, in the size of the generator's image; one or N.
        background: What is held; none means all else. Pixels in neither are free.
        steps: Gauss-Newton steps of each stride, 0 to 100; with 0 nothing is held.
        effort: Precision of the tangents, and the cache of Jacobians; none means the precision of
            the network.
        progress: Called with (done, total) products, of which few holds take all; an exception
            raised in it cancels.
        noise_mode: "const" or "none".

    Returns:
        N codes in W+; in S for pulls in S (codes of other spaces keep it as their edit in S); in
        Z+, or Z with one layer, without a mapping network. A code that was not pulled keeps every
        bit of its values.

    Raises:
        RegionError: A region is empty, the whole image, or of another size, or their number is
            neither 1 nor N.
        LatentError: The codes do not fit the generator, or the noise is random.
        PackError: The number of steps is out of range.
    """
    if not 0 <= steps <= _MOST_STEPS:
        raise PackError(f"A hold of {steps} steps was asked for", f"0 to {_MOST_STEPS}")
    for batch in (codes, pulled):
        gan.check(batch)
    if len(codes) not in (1, len(pulled)):
        raise LatentError(
            f"{len(codes)} codes before the pull and {len(pulled)} after it were given",
            "as many, or one before it",
        )
    codes = repeat_code(codes, len(pulled))
    request = HoldRequest(gan, region, background, steps, noise_mode, effort)
    weights = request.weights(len(pulled))
    counter = _Counter(progress or no_progress)
    holder = ImageHolder(request, held_space(gan, codes, pulled), counter.tick)
    counter.total = len(pulled) * holder.most_ticks
    rows: list[LatentCode] = []
    for row in range(len(pulled)):
        before = holder.before(codes[row], weights[row])
        counter.tick(0)
        pull = pull_along(gan, codes[row], pulled[row])
        rows.append(pull_in_strides(holder, before, pull)[0])
        counter.finish(row + 1, holder.most_ticks)
    return concatenate(rows)


class _Counter:
    """Counts products for a progress callable."""

    def __init__(self, report: Progress) -> None:
        self._report, self._done, self.total = report, 0, 1

    def tick(self, steps: int = 1) -> None:
        """Count some products and report."""
        self._done = min(self._done + steps, self.total)
        self._report(self._done, self.total)

    def finish(self, codes: int, each: int) -> None:
        """Report that some codes are finished, whatever products they took."""
        self._done = codes * each
        self._report(self._done, self.total)
