"""What a lever does to the attributes of a portrait, and how much it does besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from ..concepts.generator import Generator
from .attribute_network import AttributeReader, reader_for
from .measure import AbstractMeasure, Figure, Value
from .pulls import Pulls


@dataclass(frozen=True)
class Effects:
    """The effect of one lever on A attributes of N images."""

    names: tuple[str, ...]
    """The attributes."""
    changes: Tensor
    """`[N, A]` float64, changes in standard deviations over portraits; of a pull forwards, so those
    of a pull backwards with the other sign."""

    @property
    def sizes(self) -> Tensor:
        """`[A]`, mean absolute changes."""
        return self.changes.abs().mean(dim=0)

    @property
    def main(self) -> int:
        """Number of the attribute that changes most."""
        return int(self.sizes.argmax())

    @property
    def share(self) -> float:
        """Share of the main attribute in the sum of all mean absolute changes, in [0, 1]."""
        sizes = self.sizes
        return float(sizes.max() / sizes.sum().clamp_min(1e-12))

    @property
    def agreement(self) -> float:
        """Share of images on which the main attribute changes the same way, in [0.5, 1]."""
        up = float((self.changes[:, self.main] > 0).double().mean())
        return max(up, 1 - up)

    @property
    def entanglement(self) -> float:
        """Mean absolute change of the other attributes relative to that of the main one."""
        sizes = self.sizes
        others = (sizes.sum() - sizes.max()) / max(len(sizes) - 1, 1)
        return float(others / sizes.max().clamp_min(1e-12))


def effects_of(reader: AttributeReader, pulls: Pulls, names: Sequence[str] = ()) -> Effects:
    """Read attributes before and after.

    Args:
        reader: Reads attributes off the images.
        pulls: N images before and after.
        names: Attributes to look at; empty means all.

    Returns:
        The effects.

    Raises:
        PackError: There is no such attribute.
    """
    columns = [reader.index(name) for name in names] or list(range(len(reader.names)))
    before, after = (reader.read(images)[1] for images in (pulls.before, pulls.after))
    changes = ((after - before) / reader.deviation)[:, columns].double()
    signs = pulls.strengths.sign()[:, None]
    return Effects(tuple(reader.names[column] for column in columns), changes.cpu() * signs)


class EffectsMeasure(AbstractMeasure):
    """The main attribute of a lever and what else it changes, for drawn portraits."""

    id = "effects"
    title = "effects on attributes"
    figures = (
        Figure("attribute", "attribute", "the attribute that changes most"),
        Figure(
            "attribute_change",
            "its change",
            "absolute change of that attribute, in standard deviations over portraits",
            tail_at=0.1,
        ),
        Figure("share", "share", "share of that attribute in all changes; more is better"),
        Figure(
            "agreement",
            "same sign",
            "share of the images on which it changes the same way; more is better",
        ),
        Figure(
            "entanglement",
            "entanglement",
            "mean absolute change of the other attributes relative to it; less is better",
        ),
    )

    def applies(self, gan: Generator) -> bool:
        """See `AbstractMeasure.applies`: the attribute network knows the bundled portraits."""
        return reader_for(gan) is not None

    def measure(self, pulls: Pulls) -> Mapping[str, Value]:
        """See `AbstractMeasure.measure`."""
        reader = reader_for(pulls.gan)
        if reader is None:
            return {}
        effects = effects_of(reader, pulls)
        return {
            "attribute": effects.names[effects.main],
            "attribute_change": effects.changes[:, effects.main].abs(),
            "share": effects.share,
            "agreement": effects.agreement,
            "entanglement": effects.entanglement,
        }
