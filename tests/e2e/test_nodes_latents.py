"""The nodes of `nodes/latents` in a running ComfyUI."""

from __future__ import annotations

import numpy as np
import pytest
from api_graphs import draw, edit, message, node, pixels, start

pytestmark = pytest.mark.usefixtures("tiny_generators", "empty_cache")


def test_a_generator_with_classes_needs_a_class(server):
    server.run({**start("classes.safetensors", class_index=2), "draw": draw("latents")})
    text = message(server, start("classes.safetensors"))
    assert "No label was given" in text
    assert "a class from 0 to 2" in text
    assert "Give a class with class_index" in text
    assert "Set class_index" in message(server, start(class_index=1))


def test_batches_are_split_and_concatenated(server):
    graph = start(batch_size=3)
    graph["last"] = node("GANLatentsFromBatch", latents=["latents", 0], batch_index=-1, length=1)
    graph["rest"] = node(
        "GANLatentsFromBatch", latents=["latents", 0], batch_index=0, length=9, gan=["gan", 0]
    )
    graph["edit"] = edit(layers="0-3")
    graph["all"] = node(
        "GANConcatenateLatents",
        gan=["gan", 0], first=["last", 0], second=["rest", 0], third=["edit", 0],
    )  # fmt: skip
    graph |= {"a": draw("latents"), "b": draw("all"), "c": draw("edit")}
    entry = server.run(graph)
    before, after, edited = (pixels(server, entry, name) for name in "abc")
    assert len(after) == 7
    assert len(server.images(entry)["rest"]) == 3
    expected = [before[2], *before, *edited]
    assert all(np.abs(x - y).max() <= 1 for x, y in zip(after, expected, strict=True))
    graph["last"]["inputs"]["batch_index"] = 3
    assert "Image 3 of a batch of 3" in message(server, graph)


@pytest.mark.parametrize("space", ["as they are", "Z"])
def test_blends_go_from_the_first_to_the_second(server, space):
    graph = start()
    graph["one"] = node("GANLatentsFromBatch", latents=["latents", 0], batch_index=0, length=1)
    graph["two"] = node("GANLatentsFromBatch", latents=["latents", 0], batch_index=1, length=1)
    graph["blend"] = node(
        "GANBlendLatents",
        gan=["gan", 0], first=["one", 0], second=["two", 0],
        amount=1.0, how="spherical", space=space, steps=3,
    )  # fmt: skip
    graph |= {"a": draw("latents"), "b": draw("blend")}
    entry = server.run(graph)
    ends, walk = pixels(server, entry, "a"), pixels(server, entry, "b")
    assert len(walk) == 3
    assert np.abs(walk[0] - ends[0]).max() <= 1
    assert np.abs(walk[2] - ends[1]).max() <= 1
    assert min(np.abs(walk[1] - end).max() for end in ends) > 4


def test_styles_are_mixed_truncated_and_averaged(server):
    graph = start()
    graph["two"] = node("GANLatentsFromBatch", latents=["latents", 0], batch_index=1, length=1)
    mix = {"gan": ["gan", 0], "content": ["latents", 0], "style": ["two", 0]}
    graph["none"] = node("GANMixStyles", **mix, layers="0-3", amount=0.0)
    graph["all"] = node("GANMixStyles", **mix, layers="all", amount=1.0)
    graph["some"] = node("GANMixStyles", **mix, layers="2-3", amount=1.0)
    graph["centre"] = node(
        "GANTruncateLatents", gan=["gan", 0], latents=["some", 0], truncation=0.0, layers="all"
    )
    graph["mean"] = node("GANAverageLatent", gan=["gan", 0], class_index=-1)
    graph["ours"] = node("GANAverageLatent", gan=["gan", 0], class_index=-1, latents=["two", 0])
    drawn = {"l": "latents", "n": "none", "a": "all", "s": "some", "c": "centre", "m": "mean"}
    graph |= {key: draw(name) for key, name in {**drawn, "o": "ours"}.items()}
    entry = server.run(graph)
    own = pixels(server, entry, "l")
    assert np.abs(pixels(server, entry, "n")[0] - own[0]).max() <= 1
    assert np.abs(pixels(server, entry, "a")[0] - own[1]).max() <= 1
    assert np.abs(pixels(server, entry, "s")[0] - own[0]).max() > 2
    assert np.abs(pixels(server, entry, "c")[1] - pixels(server, entry, "m")[0]).max() <= 1
    assert np.abs(pixels(server, entry, "o")[0] - own[1]).max() <= 1


def test_classes_are_interpolated(server):
    graph = start("classes.safetensors", class_index=0)
    graph["turn"] = node(
        "GANInterpolateClasses",
        gan=["gan", 0], latents=["latents", 0], first_class=0, second_class=2, steps=3,
    )  # fmt: skip
    graph["mean"] = node("GANAverageLatent", gan=["gan", 0], class_index=1)
    graph |= {"a": draw("turn"), "b": draw("latents"), "c": draw("mean")}
    entry = server.run(graph)
    walk = pixels(server, entry, "a")
    assert len(walk) == 6
    assert np.abs(walk[0] - pixels(server, entry, "b")[0]).max() <= 1
    graph["turn"]["inputs"]["second_class"] = 3
    assert "classes from 0 to 2" in message(server, graph)
    plain = {**start(), "turn": graph["turn"]}
    assert "generator without classes" in message(server, plain)


def test_the_nearest_seeds_are_found(server):
    graph = start()
    search = {"gan": ["gan", 0], "latents": ["latents", 0], "first_seed": 0, "tried": 2000}
    graph["near"] = node("GANNearestSeeds", **search, layers="all", compare="together", count=3)
    graph["each"] = node(
        "GANNearestSeeds", **search, layers="0-1", compare="each on its own", count=1
    )
    graph["words"] = node("PreviewAny", source=["near", 1])
    graph |= {"a": draw("near"), "b": draw("latents"), "c": draw("each")}
    entry = server.run(graph)
    lines = entry["outputs"]["words"]["text"][0].split("\n")
    assert [line.split(" (")[0] for line in lines] == [
        "code 0, layers all: seed 0", "code 1, layers all: seed 1",
    ]  # fmt: skip
    near, own, each = (pixels(server, entry, name) for name in "abc")
    assert len(near) == 6
    assert np.abs(near[3] - own[1]).max() <= 1
    assert np.abs(each[1] - own[1]).max() <= 1
