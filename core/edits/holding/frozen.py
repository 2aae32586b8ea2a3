"""A hold of one image whose Jacobian is computed once: for a live editor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...base.errors import DirectionsError, LatentError
from ...base.progress import Progress
from ...concepts.latent_code import LatentCode, LatentSpace
from ...jacobians.cache import JacobianCache
from ...jacobians.options import Derivative, JacobianOptions
from ...jacobians.plan import stored_columns
from .coordinates import HoldCoordinates, held_space
from .image_holder import BeforePull, ImageHolder
from .request import HoldChange, HoldRequest
from .strides import pull_in_strides


@dataclass(frozen=True)
class PreparedImage:
    """What all holds of one image share; refers to no generator."""

    coordinates: HoldCoordinates
    """How the code is moved."""
    before: BeforePull
    """The image before the pull, and its Jacobian."""


class FrozenHold:
    """Holds pulls of one image by the Jacobian at the image before the pull.

    The normal equations are factorised once. A hold then takes a product with the stored Jacobian,
    a solve and an image for each of at most three steps; conjugate gradients go on where these
    leave more than half of the objective, and further steps and the loosening of `hold` follow; a
    quick hold takes none of them. Where the
    Jacobian does not fit into memory, a sketch takes its place and every hold takes conjugate
    gradients.

    Args:
        request: What is held. A cache in its `effort` is asked first and gets the Jacobian.
        code: The code before any pull, one.
        space: Space of the correction; none means S for codes in S, W+, or Z+ or Z without a
            mapping network. Pulls in S need S.
        progress: Called with (done, total) columns of the Jacobian; may raise to cancel.
        prepared: `prepared` of another hold of the same image, region and space; nothing is then
            computed again.

    Raises:
        DirectionsError: More than one code was given.
        RegionError: The region is empty, the whole image, or of another size.
        LatentError: The code does not fit the generator.
    """

    def __init__(
        self,
        request: HoldRequest,
        code: LatentCode,
        space: LatentSpace | None = None,
        progress: Progress | None = None,
        prepared: PreparedImage | None = None,
    ) -> None:
        if len(code) != 1:
            raise DirectionsError(f"{len(code)} codes were given at once", "one")
        gan = request.gan
        gan.check(code)
        self.space = held_space(gan, code, code) if space is None else space
        gan.spec.direction_dim(self.space)
        if prepared is not None:
            self._holder = ImageHolder(request, self.space, coordinates=prepared.coordinates)
            self._before = prepared.before
            return
        options = request.effort or JacobianOptions()
        if options.cache is None:  # only until the equations are factorised
            options = replace(options, cache=JacobianCache())
        weights = request.weights(1)[0]
        self._holder = ImageHolder(replace(request, effort=options), self.space)
        derivative = Derivative(self.space, noise_mode=request.noise_mode)
        stored_columns(gan, code, derivative, options, progress)
        self._before = self._holder.before(code, weights)

    @property
    def prepared(self) -> PreparedImage:
        """What further holds of the same image can reuse."""
        return PreparedImage(self._holder.coordinates, self._before)

    @property
    def exact(self) -> bool:
        """Whether the Jacobian fitted into memory."""
        return self._before.is_exact

    def hold(
        self,
        pulled: LatentCode,
        quick: bool = False,
        tick: Callable[[], None] | None = None,
    ) -> tuple[LatentCode, HoldChange]:
        """Keep what lies outside the region after a pull.

        Args:
            pulled: The code after the pull, one.
            quick: Whether steps with the stored Jacobian suffice, even where they stall: for the
                image while a slider moves.
            tick: Called after each iteration; may raise to cancel.

        Returns:
            The held code and the change of its image.

        Raises:
            LatentError: The code does not fit the generator, or was pulled in S and the correction
                is in another space.
        """
        self._check(pulled)
        self._holder.tick = tick or (lambda: None)
        return self._holder.hold(self._before, pulled, quick)

    def pull(
        self,
        pull: Callable[[LatentCode, float], LatentCode],
        strides: int | None = None,
        quick: bool = False,
        tick: Callable[[], None] | None = None,
    ) -> tuple[LatentCode, HoldChange]:
        """Pull in strides with a hold after each; see `strides.pull_in_strides`.

        Args:
            pull: Moves a code by a share of the whole pull.
            strides: Their number; none chooses it by the change of the image.
            quick: As for `hold`.
            tick: Called after each iteration; may raise to cancel.

        Returns:
            The held code and the change of its image.

        Raises:
            LatentError: The pull is in S and the correction in another space.
        """
        self._check(pull(self._before.code, 1.0))
        self._holder.tick = tick or (lambda: None)
        return pull_in_strides(self._holder, self._before, pull, strides, quick)

    def _check(self, pulled: LatentCode) -> None:
        """Raise if a pulled code cannot be moved in the space of the correction."""
        self._holder.request.gan.check(pulled)
        if pulled.space is LatentSpace.S and self.space is not LatentSpace.S:
            raise LatentError(
                f"A code in S was given to a hold in {self.space.value}",
                "a code that was pulled in Z, W or W+, or a hold in S",
            )
