"""The graph inside of a picture names what exists; e2e tests run it in ComfyUI."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
import torch
from batch_plans import plan_for
from cases import tiny
from latent_levers.core.batch.drawing import Drawer
from latent_levers.core.batch.entries import ImageEntry, PullEntry
from latent_levers.core.batch.graphs.embedded_graph import (
    LARGEST_PSI,
    LARGEST_ROW,
    LARGEST_SCALE,
    build_graph,
    graph_chunks,
)
from latent_levers.core.batch.graphs.graph_edits import LARGEST_STRENGTH
from latent_levers.core.batch.graphs.picture_recipe import PictureRecipe, base_name
from latent_levers.core.batch.plan import Plan
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.edits.combining import add_levers
from latent_levers.core.edits.editing import edit
from latent_levers.core.edits.units import unit_distance
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.factorization import sefa
from PIL import Image
from workflow_checks import check_graph, check_links, check_sockets, check_widgets, input_of, sent

ONE = PictureRecipe("portraits", ((2, -1.25),), "/home/me/out/mouth.safetensors", seed=7)
THREE = replace(ONE, pulls=((0, 1.0), (3, -0.5), (1, 2.125)), caption="seed 7, smile +1.0")
STORED = replace(ONE, latents=r"C:\photos\ada.npz", latents_space="W+", row=3)

RECIPES = {
    "one": ONE,
    "far": replace(ONE, pulls=((0, 2.0), (2, -1500.0)), layers="0-3"),
    "three": THREE,
    "many": replace(ONE, pulls=tuple((n, 1.0) for n in range(7))),
    "none": replace(ONE, pulls=()),
    "settings": replace(
        *(ONE,), truncation=0.5, truncation_cutoff=4, label=2, noise="random", unit="distance",
        layers="0-3", rotation=12.5, translation=(0.25, -0.5), scale=4,
    ),
    "stored": STORED,
    "file": replace(ONE, generator="/models/me.pkl", options=("base=/models/x.pkl", "c_dim=0")),
    "held": replace(ONE, hold='mouth, [{"box": [0, 0, 0.5, 0.5]}]'),
    "held together": replace(THREE, hold="mouth"),
    "guarded": replace(ONE, guard="shorten"),
    "guarded together": replace(THREE, guard="refuse", unit="distance"),
}  # fmt: skip

of_recipes = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES.keys())


def inputs(recipe: PictureRecipe, kind: str) -> list[dict[str, Any]]:
    """Inputs of all nodes of a type."""
    nodes = build_graph(recipe).prompt().values()
    return [node["inputs"] for node in nodes if node["class_type"] == kind]


def words(recipe: PictureRecipe) -> str:
    """The text of the note."""
    nodes = build_graph(recipe).workflow()["nodes"]
    (note,) = [node for node in nodes if node["type"] == "MarkdownNote"]
    return note["widgets_values"][0]


@of_recipes
def test_graph_names_what_exists(recipe: PictureRecipe):
    chunks = graph_chunks(recipe)
    assert all(text.isascii() for text in chunks.values())
    workflow, prompt = (json.loads(chunks[name]) for name in ("workflow", "prompt"))
    check_widgets(workflow)
    check_sockets(workflow)
    check_links(workflow)
    check_graph(prompt)
    assert sent(workflow) == prompt


@of_recipes
def test_no_two_nodes_overlap(recipe: PictureRecipe):
    nodes = build_graph(recipe).workflow()["nodes"]
    boxes = [(*node["pos"], *node["size"]) for node in nodes]
    for number, (left, top, wide, high) in enumerate(boxes):
        for other_left, other_top, other_wide, other_high in boxes[:number]:
            beside = left >= other_left + other_wide or other_left >= left + wide
            assert beside or top - 40 >= other_top + other_high or other_top - 40 >= top + high


@of_recipes
def test_the_same_recipe_gives_the_same_text(recipe: PictureRecipe):
    assert graph_chunks(recipe) == graph_chunks(recipe)


def test_pulls_follow_one_another():
    graph = build_graph(THREE).prompt()
    edits = [node["inputs"] for node in graph.values() if node["class_type"] == "LatentEdit"]
    assert [(edit["index"], edit["strength"]) for edit in edits] == list(THREE.pulls)
    before = [graph[edit["latents"][0]]["class_type"] for edit in edits]
    assert before == ["GANSampleLatents", "LatentEdit", "LatentEdit"]


def test_holds_and_guards_act_after_all_pulls():
    (edit,) = inputs(RECIPES["held together"], "LatentEdit")
    (combined,) = inputs(RECIPES["held together"], "GANCombineDirections")
    assert (combined["indices"], combined["strengths"]) == ("0, 3, 1", "1.0, -0.5, 2.125")
    assert isinstance(edit["strength"], list)
    assert len(inputs(RECIPES["guarded together"], "LatentEdit")) == 1
    layered = replace(RECIPES["held together"], layers="0-3")
    assert "Layers 0-3 were changed by each lever" in words(layered)


@pytest.mark.parametrize("more", [{}, {"hold": "mouth"}, {"guard": "shorten"}, {"layers": "0-3"}])
def test_strengths_that_cannot_be_typed_come_by_wire(more: dict[str, Any]):
    """ComfyUI compares typed strengths with the limit, and none that comes from another node."""
    recipe = replace(ONE, pulls=((2, -1500.0),), **more)
    graph = build_graph(recipe).prompt()
    (edit,) = inputs(recipe, "LatentEdit")
    source, output = edit["strength"]
    assert (graph[source]["class_type"], output) == ("GANCombineDirections", 1)
    assert edit["directions"] == [source, 0]
    combined = graph[source]["inputs"]
    assert (combined["how"], combined["indices"], combined["strengths"]) == ("sum", "2", "-1500.0")
    assert combined["unit"] == edit["unit"]
    assert "strengths up to" not in words(recipe)
    assert "changed by each lever" not in words(recipe)


def test_a_sum_of_one_lever_pulls_as_far_as_the_lever():
    gan = tiny()
    levers = sefa(gan, count=3)
    codes = sample_latents(gan, 1, 7)
    made, distance = add_levers([(levers, 2, -1500.0)], gan=gan)
    strength = distance / unit_distance(made, 0, "sigma")
    found, wanted = edit(codes, made, 0, strength), edit(codes, levers, 2, -1500.0)
    torch.testing.assert_close(found.values, wanted.values, rtol=1e-5, atol=1e-3)


def test_a_cutoff_truncates_the_first_layers():
    (sampled,) = inputs(RECIPES["settings"], "GANSampleLatents")
    (truncated,) = inputs(RECIPES["settings"], "GANTruncateLatents")
    assert sampled["truncation"] == 1.0
    assert (truncated["truncation"], truncated["layers"]) == (0.5, "0-3")
    none = replace(ONE, truncation_cutoff=0)
    assert inputs(none, "GANSampleLatents")[0]["truncation"] == 1.0
    assert inputs(none, "GANTruncateLatents") == []


def test_files_are_named_without_their_folders_and_the_note_says_where_they_belong():
    assert inputs(STORED, "GANLoadLatents")[0]["saved"] == "ada.npz"
    assert inputs(STORED, "GANLatentsFromBatch")[0]["batch_index"] == 3
    for part in ("/home/me", "C:"):
        assert part not in "".join(graph_chunks(STORED).values())
    assert r"- **mouth.safetensors** in models/gan\_directions" in words(STORED)
    assert r"- **ada.npz** in models/gan\_latents" in words(STORED)
    (loaded,) = inputs(RECIPES["file"], "LoadGAN")
    assert loaded == {"model": "me.pkl", "options": "base=x.pkl, c_dim=0"}
    assert "- **x.pkl** in models/gan" in words(RECIPES["file"])


def test_only_the_last_part_of_a_path_stays():
    for path in ("a/b/c.npy", r"a\b\c.npy", r"C:\b/c.npy", "c.npy"):
        assert base_name(path) == "c.npy"


def test_names_of_strangers_mean_themselves_in_the_note():
    odd = replace(ONE, levers="a_b*<img src=x>.npy", caption="seed 7, [x](y)\n# big")
    assert r"**a\_b\*\<img src=x\>.npy**" in words(odd)
    assert r"*seed 7, \[x\](y) \# big*" in words(odd)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hold": "mouth"}, "about one grey level"),
        ({"hold": "mouth", "composite": True}, "which no node does"),
        ({"hold": "mouth", "noise": "none"}, "held with the noise none"),
        ({"hold": "b/mask.png"}, "reads the red of mask.png"),
        ({"truncation": 3.0}, "a truncation up to 2; it was 3"),
        ({"scale": 17}, "up to 16 times"),
        ({"latents": "a.npz", "row": 4096}, "rows up to 4,095"),
    ],
)
def test_what_no_node_does_is_said(changes: dict[str, Any], said: str):
    assert said in words(replace(ONE, **changes))
    assert "does not say" not in words(ONE)


def test_the_limits_are_those_of_the_nodes():
    assert input_of("LatentEdit", "strength")["max"] == LARGEST_STRENGTH
    assert input_of("GANSampleLatents", "truncation")["max"] == LARGEST_PSI
    assert input_of("GANRender", "scale")["max"] == LARGEST_SCALE
    assert input_of("GANLatentsFromBatch", "batch_index")["max"] == LARGEST_ROW


def encoded(plan: Plan, gan: Generator, levers: Directions, **given: Any) -> dict[str, Any]:
    """What the file of the second row of a plan says."""
    drawer = Drawer(plan, gan, levers, **given)
    (row,) = drawer.draw([1])
    with Image.open(io.BytesIO(drawer.encode(row))) as image:
        return dict(image.info)


def test_a_png_of_a_plan_holds_its_own_graph():
    gan = tiny()
    levers = sefa(gan, count=3)
    plan = plan_for(gan, levers, "random", 9)
    plan = replace(plan, pull=PullEntry(layers="0-1"), image=ImageEntry(scale=2))
    said = encoded(plan, gan, levers)
    assert said["caption"] == plan[1].caption
    prompt = json.loads(said["prompt"])
    found = {node["class_type"]: node["inputs"] for node in prompt.values()}
    assert found["LoadGAN"]["model"] == "tiny.safetensors"
    assert found["GANSampleLatents"]["seed"] == plan[1].seed
    edits = [node["inputs"] for node in prompt.values() if node["class_type"] == "LatentEdit"]
    assert [(edit["index"], edit["strength"]) for edit in edits] == list(plan[1].pulls)
    assert {edit["layers"] for edit in edits} == {"0-1"}
    assert found["GANRender"]["scale"] == 2
    check_links(json.loads(said["workflow"]))
    own = encoded(plan, gan, levers, graph={"prompt": "{}"})
    assert own["prompt"] == "{}"
    assert "workflow" not in own
