"""The nodes of `nodes/levers` in a running ComfyUI."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from typing import Any

import numpy as np
import pytest
import torch
from api_graphs import draw, edit, message, node, resefa, save, start
from latent_levers.core.files.loading import load_generator
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.direction_loading import load_directions
from latent_levers.core.levers.factorization import resefa as find_levers
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes

pytestmark = pytest.mark.usefixtures("tiny_generators", "empty_cache")


def test_a_mask_of_another_size_is_resampled_and_reported(server):
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
    text = " ".join(entry["outputs"]["resefa"]["text"])
    assert "The mask was resampled from 512 x 512 to 32 x 32 pixels" in text
    assert len(server.images(entry)["resefa"]) == 2
    levers = load_directions(server.base / "models" / "gan_directions" / "resampled.safetensors")
    assert levers.vectors.shape == (2, 16)


@pytest.mark.parametrize("space", ["W+", "Z"])
def test_resefa_in_other_spaces(server, space):
    region = node("RegionMask", shapes="mouth, nose", gan=["gan", 0])
    graph = {**start(), "region": region, "resefa": resefa(["region", 0], space=space)}
    entry = server.run({**graph, "edit": edit(directions=["resefa", 0]), "draw": draw("edit")})
    assert len(server.images(entry)["draw"]) == 2


def lines(entry: dict[str, Any]) -> list[str]:
    """Lines that ReSeFaFactorize shows."""
    return entry["outputs"]["resefa"]["text"]


def test_resefa_reports_what_it_found(server):
    region = node("RegionMask", shapes="mouth", gan=["gan", 0])
    graph = {**start(batch_size=4), "region": region, "save": save("resefa", "reported")}
    text = lines(server.run({**graph, "resefa": resefa(["region", 0])}))
    assert text[0] == "The mask covers 3.5 % of the image."
    assert text[1].startswith("2 of 2 directions")
    at = text.index("Details:")
    assert re.fullmatch(r"Measured at 4 images in [0-9.]+ seconds\.", text[at - 1])
    assert not any(re.search("eigenvalue|[Hh]alves|degree", line) for line in text[:at])
    details = text[at + 1 :]
    assert re.fullmatch(r"resefa 0: eigenvalue [0-9.e+-]+, lives in layers [-,0-9al]+", details[0])
    assert details[2].startswith("Halves of the codes ")
    levers = load_directions(server.base / "models" / "gan_directions" / "reported.safetensors")
    assert levers.details["lives_in"][0] == details[0].split()[-1]
    server.clear_cache()
    quiet = resefa(["region", 0], tell_layers=False, average_by="trace", precision="fast")
    text = lines(server.run({**graph, "resefa": quiet}))
    assert "lives in" not in " ".join(text)
    other = load_directions(server.base / "models" / "gan_directions" / "reported.safetensors")
    assert other.details["average_by"] == "trace"
    assert other.details["precision"] == "fast"
    quicker = other.details["columns_precision"] != "float32"  # it depends on the machine
    assert ("corrections" in other.details) == quicker


@pytest.mark.parametrize("space", ["W", "W+", "S"])
def test_another_region_reuses_the_jacobians(server, space):
    """Jacobians are reused for other regions and for more latents, until the model is unloaded."""

    def find(shapes: str, batch_size: int = 2) -> list[str]:
        region = node("RegionMask", shapes=shapes, gan=["gan", 0])
        found = resefa(["region", 0], space=space)
        graph = {**start(batch_size=batch_size), "region": region, "resefa": found}
        text = lines(server.run({**graph, "save": save("resefa", "moved")}))
        return text[: text.index("Details:")]

    assert "differentiated before" not in find("mouth")[-1]
    assert find("nose")[-1].endswith("; 2 of them had been differentiated before.")
    assert find("nose", 3)[-1].endswith("; 2 of them had been differentiated before.")
    find("nose")
    levers = load_directions(server.base / "models" / "gan_directions" / "moved.safetensors")
    gan = load_generator(server.base / "models" / "gan" / "tiny.safetensors")
    region = region_from_shapes("nose", gan.spec.img_size, presets_for(gan.details))
    fresh = find_levers(gan, sample_latents(gan, 2), region, space=space, count=2)
    torch.testing.assert_close(levers.vectors, fresh.vectors, atol=1e-4, rtol=0)
    server.clear_cache()  # ComfyUI unloads the generator
    assert "differentiated before" not in find("nose")[-1]


def test_one_mask_per_latent_or_too_many_masks(server):
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


def test_a_connected_mask_is_added_to_the_shapes(server):
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


def test_a_region_sends_the_page_its_background_and_presets(server):
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


def test_a_sum_of_levers_edits_like_a_chain_of_edits(server):
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
def test_other_levers_are_projected_out_and_lists_are_joined(server, metric):
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


def test_cancelling_stops_a_long_run_and_the_next_run_works(server):
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


@pytest.mark.parametrize("model", ["portraits (bundled)", "portraits-128 (bundled)"])
def test_levers_of_the_bundled_generators_get_names(server, model):
    region = node("RegionMask", shapes="mouth", gan=["gan", 0])
    graph = {
        **start(model),
        "region": region,
        "resefa": resefa(["region", 0]),
        "names": node("GANNameLevers", gan=["gan", 0], directions=["resefa", 0]),
        "save": save("names", "named"),
    }
    text = " ".join(server.run(graph)["outputs"]["names"]["text"])
    saved = load_directions(server.base / "models" / "gan_directions" / "named.safetensors")
    assert saved.names[0] == "mouth openness"
    assert "mouth openness: named" in text


def test_levers_of_other_generators_get_no_names(server):
    graph = start() | {"names": node("GANNameLevers", gan=["gan", 0], directions=["sefa", 0])}
    assert "no network that reads attributes" in message(server, graph)
