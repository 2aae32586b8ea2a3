"""Whether levers fit a generator, and how certain that is."""

from __future__ import annotations

import enum
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..base.errors import PackError
from ..base.generator_names import tuned_from
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentSpace
from .direction_loading import load_directions


class Fit(enum.Enum):
    """How well levers fit a generator; the values are texts for users, best first."""

    OWN = "made for this generator"
    TUNED = "made for a generator that differs from this one by tuning on photographs alone"
    SIZE = "fits in size, found with another generator"
    UNKNOWN = "fits in size, the file does not say with which generator it was found"
    NOT = "does not fit"
    UNREADABLE = "cannot be read"


@dataclass(frozen=True)
class Compatibility:
    """How well levers fit a generator, and why."""

    fit: Fit
    """How well they fit."""
    reason: str = ""
    """What does not fit, or which other generator the levers are from; may be empty."""

    @property
    def sentence(self) -> str:
        """Both as one phrase."""
        return f"{self.fit.value} ({self.reason})" if self.reason else self.fit.value


def compatibility(levers: Directions, gan: Generator) -> Compatibility:
    """Compare space, sizes, layers and fingerprint.

    Args:
        levers: Directions from anywhere.
        gan: The generator to use them with.

    Returns:
        How well they fit.
    """
    spec = gan.spec
    if levers.space not in spec.spaces:
        spaces = ", ".join(space.value for space in spec.spaces)
        return Compatibility(Fit.NOT, f"they are in {levers.space.value}, it has {spaces}")
    size, needed = levers.vectors.shape[1], spec.direction_dim(levers.space)
    if size != needed:
        return Compatibility(
            Fit.NOT, f"{size} numbers each in {levers.space.value}, it takes {needed}"
        )
    if levers.num_ws and levers.num_ws != spec.num_ws:
        return Compatibility(Fit.NOT, f"they are for {levers.num_ws} layers, it has {spec.num_ws}")
    in_s = levers.space is LatentSpace.S
    if in_s and levers.styles and levers.styles != spec.styles:
        return Compatibility(Fit.NOT, "its styles are of other layers")
    if not levers.origin:
        return Compatibility(Fit.UNKNOWN)
    if levers.origin == spec.fingerprint:
        return Compatibility(Fit.OWN)
    facts = gan.details.get("tuned")
    base = facts.get("base") if isinstance(facts, dict) else None  # pyright: ignore[reportUnknownMemberType]
    if levers.origin == base or tuned_from(levers.origin, spec.fingerprint):
        return Compatibility(Fit.TUNED)
    known = levers.details.get("generator")
    named = known.get("file") if isinstance(known, dict) else None
    return Compatibility(Fit.SIZE, str(named or levers.origin))


def rank_files(
    files: Iterable[tuple[str, Path]], gan: Generator
) -> list[tuple[str, Compatibility]]:
    """Check many files of directions against one generator.

    Args:
        files: Names and paths.
        gan: The generator.

    Returns:
        Name and result of each file, best fit first, then by name.
    """
    found: list[tuple[str, Compatibility]] = []
    for name, path in files:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                levers = load_directions(path)
            found.append((name, compatibility(levers, gan)))
        except (PackError, OSError) as error:
            reason = error.found if isinstance(error, PackError) else str(error)
            found.append((name, Compatibility(Fit.UNREADABLE, reason)))
    order = list(Fit)
    return sorted(found, key=lambda item: (order.index(item[1].fit), item[0]))
