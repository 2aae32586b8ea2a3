"""The methods that are compared: for each a name, how it finds levers, and how many are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import latent_levers as ll
from latent_levers.core.base.phases import phase, record_phases
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.levers.solution_directions import with_seconds

from .faces import TRUNCATION, Part, Subject

LABELLED = range(50_000, 60_000)
"""Seeds of the faces whose attributes supervised boundaries are fitted to."""

SAMPLED = 50_000
"""Random codes of GANSpace."""


@dataclass(frozen=True)
class Contender:
    """A method with its settings."""

    name: str
    """In tables."""
    find: Callable[[Subject, Part], Directions]
    """Finds levers for a part."""
    tried: int = 1
    """Leading levers of which the best on the faces for choices is judged."""
    regional: bool = True
    """Whether it is given the region."""

    def levers(self, subject: Subject, part: Part) -> Directions:
        """Find levers.

        Args:
            subject: Generator and faces.
            part: The part.

        Returns:
            At most `tried` levers, with the seconds of each phase in their details.
        """
        with record_phases() as seconds:
            found = self.find(subject, part)
        best = found.select(range(min(self.tried, len(found))))
        return with_seconds(best, seconds)


def _sefa(subject: Subject, part: Part) -> Directions:
    """SeFa of all layers."""
    with phase("solve"):
        return ll.sefa(subject.gan, count=10)


def _ganspace(subject: Subject, part: Part) -> Directions:
    """Principal components of w."""
    with phase("solve"):
        return ll.ganspace(subject.gan, count=6, samples=SAMPLED)


def _boundary(subject: Subject, part: Part) -> Directions:
    """Normals of logistic boundaries between faces with much and with little of an attribute."""
    gan, reader = subject.gan, subject.reader
    codes = ll.sample_latents(gan, len(LABELLED), LABELLED.start, TRUNCATION)
    scores = reader.read(ll.render(gan, codes))[1]
    chosen = scores[:, [reader.index(name) for name in part.attributes]]
    with phase("solve"):
        return ll.interfacegan(gan, codes, chosen, names=part.attributes)


def _resefa(**settings: object) -> Callable[[Subject, Part], Directions]:
    """ReSeFa with settings."""

    def find(subject: Subject, part: Part) -> Directions:
        faces = subject.find
        return ll.resefa(
            subject.gan, faces.codes, faces.region(part), count=4, steady=False, **settings
        )

    return find


def _lowrankgan(subject: Subject, part: Part) -> Directions:
    """LowRankGAN on the means of the Grams."""
    return ll.lowrankgan(subject.gan, subject.find.codes, subject.find.region(part), count=2)


def _stylespace(subject: Subject, part: Part) -> Directions:
    """Single channels of S."""
    return ll.stylespace(subject.gan, subject.find.codes, subject.find.region(part), count=4)


PLAIN = Contender("ReSeFa W", _resefa())
"""The paper's method with its tau."""

CONTENDERS = (
    Contender("SeFa", _sefa, 10, regional=False),
    Contender("GANSpace", _ganspace, 6, regional=False),
    Contender("logistic normals", _boundary, 2, regional=False),
    Contender("LowRankGAN", _lowrankgan, 2),
    Contender("StyleSpace", _stylespace, 4),
    PLAIN,
    Contender("ReSeFa W+ standard", _resefa(locality="standard")),
    Contender("ReSeFa W+ strict", _resefa(locality="strict")),
    Contender("ReSeFa S, tau 1e-6", _resefa(space="S", shrinkage=1e-6)),
)
"""All methods, in the order of the tables."""


def renamed(levers: Directions, name: str) -> Directions:
    """Levers under one name.

    Args:
        levers: The directions.
        name: Their name.

    Returns:
        The same directions.
    """
    return replace(levers, names=(name,) * len(levers))
