"""Sessions of GANExplorer: which runs open one, which pages share it, when it ends."""

from __future__ import annotations

import json
import time

from explorer_graphs import at_once, graph, levers, opened, pinned_state, pixels
from explorer_page import Page, hello


def test_a_run_opens_a_session_and_describes_its_inputs(server, page):
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
        "masks": [],
        "title": "portraits: StyleGAN2, 64 x 64 pixels, 10 layers",
        "photo": None,
        "smaller": None,
    }


def test_a_run_without_a_page_opens_no_session(server):
    """A script gets the images and no session, and its second run uses cached results."""
    first = server.run(graph(seed=5))
    assert hello(first)["session"] is None
    messages = server.run(graph(seed=5))["status"]["messages"]
    (cached,) = (about for what, about in messages if what == "execution_cached")
    if not server.installation.version.endswith("-fork"):  # which does not say what was cached
        assert "explorer" in cached["nodes"]


def test_closing_frees_the_session_and_the_next_run_opens_another(server, page):
    token = opened(page, seed=11)  # a seed of its own: sessions of other tests may still be open
    assert page.ask("find", node="explorer").json["session"] == token
    assert page.ask("find", node="other").json == {"session": None}
    body = json.dumps({"session": token, "client": page.client}).encode()
    assert page.send("close", body, "text/plain;charset=UTF-8").status == 200
    for route, fields in (("picture", {"state": {}}), ("levers", {"shapes": []}), ("progress", {})):
        answer = page.ask(route, token, **fields)
        assert answer.status == 404
        assert "Run the graph again" in answer.json["error"]
    assert page.ask("find", node="explorer").json == {"session": None}
    newer = opened(page, seed=11)  # the same graph, whose results ComfyUI would otherwise reuse
    assert newer != token
    assert page.ask("picture", newer, state={}).status == 200


def test_two_workflows_of_a_page_keep_their_sessions(server, page):
    """Copies of a workflow share the ids of their nodes."""
    one, two = opened(page, seed=41), opened(page, seed=42)
    faces = [pixels(page.ask("picture", token, state={}).body) for token in (one, two)]
    assert (faces[0] != faces[1]).any()
    for token in (one, two, one):
        assert page.ask("find", token, node="explorer").json["session"] == token
    assert page.ask("find", one, node="other").json == {"session": None}
    assert page.ask("find", "no such token", node="explorer").json == {"session": None}
    assert page.ask("close", one).status == 200
    assert page.ask("find", one, node="explorer").json == {"session": None}
    assert (pixels(page.ask("picture", two, state={}).body) == faces[1]).all()
    page.ask("close", two)


def test_another_state_keeps_the_session(server, page):
    token = opened(page)
    found = levers(page, token, count=3).json["levers"]
    assert opened(page, pinned_state(found)) == token
    other = opened(page, seed=9)
    assert other != token
    assert page.ask("find", node="explorer").json["session"] == other
    assert page.ask("picture", token, state={}).status == 200  # a page may still show it


def test_a_closed_page_frees_its_sessions_and_a_reloaded_page_keeps_them(server):
    """A page counts as closed after 15 seconds; the check for that runs every 3 seconds."""
    left, other = Page(server, "left"), Page(server, "other")
    lost, kept = opened(left, seed=21), opened(other, seed=22)
    left.leave()
    other.leave()
    time.sleep(6)
    other = Page(server, "other")  # as after a reload: the same client id
    time.sleep(16)
    assert Page(server, "left").ask("find", node="explorer").json == {"session": None}
    assert other.ask("find", node="explorer").json["session"] == kept
    assert other.ask("picture", lost, state={}).status == 404
    other.leave()


def test_two_pages_share_a_session_until_both_have_closed_it(server):
    one, two = Page(server, "one"), Page(server, "two")
    token = opened(one, seed=31)
    assert opened(two, seed=31) == token
    answers = at_once(2, lambda number: (one, two)[number].ask("picture", token, state={}))
    assert answers[0].body == answers[1].body
    together = at_once(
        2, lambda number: levers((one, two)[number], token, count=2 + number, psi=0.9 - number / 10)
    )
    assert [len(answer.json["levers"]) for answer in together] == [
        2,
        3,
    ]  # neither request was dropped for the other
    assert one.ask("close", token).status == 200
    assert two.ask("picture", token, state={}).status == 200
    assert two.ask("close", token).status == 200
    assert two.ask("picture", token, state={}).status == 404
    one.leave()
    two.leave()


def test_sessions_are_bounded(server):
    """Of twelve sessions the oldest end; requests to them get 404, and a run opens another."""
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
