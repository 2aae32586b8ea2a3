"""The nodes of `nodes/edit` in a running ComfyUI."""

from __future__ import annotations

import numpy as np
import pytest
from api_graphs import draw, edit, message, node, start
from latent_levers.core.files.loading import untrained
from latent_levers.core.files.writing import save_generator
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings

pytestmark = pytest.mark.usefixtures("tiny_generators", "empty_cache")


def test_edits_chain_and_are_undone_by_the_opposite_edit(server):
    graph = {
        **start(),
        "there": edit(strength=2.0),
        "back": edit(latents=["there", 0], strength=-2.0),
        "a": draw("latents"),
        "b": draw("there"),
        "c": draw("back"),
    }
    images = server.images(server.run(graph))
    before, edited, after = (np.asarray(images[name][0]).astype(int) for name in "abc")
    assert np.abs(before - edited).max() > 8
    assert np.abs(before - after).max() <= 2


def test_another_generators_levers_are_used_with_a_warning(server):
    folder = server.base / "models" / "gan"
    settings = StyleGAN2Settings(16, 16, {4: 16, 8: 16, 16: 16, 32: 8}, mapping_widths=(16, 16))
    save_generator(untrained("stylegan2", settings, seed=1), folder / "other.safetensors")
    graph = {**start(), "other": node("LoadGAN", model="other.safetensors")}
    graph["sefa"]["inputs"]["gan"] = ["other", 0]
    entry = server.run({**graph, "edit": edit(), "draw": draw("edit")})
    assert "The levers are made for" in entry["outputs"]["edit"]["text"][0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"index": 9}, "Direction 9 was asked for. Expected a number from 0 to 2"),
        ({"layers": "0-99"}, "not layers of this generator"),
        ({"layers": "a"}, "cannot be read"),
    ],
)
def test_errors_of_edits(server, changes, words):
    graph = {**start(), "edit": edit(**changes), "draw": draw("edit")}
    assert words in message(server, graph)


def test_variations_have_captions(server):
    graph = start(batch_size=3)
    common = {
        "gan": ["gan", 0],
        "latents": ["latents", 0],
        "directions": ["sefa", 0],
        "seed": 5,
        "indices": "0-2",
        "strengths": "-2, 2",
        "unit": "sigma",
        "layers": "auto",
        "scale": 1,
    }
    graph["grid"] = node("GANVariations", **common, arrange="grid", count=100)
    graph["random"] = node("GANVariations", **common, arrange="random", count=7)
    graph["all"] = node("PreviewImage", images=["grid", 0])
    graph["some"] = node("PreviewImage", images=["random", 0])
    graph["words"] = node("PreviewAny", source=["random", 2])
    entry = server.run(graph)
    images = server.images(entry)
    assert len(images["all"]) == 3 * 3 * 2
    assert len(images["some"]) == 7
    captions = entry["outputs"]["words"]["text"][0].split("\n")
    assert len(captions) == 7
    assert captions[0].startswith("seed ")
    assert "sefa " in captions[0]


def test_captions_can_be_drawn_below_variations(server):
    graph = start()
    graph["vary"] = node(
        "GANVariations",
        gan=["gan", 0], latents=["latents", 0], directions=["sefa", 0], seed=5, indices="0-1",
        strengths="-2, 2", unit="sigma", layers="auto", scale=4, arrange="grid", count=100,
        captioned=True, columns=2, title="Two levers",
    )  # fmt: skip
    graph["a"] = node("PreviewImage", images=["vary", 0])
    images = server.images(server.run(graph))
    assert len(images["a"]) == 8
    assert images["a"][0].width == 128
    assert images["a"][0].height > 128 + 10
    sheet = images["vary"][0]
    assert sheet.height > 1.5 * sheet.width


def test_a_mask_at_hold_keeps_the_rest(server):
    """Less changes outside; the node says how much. Without a generator there is an error."""
    graph = start()
    mask = node("RegionMask", gan=["gan", 0], shapes='[{"box": [0, 0, 0.5, 0.5]}]')
    plain, held = edit(strength=1.0), edit(strength=1.0)
    held["inputs"] |= {"hold": ["mask", 0], "gan": ["gan", 0]}
    graph |= {"mask": mask, "plain": plain, "held": held}
    graph |= {"x": draw("latents"), "y": draw("plain"), "z": draw("held")}
    entry = server.run(graph)
    assert "Held all but the mask at hold" in "\n".join(entry["outputs"]["held"]["text"])
    images = server.images(entry)
    x, y, z = (np.asarray(images[name][0]).astype(float) for name in "xyz")
    half = slice(x.shape[0] // 2, None)
    assert ((z - x)[half] ** 2).mean() < ((y - x)[half] ** 2).mean()
    del held["inputs"]["gan"]
    assert "no generator at gan" in message(server, graph)
