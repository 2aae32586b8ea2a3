"""The nodes of `nodes/files` in a running ComfyUI."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from api_graphs import draw, edit, message, node, pixels, save, start
from latent_levers.core.files.loading import load_generator
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.direction_loading import load_directions

pytestmark = pytest.mark.usefixtures("tiny_generators", "empty_cache")


def test_levers_are_saved_kept_and_reloaded(server):
    folder = server.base / "models" / "gan_directions"
    graph = {**start(), "save": save("sefa", "kept", "keep both")}
    graph["load"] = node("GANLoadDirections", saved="(newest)", file=["save", 0])
    graph["edit"] = edit(directions=["load", 0])
    graph["draw"] = draw("edit")
    entry = server.run(graph)
    assert "3 directions of sefa in W, layers all" in entry["outputs"]["load"]["text"][0]
    server.clear_cache()
    server.run(graph)  # saving the same levers again writes no second file
    assert not (folder / "kept_2.safetensors").exists()
    graph["sefa"]["inputs"]["layers"] = "0-1"
    server.run(graph)
    assert load_directions(folder / "kept.safetensors").layers is None
    assert load_directions(folder / "kept_2.safetensors").layers == (0, 1)
    newest = {**start(), "load": node("GANLoadDirections", saved="(newest)")}
    entry = server.run({**newest, "edit": edit(directions=["load", 0]), "draw": draw("edit")})
    assert entry["outputs"]["load"]["text"][0].startswith("kept_2.safetensors")


def test_directions_of_unknown_origin_are_placed_in_a_space(server):
    """Z and W both have size 16: the node reports its assumption and accepts a stated space."""
    folder = server.base / "models" / "gan_directions"
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "smile.npy", np.linspace(-1, 1, 16)[None])
    load = {"saved": "smile.npy", "gan": ["gan", 0]}
    graph = {**start(), "load": node("GANLoadDirections", **load)}
    graph = {**graph, "edit": edit(directions=["load", 0]), "draw": draw("edit")}
    text = server.run(graph)["outputs"]["load"]["text"]
    assert text[0] == "smile.npy: 1 direction of unknown origin in W, layers all"
    assert "W was assumed" in text[1]
    stated = dict(graph, load=node("GANLoadDirections", **load, space="Z", num_ws=8))
    entry = server.run(stated)
    assert "W was assumed" not in " ".join(entry["outputs"]["load"]["text"])
    assert "in Z" in entry["outputs"]["load"]["text"][0]
    wrong = dict(graph, load=node("GANLoadDirections", **load, num_ws=9))
    assert "9 layers were stated. Expected 8 layers" in message(server, wrong)
    alone = dict(graph, load=node("GANLoadDirections", saved="smile.npy", space="W"))
    assert "or use distance at unit" in message(server, alone)
    alone["edit"] = edit(directions=["load", 0], unit="distance")
    assert len(server.images(server.run(alone))["draw"]) == 2


def test_saved_levers_carry_names_pictures_ranges_and_compatibility(server):
    folder = server.base / "models" / "gan_directions"
    graph = start()
    graph["save"] = node(
        "GANSaveDirections",
        directions=["sefa", 0],
        name="named",
        existing="replace",
        names="smile, , age",
        gan=["gan", 0],
        latents=["latents", 0],
    )
    graph["load"] = node("GANLoadDirections", saved="(newest)", file=["save", 0], gan=["gan", 0])
    graph = {**graph, "edit": edit(directions=["load", 0]), "draw": draw("edit")}
    entry = server.run(graph)
    assert len(server.images(entry)["save"]) == len(server.images(entry)["load"]) == 3
    text = entry["outputs"]["load"]["text"]
    assert any(line.startswith("smile: -") and line.endswith("sigma") for line in text)
    assert "This file: made for this generator" in text
    assert "named.safetensors: made for this generator" in text
    assert any(line.startswith("example.safetensors: cannot be read") for line in text)
    saved = load_directions(folder / "named.safetensors")
    assert saved.names == ("smile", "", "age")
    assert saved.thumbnails is not None
    assert saved.details["generator"]["architecture"] == "stylegan2"
    graph["gan2"] = node("LoadGAN", model="classes.safetensors")
    graph["load"]["inputs"]["gan"] = ["gan2", 0]
    text = server.run(graph)["outputs"]["load"]["text"]
    assert "This file: does not fit (they are for 8 layers, it has 4)" in text
    graph["save"]["inputs"]["names"] = "a,b,c,d"
    assert "4 names were given for 3 directions" in message(server, graph)


def test_directions_are_saved_only_in_their_folder(server):
    for name in ("../../out", "", "/tmp/out"):
        text = message(server, {**start(), "save": save("sefa", name)})
        assert "Choose a name" in text
    assert not (server.base / "out.safetensors").exists()


def test_latents_are_saved_kept_and_loaded(server):
    folder = server.base / "models" / "gan_latents"
    graph = {**start(), "edit": edit(layers="0-1")}
    graph["save"] = node(
        "GANSaveLatents", latents=["edit", 0], name="faces/two", existing="keep both"
    )
    graph["load"] = node("GANLoadLatents", gan=["gan", 0], saved="(newest)", file=["save", 0])
    graph |= {"a": draw("edit"), "b": draw("load")}
    entry = server.run(graph)
    for one, other in zip(pixels(server, entry, "a"), pixels(server, entry, "b"), strict=True):
        assert np.array_equal(one, other)
    server.clear_cache()
    server.run(graph)  # saving the same latents again writes no second file
    assert [path.name for path in (folder / "faces").iterdir()] == ["two.safetensors"]
    graph["edit"]["inputs"]["strength"] = 1.0
    server.run(graph)
    assert (folder / "faces" / "two_2.safetensors").is_file()
    newest = {**start(), "load": node("GANLoadLatents", gan=["gan", 0], saved="(newest)")}
    text = server.run({**newest, "b": draw("load")})["outputs"]["load"]["text"]
    assert text == ["two_2.safetensors: 2 in W+"]
    missing = node("GANLoadLatents", gan=["gan", 0], saved="nowhere.npy")
    assert "gan_latents" in message(server, {"gan": newest["gan"], "load": missing})
    graph["save"]["inputs"]["name"] = "../../../out"
    assert "Choose a name such as my_latents" in message(server, graph)


def test_a_generator_is_saved_and_loaded_again(server):
    folder = server.base / "models" / "gan"
    inputs = {"gan": ["gan", 0], "name": "copy", "existing": "keep both", "licence": "CC0-1.0"}
    full = node("GANSaveModel", **inputs, precision="full")
    graph = {"gan": node("LoadGAN", model="tiny.safetensors"), "save": full}
    assert "models/gan/copy.safetensors" in server.run(graph)["outputs"]["save"]["text"][0]
    server.clear_cache()
    server.run(graph)  # saving the same generator again writes no second file
    assert not (folder / "copy_2.safetensors").exists()
    graph["save"] = node("GANSaveModel", **inputs, precision="half")
    server.run(graph)
    whole, half = (load_generator(folder / f"copy{n}.safetensors") for n in ("", "_2"))
    assert whole.details["licence"] == half.details["licence"] == "CC0-1.0"
    source = load_generator(folder / "tiny.safetensors")
    images = [render(gan, sample_latents(gan, 2)) for gan in (source, whole, half)]
    torch.testing.assert_close(images[1], images[0], atol=1e-6, rtol=1e-6)
    assert 0 < (images[2] - images[0]).abs().max() < 0.01 * float(images[0].max() - images[0].min())
    graph["save"] = node(
        "GANSaveModel", **{**inputs, "name": "tiny", "existing": "replace"}, precision="full"
    )
    assert "is the file that this generator was loaded from" in message(server, graph)
    graph["save"] = node("GANSaveModel", **{**inputs, "name": "../../tiny"}, precision="full")
    assert "Choose a name such as my_generator" in message(server, graph)
