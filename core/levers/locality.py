"""How strictly levers stay in their region: named choices of the space and of the shrinkage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..base.errors import SolveError
from ..concepts.eigenproblem import SHRINKAGES
from ..concepts.latent_code import LatentSpace
from ..concepts.network import GeneratorSpec

DEFAULT_SHRINKAGE = 1e-3
"""tau of the paper."""

LOCALITIES: Mapping[str, float] = {"standard": 1e-3, "strict": 1e-6}
"""tau of each choice, in a space with one latent per layer. "strict" is for one of a pair and for
tiny regions; its levers can be pulled less far before an image breaks."""


@dataclass(frozen=True)
class Confinement:
    """The arguments of a solve that decide how strictly levers stay in their region."""

    space: LatentSpace
    """Space of the levers."""
    shrinkage: float
    """tau."""
    shrinkage_by: str
    """Factor of tau."""


def confinement(
    spec: GeneratorSpec,
    locality: str | None,
    space: str | LatentSpace | None,
    shrinkage: float | None,
    shrinkage_by: str,
) -> Confinement:
    """Resolve a choice of locality, or else of space and shrinkage.

    Args:
        spec: The generator.
        locality: One of `LOCALITIES`, which uses W+ (Z+ without a mapping network); none means
            that the other arguments decide.
        space: Space of the levers; none means W, or Z without a mapping network.
        shrinkage: tau; none means 1e-3.
        shrinkage_by: Factor of tau.

    Returns:
        The arguments of the solve.

    Raises:
        SolveError: The locality is unknown, was given together with a space, a shrinkage or
            another factor of it, or the generator has a single latent for all layers.
        LatentError: The space is unknown.
    """
    if locality is None:
        where = spec.native_space if space is None else LatentSpace.parse(space)
        tau = DEFAULT_SHRINKAGE if shrinkage is None else shrinkage
        return Confinement(where, tau, shrinkage_by)
    if locality not in LOCALITIES:
        raise SolveError(f"Unknown locality {locality!r}", f"one of {', '.join(LOCALITIES)}")
    if space is not None or shrinkage is not None or shrinkage_by != SHRINKAGES[0]:
        given = [
            f"space {LatentSpace.parse(space).value}" if space is not None else "",
            f"shrinkage {shrinkage:g}" if shrinkage is not None else "",
            f"shrinkage_by {shrinkage_by}" if shrinkage_by != SHRINKAGES[0] else "",
        ]
        raise SolveError(
            f"Locality {locality!r} and {' and '.join(filter(None, given))} were given",
            "one of the two, since the locality chooses the space and the shrinkage",
            "«no_locality», or leave the others at their defaults",
        )
    plus = LatentSpace.Z_PLUS if spec.w_dim is None else LatentSpace.W_PLUS
    if plus not in spec.spaces:
        raise SolveError(
            f"Locality {locality!r} was requested, but this {spec.architecture} generator has one "
            "latent for all of its layers",
            "a generator with a latent per layer",
            "«no_locality»; a smaller shrinkage keeps levers closer to the region",
        )
    return Confinement(plus, LOCALITIES[locality], SHRINKAGES[0])
