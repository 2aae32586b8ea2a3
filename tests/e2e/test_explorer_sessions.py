"""Sessions of GANExplorer: which runs open one, who shares it, when it ends."""

from __future__ import annotations

import json
import time

from explorer_graphs import at_once, graph, levers, opened, pinned_state
from explorer_page import Page, hello


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
