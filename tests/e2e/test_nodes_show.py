"""The nodes of `nodes/show` in a running ComfyUI."""

from __future__ import annotations

import itertools
import re
import time
from typing import Any

import numpy as np
import pytest
import torch
from api_graphs import Graph, draw, edit, message, node, pixels, start
from latent_levers.core.files.loading import load_generator
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents
from PIL import Image

pytestmark = pytest.mark.usefixtures("tiny_generators", "empty_cache")


def test_images_equal_those_of_the_library(server):
    """The numbers are the same inside inference mode and outside."""
    entry = server.run({**start(), "render": draw("latents")})
    gan = load_generator(server.base / "models" / "gan" / "tiny.safetensors")
    expected = render(gan, sample_latents(gan, 2)).clamp(-1, 1)
    for image, target in zip(server.images(entry)["render"], expected, strict=True):
        shown = torch.from_numpy(np.array(image.convert("RGB"))).movedim(2, 0)
        assert ((shown / 127.5 - 1) - target).abs().max() < 2.5 / 127.5


def test_scale_enlarges_images_and_previews_are_enlarged(server):
    entry = server.run({**start(), "render": draw("latents", 3), "auto": draw("latents", 0)})
    images = server.images(entry)
    assert images["render"][0].size == (96, 96)
    assert images["auto"][0].size == images["latents"][0].size == (256, 256)


def test_sweeps_make_pages_images_and_a_report(server):
    graph = {**start(), "region": node("RegionMask", shapes="mouth", gan=["gan", 0])}
    common = {
        "gan": ["gan", 0],
        "latents": ["latents", 0],
        "directions": ["sefa", 0],
        "index": 0,
        "steps": 3,
        "unit": "sigma",
        "layers": "auto",
        "scale": 0,
    }
    graph["first"] = node("GANSweep", **common, show="first levers", count=3, strength=0)
    graph["one"] = node(
        "GANSweep", **common, show="one lever", count=9, strength=1.5, mask=["region", 0]
    )
    graph["a"] = node("PreviewImage", images=["first", 1])
    graph["b"] = node("PreviewImage", images=["one", 1])
    entry = server.run(graph)
    images = server.images(entry)
    assert len(images["a"]) == 3 * 3
    assert len(images["b"]) == 2 * 3
    assert images["first"][0].width > 700
    text = entry["outputs"]["one"]["text"]
    assert text[0] == "The mask covers 3.5 % of the image."
    assert text[2].startswith("sefa 0 on seed 1 up to +1.5 sigma: mean squared change")


def test_pages_show_the_layers_of_levers(server):
    common = {
        **{"gan": ["gan", 0], "latents": ["latents", 0], "directions": ["sefa", 0]},
        **{"show": "first levers", "index": 0, "count": 2, "strength": 1, "steps": 3},
        **{"unit": "sigma", "layers": "auto", "scale": 1},
    }
    graph = {
        **start(),
        "labelled": node("GANSweep", **common),
        "bare": node("GANSweep", **common, tell_layers=False),
    }
    images = server.images(server.run(graph))
    labelled, bare = (np.asarray(images[name][0]).astype(int) for name in ("labelled", "bare"))
    assert labelled.shape[0] > bare.shape[0], "the caption explains the layers as well"


def compared(**changes: Any) -> Graph:
    """The images of two seeds before and after an edit."""
    return {**start(), "edit": edit(**changes), "a": draw("latents"), "b": draw("edit")}


def test_before_and_after_in_three_ways(server):
    graph = compared()
    graph["both"] = node(
        "GANBeforeAfter", before=["a", 0], after=["b", 0], show="split", position=0.5,
        before_label="then", after_label="now", scale=2,
    )  # fmt: skip
    for slot, name in enumerate(("pair", "split", "blink")):
        graph[name] = node("PreviewImage", images=["both", slot])
    entry = server.run(graph)
    pair, split, blink = (pixels(server, entry, name) for name in ("pair", "split", "blink"))
    assert (len(pair), len(split), len(blink)) == (2, 2, 4)
    assert pair[0].shape[1] > 2 * 64 == 2 * split[0].shape[1]
    assert np.abs(blink[2][:64] - pair[1][:64, :64]).max() <= 1
    assert np.abs(split[0][:24, :28] - blink[0][:24, :28]).max() <= 1, "left of the line"
    assert np.abs(split[0][:24, 36:] - blink[1][:24, 36:]).max() <= 1, "right of it"
    shown = pixels(server, entry, "both")
    assert np.array_equal(shown[0], split[0])
    graph["b"] = draw("edit", 2)
    assert "Render both with the same scale" in message(server, graph)


def test_difference_maps_show_their_scale_and_figures(server):
    graph = compared(strength=3.0)
    graph["region"] = node("RegionMask", shapes="mouth", gan=["gan", 0])
    common = {"before": ["a", 0], "after": ["b", 0], "full_scale": 0.0, "scale": 1}
    graph["map"] = node("GANDifferenceMap", **common, captioned=True, mask=["region", 0])
    graph["bare"] = node("GANDifferenceMap", **common, captioned=False)
    same = {**common, "after": ["a", 0]}
    graph["same"] = node("GANDifferenceMap", **same, captioned=False)
    graph["maps"] = node("PreviewImage", images=["map", 0])
    graph["plain"] = node("PreviewImage", images=["same", 0])
    graph["mask"] = node("MaskToImage", mask=["bare", 2])
    graph["numbers"] = node("PreviewImage", images=["mask", 0])
    entry = server.run(graph)
    covered, *text = entry["outputs"]["map"]["text"]
    assert covered == "The mask covers 3.5 % of the image."
    assert len(text) == 2
    figures = r"Mean change of pair 0: [\d.]+ inside, [\d.]+ outside: .+ inside\."
    assert re.fullmatch(figures, text[0])
    one, other = (pixels(server, entry, name) for name in ("a", "b"))
    numbers = pixels(server, entry, "numbers")[0][..., 0]
    assert np.abs(numbers - np.abs(one[0] - other[0]).mean(axis=2)).max() <= 2
    whole = float(entry["outputs"]["bare"]["text"][0].split(": ")[1].split()[0])
    assert whole == pytest.approx(numbers.mean() / 255, abs=0.01)
    assert pixels(server, entry, "maps")[0].shape[0] > 32, "with a legend and figures"
    (dark,) = {tuple(colour) for colour in pixels(server, entry, "plain")[0].reshape(-1, 3)}
    assert sum(dark) < 60, "without a change the map is dark"
    assert entry["outputs"]["same"]["text"][0] == "Mean change of pair 0: 0 over the whole picture."


def traverse(**changes: Any) -> dict[str, Any]:
    """GAN Traverse on the graph of `start`."""
    inputs = {
        **{"gan": ["gan", 0], "latents": ["latents", 0], "directions": ["sefa", 0]},
        **{"move": "levers", "indices": "0", "several": "in turn", "from_strength": -2.0},
        **{"to_strength": 2.0, "unit": "sigma", "layers": "auto", "frames": 4},
        **{"easing": "sine", "way": "there and back", "blend": "linear"},
        **{"arrange": "one after another", "gauge": False, "scale": 1, "fps": 10.0},
    }
    return node("GANTraverse", **{**inputs, **changes})


def test_traversals_loop_and_are_saved_by_comfyui(server):
    graph = {
        **start(batch_size=3),
        "film": traverse(),
        "images": traverse(move="images", way="round", gauge=True, easing="linear"),
        "grid": traverse(arrange="side by side", indices="0-1", several="together"),
        "high": edit(strength=2.0),
        "end": draw("high"),
        "frames": node("PreviewImage", images=["film", 0]),
        "walk": node("PreviewImage", images=["images", 0]),
        "all": node("PreviewImage", images=["grid", 0]),
        "again": node("GANRender", gan=["gan", 0], latents=["film", 1], noise="const", scale=1),
        "webp": node(
            "SaveAnimatedWEBP", images=["film", 0], filename_prefix="film", fps=["film", 2],
            lossless=True, quality=80, method="fastest",
        ),
    }  # fmt: skip
    del graph["images"]["inputs"]["directions"]
    entry = server.run(graph)
    frames = pixels(server, entry, "frames")
    assert len(frames) == 3 * 8
    assert np.abs(frames[4] - pixels(server, entry, "end")[0]).max() <= 1
    assert np.abs(frames[1] - frames[7]).max() <= 1, "the way back has the same frames"
    assert all(np.abs(one - two).max() > 1 for one, two in itertools.pairwise(frames[:8]))
    drawn = pixels(server, entry, "again")
    assert len(drawn) == min(len(frames), 16)
    assert all(np.abs(one - two).max() <= 1 for one, two in zip(drawn, frames, strict=False))
    assert len(pixels(server, entry, "walk")) == 12
    assert pixels(server, entry, "all")[0].shape == (32, 96, 3)
    (saved,) = (server.base / "output").glob("film_*.webp")
    with Image.open(saved) as film:
        assert film.n_frames == 24
        assert np.array_equal(np.asarray(film.convert("RGB")).astype(int), frames[0])
    assert entry["outputs"]["film"]["animated"] == [True]
    text = entry["outputs"]["film"]["text"]
    assert text == ["sefa 0: -2.0 to +2.0 sigma", "24 frames, 2.4 s at 10 fps."]


def test_errors_of_traversals(server):
    graph = {**start(batch_size=1), "film": traverse(move="images")}
    assert "a larger batch_size, or GAN Concatenate Latents" in message(server, graph)
    graph["film"] = traverse(to_strength=-2.0)
    assert "two different strengths" in message(server, graph)
    graph["film"] = traverse()
    del graph["film"]["inputs"]["directions"]
    assert "No levers are connected" in message(server, graph)
    graph["film"] = traverse(frames=10_000, move="levers", indices="0-2", scale=16)
    assert "smaller scale" in message(server, graph)


def test_cancelling_ends_a_traversal_within_a_chunk(server):
    graph = {**start(batch_size=8), "film": traverse(frames=5000)}
    prompt = server.queue(graph)
    while not server.get_json("/queue")["queue_running"]:
        time.sleep(0.1)
    time.sleep(3)
    server.post("/interrupt", {})
    begun = time.monotonic()
    entry = server.wait(prompt, 60)
    assert time.monotonic() - begun < 30
    assert "execution_interrupted" in [name for name, _ in entry["status"]["messages"]]


def test_a_report_judges_levers_at_an_equal_change(server):
    graph = {**start(batch_size=3), "region": node("RegionMask", shapes="mouth", gan=["gan", 0])}
    common = {
        **{"gan": ["gan", 0], "latents": ["latents", 0], "directions": ["sefa", 0]},
        **{"mask": ["region", 0], "index": 1, "target": 40.0, "sign": "easier"},
    }
    graph["alone"] = node("GANEditReport", **common)
    graph["two"] = node("GANEditReport", **common, directions_3=["sefa", 0])
    graph["table"] = node("PreviewAny", source=["two", 0])
    graph["curve"] = node("PreviewImage", images=["two", 2])
    entry = server.run(graph)
    images = server.images(entry)
    assert images["two"][0].width >= images["alone"][0].width > 400
    assert images["curve"][0].width >= 900, "a plot, or what to install"
    notes = entry["outputs"]["two"]["text"]
    assert notes[1].startswith("1: sefa 1 in W: ")
    assert notes[2].startswith("3: sefa 1 in W: ")
    assert "at 40 inside (median)" in notes[1]
    assert entry["outputs"]["alone"]["text"][1].startswith("sefa 1: ")
    (table,) = entry["outputs"]["table"]["text"]
    assert "| 3: sefa 1 in W | 0 |" in table
    assert "MSE inside / outside" in table


def test_a_report_needs_a_region_with_something_outside(server):
    graph = {**start(), "all": node("SolidMask", value=1.0, width=32, height=32)}
    graph["report"] = node(
        "GANEditReport",
        **{"gan": ["gan", 0], "latents": ["latents", 0], "directions": ["sefa", 0]},
        **{"mask": ["all", 0], "index": 0, "target": 32.0, "sign": "forwards"},
    )
    graph["sink"] = node("PreviewImage", images=["report", 1])
    assert "whole image" in message(server, graph)
