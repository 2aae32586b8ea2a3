"""Graphs from a template are those that are built one by one."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from latent_levers.core.batch.graphs import graph_writer
from latent_levers.core.batch.graphs.embedded_graph import graph_chunks
from latent_levers.core.batch.graphs.graph_writer import GraphWriter
from latent_levers.core.batch.graphs.picture_recipe import PictureRecipe

KINDS = {
    "plain": {},
    "held": {"hold": "mouth"},
    "guarded": {"guard": "shorten"},
    "stored": {"latents": "ada.npz"},
    "named like a stand-in": {"levers": "captionofthispicture.safetensors"},
    "a lever of that number": {"levers": "61803398800000.safetensors"},
}


def recipes(settings: dict[str, object], count: int) -> list[PictureRecipe]:
    """Pictures of one plan."""
    draw = random.Random(0)
    found: list[PictureRecipe] = []
    for number in range(count):
        pulls = tuple(
            (draw.randrange(12), draw.choice([0.0, -0.0, 1e-7, 3.0, draw.gauss(0, 300)]))
            for _ in range(draw.randrange(5))
        )
        caption = draw.choice(["", 'a "b" \\ *c*', f"seed {number}, smile +1.0", "größer"])
        seed = draw.choice([None, 0, 7, 2**63 - 1, 5772156649015])
        one = PictureRecipe("portraits", pulls, "mouth.safetensors", seed=seed, caption=caption)
        found.append(replace(one, row=draw.randrange(3), **settings))
    return found


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS.keys())
def test_each_graph_is_as_if_built_alone(settings: dict[str, object]) -> None:
    writer = GraphWriter()
    for recipe in recipes(settings, 120):
        assert writer.chunks(recipe) == graph_chunks(recipe)


@pytest.mark.parametrize(("name", "values"), [
    ("captionofthispicture", {"caption": "captionofthispicture"}),
    ("5772156649015", {"seed": 5772156649015}),
    ("61803398800000", {"pulls": ((61803398800000, 1.0),)}),
    ("271.828182000001", {"pulls": ((0, 271.828182000001),)}),
])  # fmt: skip
def test_a_picture_whose_values_are_stand_ins_teaches_nothing(
    name: str, values: dict[str, object]
) -> None:
    """Since in its graph a file of that name would pass for the value."""
    file = f"{name}.safetensors"
    plain = PictureRecipe("portraits", ((3, 1.0),), file, seed=7, caption="smile")
    writer = GraphWriter()
    for recipe in (replace(plain, **values), plain):
        assert writer.chunks(recipe) == graph_chunks(recipe)


def test_a_file_may_have_the_name_of_a_stand_in_that_no_picture_has() -> None:
    recipe = PictureRecipe("portraits", ((3, 1.0),), "61803398899999.safetensors", seed=7)
    assert GraphWriter().chunks(recipe) == graph_chunks(recipe)


def test_pictures_of_one_kind_are_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[PictureRecipe] = []

    def counting(recipe: PictureRecipe) -> dict[str, str]:
        built.append(recipe)
        return graph_chunks(recipe)

    monkeypatch.setattr(graph_writer, "graph_chunks", counting)
    writer = GraphWriter()
    for number in range(50):
        writer.chunks(PictureRecipe("portraits", ((number, 1.5),), "a.safetensors", seed=number))
    assert len(built) == 2
    writer.chunks(PictureRecipe("portraits", ((0, 1001.0),), "a.safetensors", seed=1))
    assert len(built) == 3, "a strength that no node takes is remarked on"


def test_templates_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_writer, "_MOST_TEMPLATES", 2)
    writer = GraphWriter()
    stored = [
        PictureRecipe("portraits", ((0, 1.0),), "a.safetensors", latents="a.npz", row=row)
        for row in range(5)
    ]
    for recipe in (*stored, *stored):
        assert writer.chunks(recipe) == graph_chunks(recipe)
    assert len(writer._templates) == 2
