"""GANExplorer without a browser: sessions, routes and what they promise, in a running ComfyUI."""

from __future__ import annotations

import base64
import io
import json
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import torch
from comfy_server import ComfyServer, WorkflowError
from explorer_page import Answer, Page, hello
from latent_levers.core.explorer.state import write_vector
from latent_levers.core.files.loading import load_generator
from latent_levers.core.latents.sampling import sample_latents
from latent_levers.core.levers.factorization import resefa
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes
from PIL import Image

MOUTH = [{"preset": "mouth"}]

Graph = dict[str, dict[str, Any]]


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    """One node in API format."""
    return {"class_type": kind, "inputs": inputs}


def graph(state: Any = None, seed: int = 0, **inputs: Any) -> Graph:
    """The bundled generator, two latents, an explorer and what it gives out."""
    text = "{}" if state is None else json.dumps(state)
    connected = {"gan": ["gan", 0], "latents": ["latents", 0], "state": text, **inputs}
    return {
        "gan": node("LoadGAN", model="portraits (bundled)"),
        "latents": node(
            "GANSampleLatents",
            gan=["gan", 0],
            seed=seed,
            batch_size=2,
            truncation=0.7,
            class_index=-1,
        ),
        "explorer": node("GANExplorer", **connected),
        "images": node("PreviewImage", images=["explorer", 0]),
    }


@pytest.fixture
def page(server: ComfyServer, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of its own for every test."""
    found = Page(server, f"page-{abs(hash(request.node.name))}")
    yield found
    found.leave()


def opened(page: Page, state: Any = None, **changes: Any) -> str:
    """Run the graph, and take the token of its session."""
    return hello(page.run(graph(state, **changes)))["session"]


def levers(page: Page, token: str, **wish: Any) -> Answer:
    """Levers for the mouth of the first image."""
    return page.ask(
        "levers", token, **{"shapes": MOUTH, "image": 0, "count": 8, "psi": 1.0, **wish}
    )


def pinned_state(found: list[dict[str, Any]], **rest: Any) -> dict[str, Any]:
    """Two levers pinned and pulled, one of them on some layers."""
    return {
        "v": 1,
        "shapes": MOUTH,
        "levers": [
            {**found[0], "pull": found[0]["range"][1]},
            {**found[2], "pull": -1.25, "layers": "2-7"},
        ],
        "psi": 0.8,
        "image": 1,
        **rest,
    }


def pixels(body: bytes) -> np.ndarray:
    """A picture that was sent."""
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGB")).astype(int)


def test_a_run_opens_a_session_and_says_what_it_works_on(server, page):
    said = hello(page.run(graph()))
    assert len(said.pop("session")) == 24
    presets = said.pop("presets")
    assert len(presets["mouth"]) == 4
    assert said == {
        "size": [64, 64],
        "count": 2,
        "num_ws": 10,
        "space": "W",
        "truncation": True,
        "directions": None,
        "mask": False,
        "title": "portraits: StyleGAN2, 64 x 64 pixels, 10 layers",
    }


def test_nobody_looks_no_session(server):
    """A script gets the images and leaves nothing behind, and the run stays cached."""
    first = server.run(graph(seed=5))
    assert hello(first)["session"] is None
    messages = server.run(graph(seed=5))["status"]["messages"]
    cached = next(about["nodes"] for what, about in messages if what == "execution_cached")
    assert "explorer" in cached


def test_pictures_are_the_very_pixels_of_a_run_without_a_browser(server, page):
    token = opened(page)
    found = levers(page, token).json["levers"]
    state = pinned_state(found)
    shown = [page.ask("picture", token, state={**state, "image": n}) for n in range(2)]
    still = page.ask("picture", token, state={"image": 0})
    assert shown[0].headers["Content-Type"] == "image/png"
    assert int(shown[0].headers["X-Ticket"]) > 0
    server.forget()
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


def test_levers_are_those_of_the_library(server, page):
    answer = levers(page, opened(page, seed=3), ticket=2**50).json
    assert (answer["method"], answer["ticket"], len(answer["levers"])) == ("resefa", 2**50, 8)
    gan = load_generator("portraits")
    codes = sample_latents(gan, 2, seed=3, truncation_psi=0.7)
    region = region_from_shapes("mouth", gan.spec.img_size, presets_for(gan.details))
    expected = resefa(gan, codes[0], region, count=8)
    for index, lever in enumerate(answer["levers"]):
        vector = torch.frombuffer(bytearray(base64.b64decode(lever["vector"])), dtype=torch.float32)
        # ComfyUI's torch is another one than that of the tests, which adds up in other orders.
        assert float(vector @ expected.vectors[index]) > 0.999
        assert lever["eigenvalue"] == pytest.approx(float(expected.eigenvalues[index]), rel=1e-2)
        assert lever["shape"] == [1, 128]
        assert (lever["name"], lever["layers"], lever["own"]) == (
            f"mouth {index + 1}",
            "auto",
            "all",
        )
        assert lever["range"][0] == -lever["range"][1] < 0
        assert lever["lives"]
        kind, data = lever["thumbs"].split(",")
        assert kind == "data:image/jpeg;base64"
        assert Image.open(io.BytesIO(base64.b64decode(data))).size == (192, 96)
    assert sum(lever["share"] for lever in answer["levers"]) == pytest.approx(1)


def test_a_region_of_a_pixel_says_that_it_is_small(server, page):
    shapes = [{"box": [0.7031, 0.4531, 0.01, 0.01]}]
    answer = page.ask("levers", opened(page, seed=3), shapes=shapes).json
    assert answer["status"] == "RANK_DEFICIENT"
    assert 0 < len(answer["levers"]) < 8


def test_levers_without_a_region(server, page):
    """The global ones; or those that are connected; or those of a mask that is."""
    answer = levers(page, opened(page), shapes=[], count=3).json
    assert (answer["method"], answer["levers"][0]["name"]) == ("sefa", "global 1")
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
    """Pinned levers, edited latents and the region go on into the graph."""
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
        # GAN Render holds what it enlarges within the extremes of its whole batch.
        assert np.abs(difference).mean() < 0.05
    from latent_levers.core.levers.direction_loading import load_directions

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


def test_errors_of_the_node_are_in_words(server):
    with pytest.raises(WorkflowError, match="Lever 1 has no 'vector'"):
        server.run(graph({"levers": [{"shape": [1, 2]}]}))
    lever = {"shape": [1, 5], "vector": write_vector(torch.ones(5))}
    with pytest.raises(WorkflowError, match=r"Expected \[1, 128\], as this stylegan2.*Unpin it"):
        server.run(graph({"levers": [lever]}))


def at_once(count: int, ask: Callable[[int], Answer], seconds: float = 0.0) -> list[Answer]:
    """Several requests, one after the other and without waiting."""
    answers: list[Answer | None] = [None] * count

    def one(number: int) -> None:
        answers[number] = ask(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
        time.sleep(seconds)
    for thread in threads:
        thread.join(300)
    return [answer for answer in answers if answer is not None]


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


def test_sliders_answer_while_levers_are_looked_for(server, page):
    """A Jacobian that takes seconds does not hold a picture up."""
    token = opened(page)
    ended: list[float] = []

    def search() -> None:
        assert levers(page, token, count=16, psi=0.123).status == 200
        ended.append(time.monotonic())

    thread = threading.Thread(target=search)
    thread.start()
    told: set[Any] = set()
    seen = 0
    while thread.is_alive():
        told.add(page.ask("progress", token).json["busy"])
        seen += page.ask("picture", token, state={}).status == 200
    assert seen >= 3
    assert "jacobian" in told
    assert page.ask("progress", token).json == {"busy": None, "done": 0, "total": 0}


def test_closing_frees_and_the_next_run_opens_anew(server, page):
    token = opened(page, seed=11)  # of its own: pages of other tests are not forgotten at once
    assert page.ask("find", node="explorer").json["session"] == token
    assert page.ask("find", node="other").json == {"session": None}
    body = json.dumps({"session": token, "client": page.client}).encode()
    assert page.send("close", body, "text/plain;charset=UTF-8").status == 200
    for route, fields in (("picture", {"state": {}}), ("levers", {"shapes": []}), ("progress", {})):
        answer = page.ask(route, token, **fields)
        assert answer.status == 404
        assert "Run the graph again" in answer.json["error"]
    assert page.ask("find", node="explorer").json == {"session": None}
    newer = opened(page, seed=11)  # the very same graph, which ComfyUI would have cached
    assert newer != token
    assert page.ask("picture", newer, state={}).status == 200


def test_what_was_set_does_not_open_another_session(server, page):
    token = opened(page)
    found = levers(page, token, count=3).json["levers"]
    assert opened(page, pinned_state(found)) == token
    other = opened(page, seed=9)
    assert other != token
    assert page.ask("find", node="explorer").json["session"] == other
    assert page.ask("picture", token, state={}).status == 200  # for whoever still shows it


def test_a_page_that_is_gone_frees_its_sessions_and_one_that_is_loaded_anew_does_not(server):
    """Fifteen seconds of patience, then three until it is looked at."""
    left, other = Page(server, "left"), Page(server, "other")
    lost, kept = opened(left, seed=21), opened(other, seed=22)
    left.leave()
    other.leave()
    time.sleep(6)
    other = Page(server, "other")  # as after a reload, under the same id
    time.sleep(16)
    assert Page(server, "left").ask("find", node="explorer").json == {"session": None}
    assert other.ask("find", node="explorer").json["session"] == kept
    assert other.ask("picture", lost, state={}).status == 404
    other.leave()


def test_two_pages_share_what_is_cached_and_close_it_alone(server):
    one, two = Page(server, "one"), Page(server, "two")
    token = opened(one, seed=31)
    assert opened(two, seed=31) == token
    answers = at_once(2, lambda number: (one, two)[number].ask("picture", token, state={}))
    assert answers[0].body == answers[1].body
    together = at_once(
        2, lambda number: levers((one, two)[number], token, count=2 + number, psi=0.9 - number / 10)
    )
    assert [len(answer.json["levers"]) for answer in together] == [2, 3]  # none gave way to another
    assert one.ask("close", token).status == 200
    assert two.ask("picture", token, state={}).status == 200
    assert two.ask("close", token).status == 200
    assert two.ask("picture", token, state={}).status == 404
    one.leave()
    two.leave()


def test_sessions_are_bounded(server):
    """The oldest of twelve pages' goes; it asks, hears so, and a run opens it anew."""
    pages = [Page(server, f"many-{number}") for number in range(12)]
    tokens = [opened(page, seed=100 + number) for number, page in enumerate(pages)]
    alive = [page.ask("picture", t, state={}).status for page, t in zip(pages, tokens, strict=True)]
    assert alive.count(200) <= 8
    assert alive[-8:] == [200] * 8
    assert alive[0] == 404
    assert pages[0].ask("picture", opened(pages[0], seed=100), state={}).status == 200
    for page in pages:
        page.ask("close", tokens[pages.index(page)])
        page.leave()


def test_a_graph_that_runs_meanwhile_loses_nothing(server, page):
    """Pictures go on, and the graph gives what it gives alone."""
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
    server.forget()
    token = opened(page, seed=41)
    expected = page.ask("picture", token, state={}).body
    prompt = server.queue(slow)
    during = {200: 0}
    regions = 0
    while not server.get_json(f"/history/{prompt}"):
        answer = page.ask("picture", token, state={})
        assert (answer.status, answer.body) == (200, expected)
        during[200] += 1
        regions += levers(page, token, count=2, psi=0.5 + regions / 100).status == 200
    busy = server.images(server.wait(prompt))["edited"]
    assert during[200] >= 2
    assert regions >= 1
    for before, after in zip(quiet, busy, strict=True):
        assert np.array_equal(np.asarray(before), np.asarray(after))


def malformed(token: str, state: dict[str, Any]) -> Iterator[tuple[str, bytes, str]]:
    """Requests that are wrong: route, body, type."""
    kind = "application/json"
    good: dict[str, dict[str, Any]] = {
        "picture": {"state": state},
        "levers": {"shapes": MOUTH, "image": 0, "count": 4, "psi": 1.0},
        "progress": {},
        "close": {},
        "find": {"node": "explorer"},
    }
    odd: list[Any] = [None, True, -1, 1.5, "", "x" * 5000, [], {}, [[]], {"a": 1}, 10**400, "../.."]
    for route, fields in good.items():
        whole = {"session": token, "client": "page-bad", "ticket": 1, **fields}
        if route == "find":
            del whole["session"]
        # Bodies that are no request at all.
        deep = b'{"session":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        long_number = b'{"ticket": ' + b"1" * 5000 + b"}"
        bodies = (b"", b"{", b"[]", b"null", b"7", b'"text"', b"\xff\xfe\x00", b"NaN")
        for body in (*bodies, deep, long_number, json.dumps([whole]).encode()):
            yield route, body, kind
        yield route, json.dumps(whole).encode(), "application/x-www-form-urlencoded"
        yield route, json.dumps(whole).encode(), "multipart/form-data; boundary=x"
        yield route, b" " * (LARGEST.get(route, 16 << 10) + 1), kind
        # Who asks.
        for value in (None, True, 5, [], {}, "x" * 200):
            yield route, json.dumps({**whole, "client": value}).encode(), kind
        for value in (True, -1, 1.5, "1", 2**60, [], math_nan):
            yield route, json.dumps({**whole, "ticket": value}).encode(), kind
        if route != "find":
            for value in (None, 5, [], {}, "", "explorer", "1", "../../etc/passwd", "x" * 63,
                          "C:\\Windows", token.lower() + "x", token[:-1]):  # fmt: skip
                yield route, json.dumps({**whole, "session": value}).encode(), kind
        # What is asked for.
        for key in fields:
            for value in odd:
                right = {
                    "shapes": value == [],
                    "node": value == -1 or (isinstance(value, str) and len(value) < 200),
                    "state": value == {},
                    "psi": value in (-1, 1.5),
                }.get(key, False) or (key == "state" and value == {"a": 1})
                if not right:
                    yield route, json.dumps({**whole, key: value}).encode(), kind
    who = {"session": token, "client": "page-bad", "ticket": 1}
    lever = state["levers"][0]
    for changes in (
        {"image": 2}, {"image": 10**6}, {"psi": 3}, {"psi": math_nan}, {"v": 2},
        {"shapes": [{"preset": "nonsense"}]}, {"shapes": [{"box": [0, 0, 5, 5]}]},
        {"levers": [lever] * 33}, {"levers": [{**lever, "pull": 1e9}]},
        {"levers": [{**lever, "pull": "1"}]}, {"levers": [{**lever, "layers": "99"}]},
        {"levers": [{**lever, "layers": "0-" + "9" * 90}]},
        {"levers": [{**lever, "layers": "a"}]}, {"levers": [{**lever, "space": "../W"}]},
        {"levers": [{**lever, "space": "W+"}]}, {"levers": [{**lever, "space": "Z+"}]},
        {"levers": [{**lever, "shape": [1, 127]}]}, {"levers": [{**lever, "shape": [2, 64]}]},
        {"levers": [{**lever, "vector": "/etc/passwd"}]}, {"levers": [{**lever, "vector": ""}]},
        {"levers": [{**lever, "vector": write_vector(torch.full((1, 128), torch.nan))}]},
        {"levers": [{**lever, "vector": write_vector(torch.full((1, 128), torch.inf))}]},
        {"levers": [{**lever, "vector": write_vector(torch.zeros(1, 128))}]},
        {"levers": [{**lever, "range": [5, -5]}]}, {"levers": [{**lever, "name": ["x"]}]},
    ):  # fmt: skip
        if "shapes" in changes:
            yield "levers", json.dumps({**who, **changes}).encode(), kind
        else:
            yield "picture", json.dumps({**who, "state": {**state, **changes}}).encode(), kind
    nested: Any = []
    for _ in range(500):
        nested = [nested]
    for shapes in (
        "mouth", [5], nested, [{"box": "all"}], [{"box": [0, 0, 1e308, 1]}], [{"polygon": []}],
        [{"polygon": [[0, 0], [1, 1]]}], [{"stroke": [[0, 0]], "width": -1}], [{}] * 501,
        [{"polygon": [[0.1, 0.1]] * 5001}], [{"box": [0, 0, 1, 1], "mode": "xor"}],
        [{"ellipse": [0.5, 0.5, 0.0001, 0.0001]}], {"box": [0, 0, 1, 1]},
    ):  # fmt: skip
        yield "levers", json.dumps({**who, "shapes": shapes}).encode(), kind


math_nan = float("nan")

LARGEST = {"picture": 12 << 20, "levers": 4 << 20}
"""Bytes of a request, where that is more than 16 kB."""


def files(folder: Path) -> set[tuple[str, int]]:
    """All files below a folder, with their sizes; not what the server keeps of itself."""
    return {
        (str(path), path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "server.log" and "comfyui.db" not in path.name
    }


def checked_out(folder: Path) -> str:
    """What git sees of changes in a folder; the same before and after."""
    return subprocess.run(
        ["git", "-C", str(folder), "status", "--porcelain"], capture_output=True, text=True
    ).stdout


def test_malformed_requests_get_a_reason_and_do_no_harm(server, page):
    token = opened(page)
    state = pinned_state(levers(page, token, count=3).json["levers"])
    before = page.ask("picture", token, state=state)
    pack = Path(__file__).resolve().parents[2]
    folders = (server.base, server.installation.folder)
    seen = [files(folders[0]), checked_out(folders[1]), checked_out(pack)]
    logged = len(server.log)
    count = 0
    for route, body, kind in malformed(token, state):
        answer = page.send(route, body, kind)
        told = (route, body[:300], kind, answer.status, answer.body[:300])
        assert 400 <= answer.status < 500, told
        reason = answer.json["error"]
        assert isinstance(reason, str), told
        assert len(reason) > 10, told
        count += 1
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        for route in ("picture", "levers", "progress", "close", "find"):
            assert 400 <= page.send(route, b"{}", method=method).status < 500
            count += 1
    print(f"\n{count} malformed requests were refused")
    assert count >= 200
    assert page.ask("picture", token, state=state).body == before.body
    assert [files(folders[0]), checked_out(folders[1]), checked_out(pack)] == seen
    assert "Traceback" not in server.log[logged:]


def resident(server: ComfyServer) -> float:
    """Memory of the server in megabytes."""
    assert server._process is not None
    return psutil.Process(server._process.pid).memory_info().rss / 1e6


def test_five_hundred_pictures_and_fifty_regions_leave_no_more_than_fifty_megabytes(server, page):
    """Medians are printed; a machine that does other things makes them long, so none decides."""
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

    server.forget()  # Jacobians of other tests, whose room would be taken up again unseen
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
