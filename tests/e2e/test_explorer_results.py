"""Responses and outputs of GANExplorer: pictures, levers, what other nodes receive."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import torch
from api_graphs import node
from comfy_server import WorkflowError
from explorer_graphs import graph, levers, opened, pinned_state, pixels
from explorer_page import hello
from latent_levers.core.explorer.lever_names import NAMED
from latent_levers.core.explorer.vectors import write_vector
from latent_levers.core.files.loading import load_generator
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.direction_loading import load_directions
from latent_levers.core.levers.factorization import resefa
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes
from PIL import Image


def test_pictures_equal_those_of_a_run_without_a_browser(server, page):
    token = opened(page)
    found = levers(page, token).json["levers"]
    state = pinned_state(found)
    shown = [page.ask("picture", token, state={**state, "image": n}) for n in range(2)]
    still = page.ask("picture", token, state={"image": 0})
    assert shown[0].headers["Content-Type"] == "image/png"
    assert int(shown[0].headers["X-Ticket"]) > 0
    server.clear_cache()
    images = server.images(server.run(graph(state)))["images"]
    assert len(images) == 2
    for image, answer in zip(images, shown, strict=True):
        assert (np.asarray(image.convert("RGB")) == pixels(answer.body)).all()
    assert np.abs(pixels(still.body) - pixels(shown[0].body)).max() > 20


def test_pulls_of_zero_show_the_same_bytes(server, page):
    token = opened(page)
    found = levers(page, token, count=2).json["levers"]
    untouched = page.ask("picture", token, state={"levers": [], "psi": 1})
    at_rest = page.ask("picture", token, state={"levers": [*found, {**found[0], "layers": "3"}]})
    assert untouched.body == at_rest.body


def test_levers_equal_those_of_the_library(server, page):
    answer = levers(page, opened(page, seed=3), ticket=2**50).json
    assert (answer["method"], answer["ticket"], len(answer["levers"])) == ("resefa", 2**50, 8)
    gan = load_generator("portraits")
    codes = sample_latents(gan, 2, seed=3, truncation_psi=0.7)
    region = region_from_shapes("mouth", gan.spec.img_size, presets_for(gan.details))
    expected = resefa(gan, codes[0], region, count=8)
    for index, lever in enumerate(answer["levers"]):
        vector = torch.frombuffer(bytearray(base64.b64decode(lever["vector"])), dtype=torch.float32)
        # ComfyUI runs another version of torch, which sums in another order. A lever that got a
        # name may be turned round, so that + means more of it.
        named = lever["name"] != f"mouth {index + 1}"
        cosine = float(vector @ expected.vectors[index])
        assert (abs(cosine) if named else cosine) > 0.999
        assert lever["eigenvalue"] == pytest.approx(float(expected.eigenvalues[index]), rel=1e-2)
        assert lever["shape"] == [1, 128]
        assert not named or index < NAMED
        assert (lever["layers"], lever["own"]) == ("auto", "all")
        assert lever["range"][0] == -lever["range"][1] < 0
        assert lever["lives"]
        kind, data = lever["thumbs"].split(",")
        assert kind == "data:image/jpeg;base64"
        assert Image.open(io.BytesIO(base64.b64decode(data))).size == (192, 96)
    assert sum(lever["share"] for lever in answer["levers"]) == pytest.approx(1)


def test_a_region_of_one_pixel_reports_a_deficient_rank(server, page):
    shapes = [{"box": [0.7031, 0.4531, 0.01, 0.01]}]
    answer = page.ask("levers", opened(page, seed=3), shapes=shapes).json
    assert answer["status"] == "RANK_DEFICIENT"
    assert 0 < len(answer["levers"]) < 8


def test_levers_without_a_region(server, page):
    """Global levers, the connected ones, or those of a connected mask."""
    answer = levers(page, opened(page), shapes=[], count=3).json
    assert answer["method"] == "sefa"
    assert answer["levers"][0]["name"] in ("global 1", "eye openness")
    connected = {"sefa": node("SeFaFactorize", gan=["gan", 0], count=4, layers="2-5")}
    said = hello(page.run({**graph(directions=["sefa", 0]), **connected}))
    assert said["directions"] == ["sefa 0", "sefa 1", "sefa 2", "sefa 3"]
    answer = levers(page, said["session"], shapes=[], count=16).json
    assert (answer["method"], len(answer["levers"])) == ("directions", 4)
    assert {lever["own"] for lever in answer["levers"]} == {"2-5"}
    mask = {"mask": node("RegionMask", shapes="nose", gan=["gan", 0])}
    said = hello(page.run({**graph(mask=["mask", 0]), **mask}))
    assert said["mask"]
    assert levers(page, said["session"], shapes=[], count=1).json["method"] == "resefa"
    assert levers(page, said["session"], shapes=[], warm=True).json == {"warm": True}


def test_outputs_of_the_node(server, page):
    """Other nodes can use the pinned levers, the edited latents and the region."""
    found = levers(page, opened(page), count=3).json["levers"]
    state = pinned_state(found)
    more = {
        **graph(state),
        "again": node("GANRender", gan=["gan", 0], latents=["explorer", 1], noise="const", scale=0),
        "edit": node(
            "LatentEdit",
            latents=["latents", 0],
            directions=["explorer", 2],
            index=1,
            strength=1.0,
            unit="sigma",
            layers="auto",
        ),
        "edited": node("GANRender", gan=["gan", 0], latents=["edit", 0], noise="const", scale=0),
        "mask": node("MaskPreview" if "MaskPreview" in server.object_info else "MaskToImage",
                     mask=["explorer", 3]),
        "resefa": node(
            "ReSeFaFactorize", gan=["gan", 0], latents=["latents", 0], mask=["explorer", 3],
            count=1, space="W", layers="auto", shrinkage=0.001, shrinkage_by="trace", mode="exact",
        ),
        "save": node("GANSaveDirections", directions=["explorer", 2], name="pinned",
                     existing="replace"),
        "other": node("GANSaveDirections", directions=["resefa", 0], name="regional",
                      existing="replace"),
    }  # fmt: skip
    entry = page.run(more)
    images = server.images(entry)
    for mine, again in zip(images["images"], images["again"], strict=True):
        difference = np.asarray(mine).astype(int) - np.asarray(again.convert("RGB")).astype(int)
        # GAN Render clamps enlarged images to the range of its whole batch.
        assert np.abs(difference).mean() < 0.05
    folder = server.base / "models" / "gan_directions"
    saved = load_directions(folder / "pinned.safetensors")
    assert saved.names == (found[0]["name"], found[2]["name"])
    vectors = [base64.b64decode(found[i]["vector"]) for i in (0, 2)]
    assert [write_vector(row) for row in saved.vectors] == [
        base64.b64encode(data).decode() for data in vectors
    ]
    assert saved.ranges is not None
    assert saved.ranges.tolist() == [found[0]["range"], found[2]["range"]]
    assert len(load_directions(folder / "regional.safetensors")) == 1


def test_errors_of_the_node_name_the_lever_and_the_remedy(server):
    with pytest.raises(WorkflowError, match="Lever 1 has no 'vector'"):
        server.run(graph({"levers": [{"shape": [1, 2]}]}))
    lever = {"shape": [1, 5], "vector": write_vector(torch.ones(5))}
    with pytest.raises(WorkflowError, match=r"Expected \[1, 128\], as this stylegan2.*Unpin it"):
        server.run(graph({"levers": [lever]}))
