"""Names of levers: what a lever does most names it, mixed ones stay unnamed, + means more of it."""

from __future__ import annotations

from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.base.errors import PackError
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.measures.attribute_network import bundled_reader
from latent_levers.core.measures.naming import lever_effect, name_levers, naming_text, turned
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes

CACHE = ll.JacobianCache()
"""All regions share the Jacobians of the eight faces."""


@pytest.fixture(scope="module")
def gan() -> ll.Generator:
    """The bundled generator."""
    return ll.load_generator("portraits")


def found(gan: ll.Generator, part: str, count: int) -> Directions:
    """Levers of a region, found on eight faces."""
    region = region_from_shapes(part, gan.spec.img_size, presets_for(gan.details))
    options = ll.JacobianOptions(cache=CACHE)
    codes = ll.sample_latents(gan, 8, seed=0)
    return ll.resefa(gan, codes, region, count=count, effort=options)


@pytest.fixture(scope="module")
def mouth(gan: ll.Generator) -> Directions:
    """Two levers of the mouth."""
    return found(gan, "mouth", 2)


def test_levers_of_the_mouth_are_named_and_those_of_both_eyes_are_not(
    gan: ll.Generator, mouth: Directions
) -> None:
    """The first opens the mouth, the second makes it smile, on other faces too."""
    faces = ll.sample_latents(gan, 8, seed=100)
    named = name_levers(gan, mouth, faces)
    assert named.names == ("mouth openness", "smile")
    assert "mouth openness: named" in naming_text(named)
    reader, others = bundled_reader(), ll.sample_latents(gan, 8, seed=1000)
    for index, name in enumerate(named.names):
        effect = lever_effect(gan, named, index, others, reader)
        shifts = effect.shifts[:, reader.index(name.replace(" ", "_"))]
        assert (shifts > 0).double().mean() >= 0.9
    again = turned(named, [i for i, row in enumerate(named.details["naming"]) if row["turned"]])
    torch.testing.assert_close(again.vectors, mouth.vectors)
    eyes = name_levers(gan, found(gan, "eyes", 1), faces)
    assert eyes.names == ()
    assert not eyes.details["naming"][0]["named"]


def test_names_given_by_people_stay(gan: ll.Generator, mouth: Directions) -> None:
    """A named lever keeps its name and its sign; a repeated name is numbered."""
    faces = ll.sample_latents(gan, 3, seed=100)
    mine = replace(mouth.select([1, 1, 1]), names=("mine", "", ""))
    named = name_levers(gan, mine, faces)
    assert named.names == ("mine", "smile", "smile 2")
    torch.testing.assert_close(named.vectors[0], mouth.vectors[1])
    assert len(named.select([1]).details["naming"]) == 1


def test_turning_round_moves_ranges_and_thumbnails_along() -> None:
    """What was at the negative end is at the positive one."""
    levers = Directions(
        torch.eye(2, 3),
        torch.ones(2, dtype=torch.float64),
        ll.LatentSpace.W,
        2,
        ranges=torch.tensor([[-1.0, 3.0], [-2.0, 4.0]], dtype=torch.float64),
        thumbnails=torch.arange(24, dtype=torch.uint8).reshape(2, 2, 1, 2, 3),
    )
    other = turned(levers, [1])
    assert other.vectors.tolist() == [[1, 0, 0], [0, -1, 0]]
    assert other.ranges is not None
    assert other.ranges.tolist() == [[-1, 3], [-4, 2]]
    assert other.thumbnails is not None
    assert torch.equal(other.thumbnails[1], levers.thumbnails[1].flip(0))
    assert torch.equal(other.thumbnails[0], levers.thumbnails[0])


def test_other_generators_have_no_names() -> None:
    """The message says that nothing reads their pictures."""
    other = tiny()
    with pytest.raises(PackError, match="no network that reads attributes"):
        name_levers(other, ll.sefa(other), some_code(other))
