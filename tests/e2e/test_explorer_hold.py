"""GANExplorer holds what lies outside its levers' regions: pictures, runs, progress, memory."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import numpy as np
import pytest
from api_graphs import node
from comfy_server import ComfyServer
from explorer_graphs import graph, levers, opened, pixels
from explorer_page import Answer, Page, hello

EYE = [{"preset": "left_eye"}]


def held_state(found: list[dict[str, Any]], region: Any = EYE, **rest: Any) -> dict[str, Any]:
    """A state with one lever of a region pulled, and the rest held."""
    lever = {**found[0], "pull": found[0]["range"][1]}
    if region is not None:
        lever["region"] = region
    return {"hold": True, "levers": [lever], **rest}


def eye_levers(page: Page, token: str, **fields: Any) -> list[dict[str, Any]]:
    """Levers of one eye of the first image."""
    answer = levers(page, token, shapes=EYE, count=2, **fields).json
    assert answer["regional"]
    return answer["levers"]


def in_background(ask: Any) -> tuple[threading.Thread, list[Answer]]:
    """Send a request in a thread of its own."""
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(ask()))
    thread.start()
    return thread, answers


def busy_while(thread: threading.Thread, page: Page, token: str) -> dict[Any, int]:
    """What the server is doing until a request is answered, with the most steps of each."""
    seen: dict[Any, int] = {}
    while thread.is_alive():
        now = page.ask("progress", token).json
        seen[now["busy"]] = max(seen.get(now["busy"], 0), now["total"])
        time.sleep(0.02)
    return seen


def test_held_pictures_equal_those_of_a_run_and_the_rest_stays(server, page):
    token = opened(page)
    found = eye_levers(page, token)
    state = held_state(found, psi=0.8)
    shown = [page.ask("picture", token, state={**state, "image": n}) for n in range(2)]
    plain = page.ask("picture", token, state={**state, "hold": False})
    before = page.ask("picture", token, state={"psi": 0.8})
    server.clear_cache()
    images = server.images(server.run(graph(state)))["images"]
    for image, answer in zip(images, shown, strict=True):
        assert (np.asarray(image.convert("RGB")) == pixels(answer.body)).all()
    change = [np.square(pixels(a.body) - pixels(before.body)) for a in (shown[0], plain)]
    scale = len(change[0]) // 64
    outside = np.ones((64, 64), dtype=bool)
    outside[22:38, 12:34] = False  # the eye and what surrounds it
    outside = outside.repeat(scale, 0).repeat(scale, 1)
    held, free = (float(np.sqrt(each[outside].mean())) for each in change)
    print(f"\nchange of the rest: {free:.2f} grey levels, {held:.2f} held")
    assert held < free / 2


def test_the_first_picture_reports_progress_and_the_next_is_quick(server, page):
    token = opened(page, seed=50)
    state = held_state(eye_levers(page, token))
    thread, answers = in_background(lambda: page.ask("picture", token, state=state))
    other = Page(server, "progress-of-a-hold")
    try:
        other.client = page.client  # the same page; a request of its own beside the picture
        seen = busy_while(thread, other, token)
    finally:
        other.leave()
    assert answers[0].status == 200
    assert seen["hold"] > 100, "columns are counted"
    begun = time.perf_counter()
    state["levers"][0]["pull"] /= 2
    thread, answers = in_background(lambda: page.ask("picture", token, state=state))
    thread.join()
    spent = time.perf_counter() - begun
    print(f"\nthe second held picture took {1000 * spent:.0f} ms")
    assert answers[0].status == 200


def test_held_pictures_come_while_levers_are_computed(server, page):
    token = opened(page, seed=51)
    state = held_state(eye_levers(page, token))
    expected = page.ask("picture", token, state=state)
    thread, answers = in_background(lambda: levers(page, token, count=16, psi=0.321))
    other = Page(server, "held-while-searching")
    seen = 0
    try:
        other.client = page.client
        while thread.is_alive():
            seen += other.ask("picture", token, state=state).body == expected.body
    finally:
        other.leave()
    assert answers[0].status == 200
    assert seen >= 3


def test_a_newer_picture_replaces_one_that_waits_for_its_jacobian(server, page):
    token = opened(page, seed=52)
    state = held_state(eye_levers(page, token))
    thread, answers = in_background(lambda: page.ask("picture", token, state=state))
    time.sleep(0.5)
    assert page.ask("picture", token, state={}).status == 200
    thread.join()
    assert answers[0].status == 204
    assert page.ask("picture", token, state=state).status == 200, "nothing half done is kept"


def test_unloading_the_generator_frees_the_jacobians(server: ComfyServer, page: Page):
    """As ComfyUI does to free memory; the next picture computes them again, to the same bits."""
    token = opened(page, seed=53)
    state = held_state(eye_levers(page, token))
    first = page.ask("picture", token, state=state)
    server.post("/free", {"unload_models": True, "free_memory": False})
    time.sleep(2)  # ComfyUI does it when its queue is idle
    thread, answers = in_background(lambda: page.ask("picture", token, state=state))
    other = Page(server, "after-unloading")
    try:
        other.client = page.client
        seen = busy_while(thread, other, token)
    finally:
        other.leave()
    assert seen.get("hold", 0) > 100, "it was computed anew"
    assert answers[0].body == first.body


def test_the_node_says_where_nothing_can_be_held(server, page):
    token = opened(page)
    found = eye_levers(page, token)
    free = graph(held_state(found, region=None))
    entry = page.run(free)
    assert "Nothing was held where a pulled lever acts on" in json.dumps(entry["outputs"])
    plain = graph({"levers": held_state(found)["levers"]})
    for one, two in zip(
        server.images(entry)["images"], server.images(page.run(plain))["images"], strict=True
    ):
        assert (np.asarray(one) == np.asarray(two)).all()
    held = page.run(graph(held_state(found)))
    assert "Nothing was held" not in json.dumps(held["outputs"])


def test_held_latents_go_on_to_other_nodes(server, page):
    token = opened(page)
    state = held_state(eye_levers(page, token))
    more = {
        **graph(state),
        "again": node("GANRender", gan=["gan", 0], latents=["explorer", 1], noise="const", scale=0),
    }
    images = server.images(page.run(more))
    for mine, again in zip(images["images"], images["again"], strict=True):
        difference = np.asarray(mine).astype(int) - np.asarray(again.convert("RGB")).astype(int)
        assert np.abs(difference).mean() < 0.05


def test_the_connected_mask_is_part_of_the_region(server, page):
    mask = {"mask": node("RegionMask", shapes="left_eye", gan=["gan", 0])}
    said = hello(page.run({**graph(mask=["mask", 0]), **mask}))
    token = said["session"]
    found = levers(page, token, shapes=[], count=1).json["levers"]
    drawn = page.ask("picture", token, state=held_state(found, region=[]))
    free = page.ask("picture", token, state=held_state(found, region=None))
    assert (pixels(drawn.body) != pixels(free.body)).any()
    run = {**graph(held_state(found, region=[]), mask=["mask", 0]), **mask}
    image = server.images(server.run(run))["images"][0]
    assert (np.asarray(image.convert("RGB")) == pixels(drawn.body)).all()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"hold": 1}, "has 1 as 'hold'"),
        ({"region": "mouth"}, "as 'region'"),
        ({"region": [{"preset": "tail"}]}, "tail"),
        ({"region": [{"box": [0, 0, 0.001, 0.001]}]}, "is empty"),
    ],
)
def test_wrong_values_are_refused_with_a_reason(server, page, changed: dict[str, Any], words: str):
    token = opened(page)
    state = held_state(eye_levers(page, token), changed.get("region", EYE))
    state["hold"] = changed.get("hold", True)
    answer = page.ask("picture", token, state=state)
    assert answer.status == 400
    assert words in answer.json["error"]
