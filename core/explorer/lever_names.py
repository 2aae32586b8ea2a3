"""Suggested names of levers, with a sign that means more: fast enough for a page that waits.

A few faces, each pulled two standard deviations of random codes both ways, are read by the
attribute network; `measures.naming` does the same with more care, by a strength for each face.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, concatenate
from ..edits.editing import edit
from ..generators.rendering import render
from ..latents.sampling import map_codes, sample_latents
from ..measures.attribute_network import reader_for
from ..measures.naming import LeverEffect, attribute_of

OTHER_FACES, FIRST_SEED, TRUNCATION = 2, 100, 0.7
"""The faces besides the one that is shown: of seeds 100 and 101."""

PULLED = 2.0
"""Standard deviations of random codes by which the faces are pulled."""

LEAST_SHARE = 0.25
"""Smallest share of an attribute in the effect of a lever that gets its name."""

NAMED = 4
"""Most levers that get a name: as many as a page shows at first."""


@dataclass(frozen=True)
class Suggestion:
    """A name for a lever."""

    name: str
    """The attribute that it moves most, as words; empty where no name fits."""
    turned: bool
    """Whether a pull of + means less of it, so that the lever should be turned round."""


def suggest_names(
    gan: Generator,
    code: LatentCode,
    levers: Directions,
) -> list[Suggestion]:
    """Suggest names for the first levers that have none.

    Args:
        gan: The generator.
        code: The face that is shown, one code in its native space.
        levers: K levers.

    Returns:
        One per lever. A name is suggested where all faces agree on the sign of the attribute that
        moves most; none for generators whose attributes no network reads.
    """
    none = [Suggestion("", turned=False)] * len(levers)
    reader = reader_for(gan)
    if reader is None or code.space is LatentSpace.S or levers.space is LatentSpace.S:
        return none
    rows = [row for row in range(len(levers)) if not (levers.names and levers.names[row])][:NAMED]
    if not rows:
        return none
    others = sample_latents(gan, OTHER_FACES, FIRST_SEED, TRUNCATION)
    others = map_codes(gan, others, code.space) if others.space is not code.space else others
    strengths = [
        PULLED * (1.0 if levers.sigma is None else float(levers.sigma[row])) for row in rows
    ]
    parts: list[Tensor] = []
    for faces in (code, others):  # codes of files and of photographs are of another kind
        pulled = [
            edit(faces, levers, row, sign * strength, "distance")
            for row, strength in zip(rows, strengths, strict=True)
            for sign in (-1, 1)
        ]
        images = render(gan, concatenate(pulled)).to(reader.mean.device)
        scores = reader.scores(images).to("cpu").double()
        parts.append(scores.reshape(len(rows), 2, len(faces), -1))
    both = torch.cat(parts, dim=2)  # [rows, ends, faces, attributes]
    shifts = (both[:, 1] - both[:, 0]) / 2
    found = list(none)
    taken = {name for name in levers.names if name}
    for place, row in enumerate(rows):
        effect = LeverEffect(shifts[place], torch.full((both.shape[2],), strengths[place]))
        attribute, share, up = attribute_of(effect, reader)
        if share < LEAST_SHARE or 0 < up < 1:
            continue
        name = _free(attribute.replace("_", " "), taken)
        taken.add(name)
        found[row] = Suggestion(name, turned=up == 0)
    return found


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where another lever has it already."""
    numbered = (name if number == 1 else f"{name} {number}" for number in range(1, len(taken) + 2))
    return next(each for each in numbered if each not in taken)
