"""GANExplorer without wires, with pulls from other nodes, and with recorded moves."""

from __future__ import annotations

import numpy as np
import pytest
from api_graphs import node
from comfy_server import WorkflowError
from explorer_graphs import MOUTH, graph, levers, opened, pixels
from explorer_page import hello

_LONE = {"images": node("PreviewImage", images=["explorer", 0])}


def alone(state: str = "{}", **inputs: object) -> dict:
    """An explorer and a preview of its images."""
    return {"explorer": node("GANExplorer", state=state, **inputs), **_LONE}


def test_without_wires_it_is_the_bundled_generator_with_four_seeds(server, page):
    """Also with one of the two wires, the other is what it is without both."""
    shown = server.images(page.run(alone()))["images"]
    wired = graph()
    wired["gan"]["inputs"]["model"] = "portraits-128 (bundled)"
    wired["latents"]["inputs"]["batch_size"] = 4
    expected = server.images(page.run(wired))["images"]
    assert len(shown) == len(expected) == 4
    without = {key: each for key, each in wired.items() if key != "latents"}
    del without["explorer"]["inputs"]["latents"]
    half = server.images(page.run(without))["images"]
    for one, two, three in zip(shown, expected, half, strict=True):
        assert (np.asarray(one) == np.asarray(two)).all()
        assert (np.asarray(one) == np.asarray(three)).all()


def test_a_film_shows_every_face_as_it_is_pulled(server, page):
    said = hello(page.run(alone()))
    assert said["count"] == 4
    token = said["session"]
    (lever, *_) = levers(page, token).json["levers"]
    plain = page.ask("film", token, state={}, first=0)
    assert plain.status == 200
    pulled = page.ask("film", token, state={"levers": [{**lever, "pull": 5}]}, first=0)
    one, two = (pixels(answer.body) for answer in (plain, pulled))
    assert one.shape == two.shape == (96, 4 * 96, 3)
    for face in range(4):
        part = np.s_[:, face * 96 : (face + 1) * 96]
        assert np.abs(one[part] - two[part]).max() > 20, "every face"
    last = pixels(page.ask("film", token, state={}, first=3).body)
    assert np.abs(last - one[:, 3 * 96 :]).mean() < 3
    assert page.ask("film", token, state={}, first=4).status == 400


def test_other_nodes_pull_levers(server, page):
    found = levers(page, opened(page), count=2).json["levers"]
    sliders = {"v": 1, "levers": [{**found[0], "pull": found[0]["range"][1] / 2}, found[1]]}
    wires = {"v": 1, "levers": [found[0], found[1]]}
    value = {"value": node("PrimitiveFloat", value=0.5)}
    by_slider = server.images(server.run(graph(sliders)))["images"]
    by_wire = server.images(server.run({**graph(wires, pull_1=["value", 0]), **value}))["images"]
    for one, two in zip(by_slider, by_wire, strict=True):
        assert np.abs(np.asarray(one).astype(int) - np.asarray(two).astype(int)).max() <= 1
    with pytest.raises(WorkflowError, match="pull_3 is connected, and 2 levers are pinned"):
        server.run({**graph(wires, pull_3=["value", 0]), **value})


def test_recorded_moves_are_frames(server, page):
    (lever, *_) = levers(page, opened(page), count=1, shapes=MOUTH).json["levers"]
    end = lever["range"][1]
    keys = [{"t": 0, "pulls": [0]}, {"t": 0.5, "pulls": [end]}]
    state = {"v": 1, "image": 1, "levers": [{**lever, "pull": end}], "record": keys}
    more = {"frames": node("PreviewImage", images=["explorer", 4])}
    images = server.images(server.run({**graph(state), **more}))
    frames = [np.asarray(image).astype(int) for image in images["frames"]]
    assert len(frames) == 7
    assert (frames[-1] == np.asarray(images["images"][1]).astype(int)).all(), "the image shown"
    changes = [np.abs(frame - frames[0]).mean() for frame in frames]
    assert changes == sorted(changes)
    assert changes[-1] > 1
    still = {**state, "record": []}
    assert len(server.images(server.run({**graph(still), **more}))["frames"]) == 1


def test_a_mask_is_sent_as_a_picture(server, page):
    mask = {"mask": node("RegionMask", shapes="nose", gan=["gan", 0])}
    (picture,) = hello(page.run({**graph(mask=["mask", 0]), **mask}))["masks"]
    assert picture.startswith("data:image/png;base64,")
    assert hello(page.run(graph()))["masks"] == []
