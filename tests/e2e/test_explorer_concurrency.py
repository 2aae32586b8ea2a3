"""GANExplorer under concurrent requests, beside running graphs, and over a long session."""

from __future__ import annotations

import statistics
import threading
import time
from typing import Any

import numpy as np
import psutil
from api_graphs import node
from comfy_server import ComfyServer
from explorer_graphs import at_once, graph, levers, opened, pinned_state
from explorer_page import Answer


def test_the_newest_request_wins(server, page):
    token = opened(page)
    base = 2**40

    def ask(number: int) -> Answer:
        return levers(page, token, ticket=base + number, count=16, psi=1 - number / 100)

    statuses = [answer.status for answer in at_once(8, ask, 0.02)]
    assert len(statuses) == 8
    assert set(statuses) == {200, 204}
    assert statuses[-1] == 200
    assert statuses.count(204) >= 4


def test_pictures_are_sent_while_levers_are_computed(server, page):
    """A Jacobian that takes seconds does not delay pictures."""
    token = opened(page)
    ended: list[float] = []

    def search() -> None:
        assert levers(page, token, count=16, psi=0.123).status == 200
        ended.append(time.monotonic())

    thread = threading.Thread(target=search)
    thread.start()
    busy: set[Any] = set()
    seen = 0
    while thread.is_alive():
        busy.add(page.ask("progress", token).json["busy"])
        seen += page.ask("picture", token, state={}).status == 200
    assert seen >= 3
    assert "jacobian" in busy
    assert page.ask("progress", token).json == {"busy": None, "done": 0, "total": 0}


def test_a_graph_that_runs_meanwhile_makes_the_same_images(server, page):
    """The explorer keeps answering, and the graph's images equal those of a run alone."""
    slow = {
        **graph(seed=40),
        "many": node("GANSampleLatents", gan=["gan", 0], seed=7, batch_size=4, truncation=0.7,
                     class_index=-1),
        "mask": node("RegionMask", shapes="eyes", gan=["gan", 0]),
        "resefa": node(
            "ReSeFaFactorize", gan=["gan", 0], latents=["many", 0], mask=["mask", 0], count=2,
            space="W+", layers="auto", shrinkage=0.001, shrinkage_by="trace", mode="exact",
            tell_layers=False,
        ),
        "sweep": node("LatentEdit", latents=["many", 0], directions=["resefa", 0], index=0,
                      strength=2.0, unit="sigma", layers="auto", gan=["gan", 0]),
        "edited": node("PreviewImage", images=["draw", 0]),
        "draw": node("GANRender", gan=["gan", 0], latents=["sweep", 0], noise="const", scale=1),
    }  # fmt: skip
    token = opened(page, seed=41)
    quiet = server.images(server.run(slow))["edited"]
    server.clear_cache()
    token = opened(page, seed=41)
    expected = page.ask("picture", token, state={}).body
    prompt = server.queue(slow)
    pictures = regions = 0
    while not server.get_json(f"/history/{prompt}"):
        answer = page.ask("picture", token, state={})
        assert (answer.status, answer.body) == (200, expected)
        pictures += 1
        regions += levers(page, token, count=2, psi=0.5 + regions / 100).status == 200
    meanwhile = server.images(server.wait(prompt))["edited"]
    assert pictures >= 2
    assert regions >= 1
    for before, after in zip(quiet, meanwhile, strict=True):
        assert np.array_equal(np.asarray(before), np.asarray(after))


def resident(server: ComfyServer) -> float:
    """Memory of the server in megabytes."""
    assert server._process is not None
    return psutil.Process(server._process.pid).memory_info().rss / 1e6


def test_five_hundred_pictures_and_fifty_regions_leave_no_more_than_fifty_megabytes(server, page):
    """Medians are printed, not asserted: they depend on the load of the machine."""
    token = opened(page)
    found = levers(page, token, count=3).json["levers"]

    def play(pictures: int, regions: int) -> tuple[list[float], list[float]]:
        spent: tuple[list[float], list[float]] = ([], [])
        for number in range(pictures):
            state = pinned_state(found, image=0)
            state["levers"][0]["pull"] = (number % 50 - 25) / 10
            begun = time.perf_counter()
            assert page.ask("picture", token, state=state).status == 200
            spent[0].append(time.perf_counter() - begun)
            if number % (pictures // regions) == 0:
                top = 0.1 + 0.5 * (number % 97) / 97
                begun = time.perf_counter()
                answer = levers(page, token, shapes=[{"box": [top, 0.3, 0.2, 0.4]}])
                spent[1].append(time.perf_counter() - begun)
                assert len(answer.json["levers"]) == 8
        return spent

    server.clear_cache()  # memory of other tests' Jacobians would be reused and hide a leak
    assert levers(page, token).status == 200
    play(100, 20)
    before = resident(server)
    pictures, regions = play(500, 50)
    after = resident(server)
    medians = [1000 * statistics.median(times) for times in (pictures, regions)]
    print(
        f"\n{len(pictures)} pictures, median {medians[0]:.0f} ms; {len(regions)} regions with "
        f"levers and thumbnails, median {medians[1]:.0f} ms; memory {before:.0f} to {after:.0f} MB"
    )
    assert after - before < 50
