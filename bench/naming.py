"""Names of levers, judged on faces that neither found nor named them."""

from __future__ import annotations

from dataclasses import dataclass

import latent_levers as ll
import torch
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.measures.attribute_network import bundled_reader
from latent_levers.core.measures.naming import lever_effect, name_levers
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes

FOUND, NAMED, JUDGED = (0, 8), (100, 16), (1000, 32)
"""First seed and number of the faces that find levers, name them, and judge the names."""

REGIONS = ("mouth", "brows", "nose", "hair", "eyes")
"""Regions whose levers are named."""


@dataclass(frozen=True)
class JudgedName:
    """A lever's name, and whether other faces agree."""

    region: str
    """Region of the lever."""
    index: int
    """Its number."""
    name: str
    """Empty where it was left unnamed."""
    attribute: str
    """The attribute with the largest share of its effect on the naming faces."""
    share: float
    """That share."""
    agreement: float
    """Share of the naming faces with the more common sign."""
    judged: float
    """Share of the judging faces on which + means more of the attribute."""

    def row(self) -> str:
        """The line of a table."""
        name = self.name or "-"
        numbers = f"{self.share:.2f} | {self.agreement:.0%} | {self.judged:.0%}"
        return f"| {self.region} {self.index} | {name} | {self.attribute} | {numbers} |"


def judge_names(
    regions: tuple[str, ...] = REGIONS, count: int = 4, truncation_psi: float = 0.7
) -> list[JudgedName]:
    """Find levers with ReSeFa in W, name them, and judge the names.

    Args:
        regions: Named regions of the bundled generator.
        count: Levers per region.
        truncation_psi: Of all faces.

    Returns:
        One entry per lever.
    """
    gan, reader = ll.load_generator("portraits"), bundled_reader()
    presets = presets_for(gan.details)
    found, naming, judging = (
        ll.sample_latents(gan, number, seed=seed, truncation_psi=truncation_psi)
        for seed, number in (FOUND, NAMED, JUDGED)
    )
    judged: list[JudgedName] = []
    for region in regions:
        mask = region_from_shapes(region, gan.spec.img_size, presets)
        levers: Directions = ll.resefa(gan, found, mask, count=count)
        levers = name_levers(gan, levers, naming, reader)
        for index, row in enumerate(levers.details["naming"]):
            effect = lever_effect(gan, levers, index, judging, reader)
            column = reader.index(row["attribute"])
            up = float((effect.shifts[:, column] > 0).double().mean())
            name = levers.names[index] if levers.names else ""
            facts = (row["attribute"], row["share"], row["agreement"], up)
            judged.append(JudgedName(region, index, name, *facts))
    return judged


if __name__ == "__main__":
    torch.set_num_threads(1)
    print("| lever | name | attribute | share | agreement | judged |")
    print("| --- | --- | --- | --- | --- | --- |")
    for entry in judge_names():
        print(entry.row())
