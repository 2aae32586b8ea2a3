"""The methods that are compared: for each a name, how it finds levers, and how many are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import latent_levers as ll
from latent_levers.core.base.phases import phase, record_phases
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.levers.solution_directions import with_seconds

from .faces import GLOBAL, PARTS, TRUNCATION, Part, Subject

LABELLED = range(50_000, 60_000)
"""Seeds of the faces whose attributes supervised boundaries are fitted to."""

_JACOBIANS = ll.JacobianCache()
"""Jacobians of the faces that levers are found with: methods in one space share them, and the first
one in a table pays for them."""

SAMPLED = 50_000
"""Random codes of GANSpace."""


LEVERS = 4
"""Levers that ReSeFa and StyleSpace find."""


@dataclass(frozen=True)
class Contender:
    """A method with its settings."""

    name: str
    """In tables."""
    find: Callable[[Subject, Part], Directions]
    """Finds levers for a part."""
    tried: int = 1
    """Leading levers of which the best on the faces for choices is judged."""

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
        return with_seconds(best, seconds) if seconds else best


def _sefa(subject: Subject, part: Part) -> Directions:
    """SeFa of all layers."""
    with phase("solve"):
        return ll.sefa(subject.gan, count=10)


def _ganspace(subject: Subject, part: Part) -> Directions:
    """Principal components of w."""
    with phase("solve"):
        return ll.ganspace(subject.gan, count=6, samples=SAMPLED)


def normals() -> dict[str, Directions]:
    """Normals of logistic boundaries between faces with more and with less of an attribute.

    Returns:
        By name of the region, a normal for each of its attributes; and by name of the attribute
        those of `GLOBAL`.
    """
    subject = Subject.load()
    gan, reader = subject.gan, subject.reader
    codes = ll.sample_latents(gan, len(LABELLED), LABELLED.start, TRUNCATION)
    scores = reader.read(ll.render(gan, codes))[1]
    wanted = {part.name: part.attributes for part in PARTS}
    wanted |= {attribute: (attribute,) for attribute in GLOBAL.values()}
    found: dict[str, Directions] = {}
    for name, attributes in wanted.items():
        with record_phases() as seconds, phase("solve"):
            columns = [reader.index(attribute) for attribute in attributes]
            levers = ll.interfacegan(gan, codes, scores[:, columns], names=attributes)
        found[name] = with_seconds(levers, seconds)
    return found


def _given(levers: Directions) -> Callable[[Subject, Part], Directions]:
    """Levers that were found before."""
    return lambda subject, part: levers


def _resefa(**settings: object) -> Callable[[Subject, Part], Directions]:
    """ReSeFa with settings."""

    def find(subject: Subject, part: Part) -> Directions:
        faces = subject.find
        effort = ll.JacobianOptions(cache=_JACOBIANS)
        region = faces.region(part)
        return ll.resefa(
            subject.gan, faces.codes, region, count=LEVERS, steady=False, effort=effort, **settings
        )

    return find


def _lowrankgan(subject: Subject, part: Part) -> Directions:
    """LowRankGAN on the means of the Grams."""
    region = subject.find.region(part)
    return ll.lowrankgan(subject.gan, subject.find.codes, region, count=2)


def _stylespace(subject: Subject, part: Part) -> Directions:
    """Single channels of S."""
    effort = ll.JacobianOptions(cache=_JACOBIANS)
    region = subject.find.region(part)
    return ll.stylespace(subject.gan, subject.find.codes, region, count=LEVERS, effort=effort)


PLAIN = Contender("ReSeFa W", _resefa())
"""The paper's method with its tau."""

SUPERVISED = "logistic normals"
"""Name of the method whose levers `normals` finds for all regions at once."""

CONTENDERS = (
    Contender("SeFa", _sefa, 10),
    Contender("GANSpace", _ganspace, 6),
    Contender(SUPERVISED, lambda subject, part: normals()[part.name], 2),
    Contender("LowRankGAN", _lowrankgan, 2),
    Contender("StyleSpace", _stylespace, LEVERS),
    PLAIN,
    Contender("ReSeFa W, chosen", PLAIN.find, LEVERS),
    Contender("ReSeFa W+ standard", _resefa(locality="standard")),
    Contender("ReSeFa W+ standard, chosen", _resefa(locality="standard"), LEVERS),
    Contender("ReSeFa W+ strict", _resefa(locality="strict")),
    Contender("ReSeFa S, tau 1e-6", _resefa(space="S", shrinkage=1e-6)),
)
"""All methods, in the order of the tables. ReSeFa is judged by its first lever; what it gains by a
choice such as StyleSpace is given stands beside it, and no bound asks for it."""


def contenders(part: Part, found: dict[str, Directions]) -> list[Contender]:
    """All methods, with the normals that were found before.

    Args:
        part: The region.
        found: From `normals`.

    Returns:
        The methods.
    """
    return [
        replace(each, find=_given(found[part.name])) if each.name == SUPERVISED else each
        for each in CONTENDERS
    ]
