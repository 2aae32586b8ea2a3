"""What the nodes do and say, in a running ComfyUI."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import time
import urllib.request
from typing import Any

import numpy as np
import pytest
import torch
from comfy_server import ComfyServer, WorkflowError
from latent_levers.core.files.loading import load_generator, untrained
from latent_levers.core.files.writing import save_generator
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.direction_loading import load_directions
from latent_levers.core.levers.factorization import resefa as find_levers
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes
from PIL import Image

Graph = dict[str, dict[str, Any]]


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    """One node in API format."""
    return {"class_type": kind, "inputs": inputs}


def start(model: str = "tiny.safetensors", class_index: int = -1, batch_size: int = 2) -> Graph:
    """A generator, some latents and a few global levers."""
    return {
        "gan": node("LoadGAN", model=model),
        "latents": node(
            "GANSampleLatents",
            gan=["gan", 0],
            seed=0,
            batch_size=batch_size,
            truncation=0.7,
            class_index=class_index,
        ),
        "sefa": node("SeFaFactorize", gan=["gan", 0], count=3, layers="all"),
    }


def resefa(mask: list[Any], **changes: Any) -> dict[str, Any]:
    """ReSeFa on the graph of `start`."""
    inputs = {
        "gan": ["gan", 0],
        "latents": ["latents", 0],
        "mask": mask,
        "count": 2,
        "space": "W",
        "layers": "auto",
        "shrinkage": 0.001,
        "shrinkage_by": "trace",
        "mode": "exact",
    }
    return node("ReSeFaFactorize", **{**inputs, **changes})


def save(directions: str, name: str, existing: str = "replace") -> dict[str, Any]:
    """An output node, so that what comes before is run."""
    return node("GANSaveDirections", directions=[directions, 0], name=name, existing=existing)


def edit(**changes: Any) -> dict[str, Any]:
    """Latent Edit on the graph of `start`."""
    inputs = {
        "latents": ["latents", 0],
        "directions": ["sefa", 0],
        "index": 0,
        "strength": 2.0,
        "unit": "sigma",
        "layers": "auto",
    }
    return node("LatentEdit", **{**inputs, **changes})


def draw(latents: str, scale: int = 1) -> dict[str, Any]:
    """GAN Render of latents."""
    return node("GANRender", gan=["gan", 0], latents=[latents, 0], noise="const", scale=scale)


@pytest.fixture(scope="module", autouse=True)
def _generators(server: ComfyServer) -> None:
    """Two tiny generators in models/gan: one plain, one with three classes."""
    settings = StyleGAN2Settings(16, 16, {4: 16, 8: 16, 16: 16, 32: 8}, mapping_widths=(16, 16))
    folder = server.base / "models" / "gan"
    save_generator(untrained("stylegan2", settings), folder / "tiny.safetensors")
    classes = StyleGAN2Settings(
        16, 16, {4: 16, 8: 16}, c_dim=3, embed_features=16, mapping_widths=(16, 16)
    )
    save_generator(untrained("stylegan2", classes), folder / "classes.safetensors")


@pytest.fixture(autouse=True)
def _nothing_kept(server: ComfyServer) -> None:
    """What ComfyUI keeps from the test before would not be run, and not be shown."""
    server.forget()


def message(server: ComfyServer, graph: Graph) -> str:
    """What ComfyUI says when a graph fails, or is refused."""
    with pytest.raises(WorkflowError) as caught:
        server.run(graph)
    return str(caught.value)


def test_images_are_those_of_the_library(server):
    """The same numbers inside inference mode and outside."""
    entry = server.run({**start(), "render": draw("latents")})
    gan = load_generator(server.base / "models" / "gan" / "tiny.safetensors")
    expected = render(gan, sample_latents(gan, 2)).clamp(-1, 1)
    for image, wanted in zip(server.images(entry)["render"], expected, strict=True):
        shown = torch.from_numpy(np.array(image.convert("RGB"))).movedim(2, 0)
        assert ((shown / 127.5 - 1) - wanted).abs().max() < 2.5 / 127.5


def test_scale_enlarges_and_previews_are_large(server):
    entry = server.run({**start(), "render": draw("latents", 3), "auto": draw("latents", 0)})
    images = server.images(entry)
    assert images["render"][0].size == (96, 96)
    assert images["auto"][0].size == images["latents"][0].size == (256, 256)


def test_edits_chain_and_leave_what_they_start_from(server):
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


def test_a_mask_of_another_size_is_resampled_and_the_node_says_so(server):
    graph = {
        **start(),
        "part": node("SolidMask", value=1.0, width=100, height=100),
        "whole": node("SolidMask", value=0.0, width=512, height=512),
        "mask": node(
            "MaskComposite",
            destination=["whole", 0],
            source=["part", 0],
            x=200,
            y=300,
            operation="add",
        ),
        "resefa": resefa(["mask", 0]),
        "save": save("resefa", "resampled"),
    }
    entry = server.run(graph)
    said = " ".join(entry["outputs"]["resefa"]["text"])
    assert "The mask was resampled from 512 x 512 to 32 x 32 pixels" in said
    assert len(server.images(entry)["resefa"]) == 2
    levers = load_directions(server.base / "models" / "gan_directions" / "resampled.safetensors")
    assert levers.vectors.shape == (2, 16)


@pytest.mark.parametrize("space", ["W+", "Z"])
def test_resefa_in_other_spaces(server, space):
    region = node("RegionMask", shapes="mouth, nose", gan=["gan", 0])
    graph = {**start(), "region": region, "resefa": resefa(["region", 0], space=space)}
    entry = server.run({**graph, "edit": edit(directions=["resefa", 0]), "draw": draw("edit")})
    assert len(server.images(entry)["draw"]) == 2


def told(entry: dict[str, Any]) -> list[str]:
    """What ReSeFaFactorize says on itself."""
    return entry["outputs"]["resefa"]["text"]


def test_resefa_tells_what_it_found(server):
    region = node("RegionMask", shapes="mouth", gan=["gan", 0])
    graph = {**start(batch_size=4), "region": region, "save": save("resefa", "told")}
    said = told(server.run({**graph, "resefa": resefa(["region", 0])}))
    assert said[0].startswith("2 of 2 directions")
    assert re.fullmatch(r"resefa 0: eigenvalue [0-9.e+-]+, lives in layers [-,0-9al]+", said[1])
    assert said[3].startswith("Halves of the codes ")
    assert re.fullmatch(r"Measured at 4 images in [0-9.]+ seconds\.", said[4])
    levers = load_directions(server.base / "models" / "gan_directions" / "told.safetensors")
    assert levers.details["lives_in"][0] == said[1].split()[-1]
    server.forget()
    quiet = resefa(["region", 0], tell_layers=False, average_by="trace", precision="fast")
    said = told(server.run({**graph, "resefa": quiet}))
    assert "lives in" not in said[1]
    other = load_directions(server.base / "models" / "gan_directions" / "told.safetensors")
    assert other.details["average_by"] == "trace"
    assert other.details["precision"] == "fast"
    assert other.details["corrections"] >= 1


@pytest.mark.parametrize("space", ["W", "W+", "S"])
def test_another_region_is_not_differentiated_again(server, space):
    """Moving a box, more latents, and what ComfyUI takes back."""

    def find(shapes: str, batch_size: int = 2) -> list[str]:
        region = node("RegionMask", shapes=shapes, gan=["gan", 0])
        found = resefa(["region", 0], space=space)
        graph = {**start(batch_size=batch_size), "region": region, "resefa": found}
        return told(server.run({**graph, "save": save("resefa", "moved")}))

    assert "differentiated before" not in find("mouth")[-1]
    assert find("nose")[-1].endswith("; 2 of them had been differentiated before.")
    assert find("nose", 3)[-1].endswith("; 2 of them had been differentiated before.")
    find("nose")
    levers = load_directions(server.base / "models" / "gan_directions" / "moved.safetensors")
    gan = load_generator(server.base / "models" / "gan" / "tiny.safetensors")
    region = region_from_shapes("nose", gan.spec.img_size, presets_for(gan.details))
    fresh = find_levers(gan, sample_latents(gan, 2), region, space=space, count=2)
    torch.testing.assert_close(levers.vectors, fresh.vectors, atol=1e-4, rtol=0)
    server.forget()  # ComfyUI takes the generator off its device
    assert "differentiated before" not in find("nose")[-1]


def test_a_mask_per_latent_and_a_mask_too_many(server):
    masks = {
        name: node("RegionMask", shapes=name, gan=["gan", 0]) for name in ("mouth", "nose", "chin")
    }
    two = node("MaskToImage", mask=["mouth", 0])
    other = node("MaskToImage", mask=["nose", 0])
    third = node("MaskToImage", mask=["chin", 0])
    batch = node("ImageBatch", image1=["i1", 0], image2=["i2", 0])
    mask = node("ImageToMask", image=["batch", 0], channel="red")
    graph = {**start(), **masks, "i1": two, "i2": other, "batch": batch, "mask": mask}
    graph = {**graph, "resefa": resefa(["mask", 0]), "save": save("resefa", "batch")}
    server.run(graph)
    more = node("ImageBatch", image1=["batch", 0], image2=["i3", 0])
    graph = {**graph, "i3": third, "more": more}
    graph["mask"] = node("ImageToMask", image=["more", 0], channel="red")
    assert "holds 3 masks. Expected 1, or 2, one per code" in message(server, graph)


def test_an_incoming_mask_joins_the_shapes(server):
    graph = {
        "solid": node("SolidMask", value=1.0, width=16, height=16),
        "none": node("SolidMask", value=0.0, width=64, height=64),
        "joined": node("RegionMask", shapes="[]", mask=["solid", 0]),
        "shapes": node("RegionMask", shapes="mouth", mask=["none", 0]),
    }
    for name in ("joined", "shapes"):
        graph[f"{name} image"] = node("MaskToImage", mask=[name, 0])
        graph[f"{name} shown"] = node("PreviewImage", images=[f"{name} image", 0])
    images = server.images(server.run(graph))
    assert np.asarray(images["joined shown"][0]).min() == 255
    mouth = np.asarray(images["shapes shown"][0].convert("L"))
    assert mouth.shape == (64, 64)
    assert 0 < (mouth > 0).sum() < 200


def test_a_region_tells_the_page_what_to_draw_on(server):
    graph = {
        **start(),
        "solid": node("SolidMask", value=1.0, width=32, height=32),
        "own": node("RegionMask", shapes="mouth", gan=["gan", 0]),
        "alone": node("RegionMask", shapes="mouth", mask=["solid", 0]),
    }
    outputs = server.run(graph)["outputs"]
    own, alone = (json.loads(outputs[name]["region"][0]) for name in ("own", "alone"))
    width, height = server.images({"outputs": {"own": {"images": [own["picture"]]}}})["own"][0].size
    assert width * own["size"][0] == height * own["size"][1]
    assert not own["mask"]
    assert set(own["presets"]) >= {"mouth", "left_eye"}
    assert alone["size"] == [32, 32]
    assert not alone["picture"]
    (mask,) = server.images({"outputs": {"alone": {"images": [alone["mask"]]}}})["alone"]
    assert np.asarray(mask).min() == 255


def test_variations_are_many_and_named(server):
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


def test_sweeps_give_pages_pictures_and_a_report(server):
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
    said = entry["outputs"]["one"]["text"]
    assert said[1].startswith("sefa 0 on seed 1 up to +1.5 sigma: mean squared change")


def test_pages_tell_where_levers_live(server):
    common = {
        **{"gan": ["gan", 0], "latents": ["latents", 0], "directions": ["sefa", 0]},
        **{"show": "first levers", "index": 0, "count": 2, "strength": 1, "steps": 3},
        **{"unit": "sigma", "layers": "auto", "scale": 1},
    }
    graph = {
        **start(),
        "told": node("GANSweep", **common),
        "bare": node("GANSweep", **common, tell_layers=False),
    }
    images = server.images(server.run(graph))
    told, bare = (np.asarray(images[name][0]).astype(int) for name in ("told", "bare"))
    assert told.shape[0] > bare.shape[0], "the words below say what layers are, too"


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


def test_difference_maps_tell_their_scale_and_figures(server):
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
    said = entry["outputs"]["map"]["text"]
    assert len(said) == 2
    figures = r"Mean change of pair 0: [\d.]+ inside, [\d.]+ outside: .+ inside\."
    assert re.fullmatch(figures, said[0])
    one, other = (pixels(server, entry, name) for name in ("a", "b"))
    numbers = pixels(server, entry, "numbers")[0][..., 0]
    assert np.abs(numbers - np.abs(one[0] - other[0]).mean(axis=2)).max() <= 2
    whole = float(entry["outputs"]["bare"]["text"][0].split(": ")[1].split()[0])
    assert whole == pytest.approx(numbers.mean() / 255, abs=0.01)
    assert pixels(server, entry, "maps")[0].shape[0] > 32, "with a legend and figures"
    (dark,) = {tuple(colour) for colour in pixels(server, entry, "plain")[0].reshape(-1, 3)}
    assert sum(dark) < 60, "nothing changed, nothing is lit"
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
    assert np.abs(frames[1] - frames[7]).max() <= 1, "back as it came"
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
    said = entry["outputs"]["film"]["text"]
    assert said == ["sefa 0: -2.0 to +2.0 sigma", "24 frames, 2.4 s at 10 fps."]


def test_errors_of_traversals(server):
    graph = {**start(batch_size=1), "film": traverse(move="images")}
    assert "Raise batch_size" in message(server, graph)
    graph["film"] = traverse(to_strength=-2.0)
    assert "two different strengths" in message(server, graph)
    graph["film"] = traverse()
    del graph["film"]["inputs"]["directions"]
    assert "No levers are connected" in message(server, graph)
    graph["film"] = traverse(frames=10_000, move="levers", indices="0-2", scale=16)
    assert "smaller scale" in message(server, graph)


def test_cancelling_a_traversal_ends_it_within_a_chunk(server):
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


def test_levers_are_saved_kept_and_reloaded(server):
    folder = server.base / "models" / "gan_directions"
    graph = {**start(), "save": save("sefa", "kept", "keep both")}
    graph["load"] = node("GANLoadDirections", saved="(newest)", file=["save", 0])
    graph["edit"] = edit(directions=["load", 0])
    graph["draw"] = draw("edit")
    entry = server.run(graph)
    assert "3 directions of sefa in W, layers all" in entry["outputs"]["load"]["text"][0]
    server.forget()
    server.run(graph)  # the same levers again make no second file
    assert not (folder / "kept_2.safetensors").exists()
    graph["sefa"]["inputs"]["layers"] = "0-1"
    server.run(graph)
    assert load_directions(folder / "kept.safetensors").layers is None
    assert load_directions(folder / "kept_2.safetensors").layers == (0, 1)
    newest = {**start(), "load": node("GANLoadDirections", saved="(newest)")}
    entry = server.run({**newest, "edit": edit(directions=["load", 0]), "draw": draw("edit")})
    assert entry["outputs"]["load"]["text"][0].startswith("kept_2.safetensors")


def test_directions_of_others_fit_the_generator(server):
    """Z and W have 16 numbers each: the node says which it took, and takes what is stated."""
    folder = server.base / "models" / "gan_directions"
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "smile.npy", np.linspace(-1, 1, 16)[None])
    load = {"saved": "smile.npy", "gan": ["gan", 0]}
    graph = {**start(), "load": node("GANLoadDirections", **load)}
    graph = {**graph, "edit": edit(directions=["load", 0]), "draw": draw("edit")}
    said = server.run(graph)["outputs"]["load"]["text"]
    assert said[0] == "smile.npy: 1 direction of unknown origin in W, layers all"
    assert "W was assumed" in said[1]
    stated = dict(graph, load=node("GANLoadDirections", **load, space="Z", num_ws=8))
    entry = server.run(stated)
    assert "W was assumed" not in " ".join(entry["outputs"]["load"]["text"])
    assert "in Z" in entry["outputs"]["load"]["text"][0]
    wrong = dict(graph, load=node("GANLoadDirections", **load, num_ws=9))
    assert "9 layers were stated. Expected 8 layers" in message(server, wrong)
    alone = dict(graph, load=node("GANLoadDirections", saved="smile.npy", space="W"))
    assert "or use unit='distance'" in message(server, alone)
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
    said = entry["outputs"]["load"]["text"]
    assert any(line.startswith("smile: -") and line.endswith("sigma") for line in said)
    assert "This file: made for this generator" in said
    assert "named.safetensors: made for this generator" in said
    assert any(line.startswith("example.safetensors: cannot be read") for line in said)
    saved = load_directions(folder / "named.safetensors")
    assert saved.names == ("smile", "", "age")
    assert saved.thumbnails is not None
    assert saved.details["generator"]["architecture"] == "stylegan2"
    graph["gan2"] = node("LoadGAN", model="classes.safetensors")
    graph["load"]["inputs"]["gan"] = ["gan2", 0]
    said = server.run(graph)["outputs"]["load"]["text"]
    assert "This file: does not fit (they are for 8 layers, it has 4)" in said
    graph["save"]["inputs"]["names"] = "a,b,c,d"
    assert "4 names were given for 3 directions" in message(server, graph)


def combine(**changes: Any) -> dict[str, Any]:
    """GAN Combine Directions on the graph of `start`."""
    inputs = {
        "gan": ["gan", 0],
        "directions": ["sefa", 0],
        "how": "sum",
        "indices": "0",
        "strengths": "1",
        "unit": "sigma",
        "metric": "plain",
        "name": "",
    }
    return node("GANCombineDirections", **{**inputs, **changes})


def test_a_sum_of_levers_pulls_like_a_chain(server):
    graph = {
        **start(),
        "one": edit(index=0, strength=2.0),
        "two": edit(latents=["one", 0], index=2, strength=-1.0),
        "sum": combine(indices="0, 2", strengths="2, -1", name="both"),
        "at once": edit(directions=["sum", 0], strength=["sum", 1]),
        "a": draw("two"),
        "b": draw("at once"),
        "c": draw("latents"),
        "save": save("sum", "sum"),
    }
    images = server.images(server.run(graph))
    chained, at_once, plain = (np.asarray(images[name][0]).astype(int) for name in "abc")
    assert np.abs(chained - at_once).max() <= 1
    assert np.abs(chained - plain).max() > 8
    saved = load_directions(server.base / "models" / "gan_directions" / "sum.safetensors")
    assert saved.names == ("both",)


@pytest.mark.parametrize("metric", ["plain", "covariance"])
def test_levers_lose_others_and_lists_join(server, metric):
    region = node("RegionMask", shapes="mouth", gan=["gan", 0])
    graph = {**start(), "region": region, "resefa": resefa(["region", 0])}
    graph["clean"] = combine(
        directions=["resefa", 0], how="without others", indices="all", metric=metric,
        others=["sefa", 0], other_indices="0-1",
    )  # fmt: skip
    graph["list"] = combine(how="list", indices="all", others=["clean", 0])
    graph = {**graph, "s1": save("clean", "clean"), "s2": save("list", "list")}
    entry = server.run(graph)
    folder = server.base / "models" / "gan_directions"
    clean = load_directions(folder / "clean.safetensors")
    whole = load_directions(folder / "list.safetensors")
    assert clean.names == ("resefa 0", "resefa 1")
    assert len(whole) == 5
    assert torch.equal(whole.vectors[3:], clean.vectors)
    if metric == "plain":
        assert (clean.vectors @ whole.vectors[:2].T).abs().max() < 1e-6
    assert "of it was lost" in entry["outputs"]["clean"]["text"][0]
    graph["clean"]["inputs"].pop("others")
    assert "Connect the levers that shall be lost" in message(server, graph)
    graph["clean"] = combine(indices="0-1", strengths="1,2,3")
    assert "3 strengths were given for 2 levers" in message(server, graph)


def pixels(server, entry, name: str) -> list[Any]:
    """Images of a node as numbers."""
    return [np.asarray(image.convert("RGB")).astype(int) for image in server.images(entry)[name]]


def test_batches_are_taken_apart_and_put_together(server):
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


def test_classes_turn_into_each_other(server):
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
    assert "generator without any" in message(server, plain)


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
    server.forget()
    server.run(graph)  # the same latents again make no second file
    assert [path.name for path in (folder / "faces").iterdir()] == ["two.safetensors"]
    graph["edit"]["inputs"]["strength"] = 1.0
    server.run(graph)
    assert (folder / "faces" / "two_2.safetensors").is_file()
    newest = {**start(), "load": node("GANLoadLatents", gan=["gan", 0], saved="(newest)")}
    said = server.run({**newest, "b": draw("load")})["outputs"]["load"]["text"]
    assert said == ["two_2.safetensors: 2 in W+"]
    missing = node("GANLoadLatents", gan=["gan", 0], saved="nowhere.npy")
    assert "gan_latents" in message(server, {"gan": newest["gan"], "load": missing})
    graph["save"]["inputs"]["name"] = "../../../out"
    assert "Choose a name such as my_latents" in message(server, graph)


def test_variations_may_carry_their_captions(server):
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


def test_a_generator_is_described(server):
    graph = {
        "gan": node("LoadGAN", model="tiny.safetensors"),
        "info": node("GANInfo", gan=["gan", 0]),
    }
    graph["words"] = node("PreviewAny", source=["info", 0])
    entry = server.run(graph)
    shown, text = entry["outputs"]["info"]["text"], entry["outputs"]["words"]["text"][0]
    assert "architecture StyleGAN2" in shown
    assert "image 32 x 32 pixels, 3 channels" in shown
    path = server.base / "models" / "gan" / "tiny.safetensors"
    assert hashlib.sha256(path.read_bytes()).hexdigest() in text
    assert "b32.torgb" in text


def test_a_generator_is_saved_and_loaded_again(server):
    folder = server.base / "models" / "gan"
    inputs = {"gan": ["gan", 0], "name": "copy", "existing": "keep both", "licence": "CC0-1.0"}
    full = node("GANSaveModel", **inputs, precision="full")
    graph = {"gan": node("LoadGAN", model="tiny.safetensors"), "save": full}
    assert "models/gan/copy.safetensors" in server.run(graph)["outputs"]["save"]["text"][0]
    server.forget()
    server.run(graph)  # the same again makes no second file
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


def test_another_generators_levers_are_used_with_a_warning(server):
    folder = server.base / "models" / "gan"
    settings = StyleGAN2Settings(16, 16, {4: 16, 8: 16, 16: 16, 32: 8}, mapping_widths=(16, 16))
    save_generator(untrained("stylegan2", settings, seed=1), folder / "other.safetensors")
    graph = {**start(), "other": node("LoadGAN", model="other.safetensors")}
    graph["sefa"]["inputs"]["gan"] = ["other", 0]
    entry = server.run({**graph, "edit": edit(), "draw": draw("edit")})
    assert "found with another generator" in entry["outputs"]["edit"]["text"][0]


def test_a_generator_with_classes(server):
    server.run({**start("classes.safetensors", class_index=2), "draw": draw("latents")})
    said = message(server, start("classes.safetensors"))
    assert "No label was given" in said
    assert "a class from 0 to 2" in said
    assert "Set class_index" in said
    assert "Set class_index" in message(server, start(class_index=1))


def test_missing_files_are_named_with_their_folder(server):
    said = message(server, start("nowhere.pkl"))
    assert "nowhere.pkl" in said
    assert "models/gan" in said.replace("\\\\", "/")
    assert "press R" in said
    load = {"load": node("GANLoadDirections", saved="nowhere.safetensors")}
    graph = {**load, "save": save("load", "again")}
    assert "gan_directions" in message(server, graph)
    empty = message(server, start("example.safetensors"))
    assert "example.safetensors" in empty


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


@pytest.mark.parametrize(
    ("width", "height", "value", "words"),
    [
        (64, 32, 1.0, "the mask is 32x64 pixels (height x width)"),
        (32, 32, 1.0, "whole image"),
        (32, 32, 0.0, "is empty"),
    ],
)
def test_errors_of_masks(server, width, height, value, words):
    mask = node("SolidMask", value=value, width=width, height=height)
    graph = {**start(), "mask": mask, "resefa": resefa(["mask", 0]), "save": save("resefa", "no")}
    assert words in message(server, graph)


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ('[{"preset": "mouth"', "line 1, column 20"),
        ('[{"box": [120, 95, 20, 38]}]', "as fractions of the image"),
        ("", "The region is empty"),
        ("moth", "left_eye, right_eye"),
    ],
)
def test_errors_of_shapes(server, shapes, words):
    assert words in message(server, {"region": node("RegionMask", shapes=shapes)})


def test_directions_are_saved_in_their_folder_only(server):
    for name in ("../../out", "", "/tmp/out"):
        said = message(server, {**start(), "save": save("sefa", name)})
        assert "Choose a name" in said
    assert not (server.base / "out.safetensors").exists()


def test_a_changed_file_is_loaded_again(server):
    path = server.base / "models" / "gan" / "changing.safetensors"
    settings = StyleGAN2Settings(16, 16, {4: 16, 8: 16}, mapping_widths=(16,))
    graph = {**start("changing.safetensors"), "draw": draw("latents")}
    pictures = []
    for seed in (1, 2):
        save_generator(untrained("stylegan2", settings, seed=seed), path)
        pictures.append(np.asarray(server.images(server.run(graph))["draw"][0]).astype(int))
    assert np.abs(pictures[0] - pictures[1]).max() > 8


def test_cancel_stops_long_work_and_the_next_run_works(server):
    region = node("RegionMask", shapes="mouth", gan=["gan", 0])
    graph = {**start(batch_size=4000), "region": region, "resefa": resefa(["region", 0])}
    prompt = server.queue({**graph, "save": save("resefa", "never")})
    time.sleep(3)
    request = urllib.request.Request(f"{server.url}/interrupt", b"{}", method="POST")
    request.add_header("Content-Type", "application/json")
    urllib.request.urlopen(request, timeout=60).close()
    begun = time.monotonic()
    entry = server.wait(prompt, 120)
    assert time.monotonic() - begun < 60
    ends = [name for name, _ in entry["status"]["messages"]]
    assert "execution_interrupted" in ends, json.dumps(entry["status"])[:2000]
    server.run({**start(), "draw": draw("latents")})
