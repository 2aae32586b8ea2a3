"""Sessions: shared where the contents are the same, closed with their pages, bounded."""

from __future__ import annotations

from dataclasses import dataclass, replace

import latent_levers as ll
import pytest
from held_states import GAN
from latent_levers.core.server import sessions as sessions_file
from latent_levers.core.server.facts import explorer_facts
from latent_levers.core.server.sessions import MOST_SESSIONS, RECONNECT_SECONDS, Contents, Sessions


@dataclass(frozen=True)
class Loaded:
    """A generator that stays where it is."""

    generator: ll.Generator


LOADED = Loaded(GAN)


def contents(seed: int = 0) -> Contents:
    """A generator and two codes."""
    return Contents(LOADED, ll.sample_latents(GAN, 2, seed))


def test_the_same_contents_are_one_session() -> None:
    opened, one = Sessions(), contents()
    first = opened.open("a", "1", one, {"count": 2})
    assert first.facts == {"session": first.token, "count": 2}
    assert opened.open("b", "1", replace(one), {}).token == first.token
    assert opened.open("a", "2", one, {}).token != first.token, "another node"
    assert opened.open("a", "1", contents(), {}).token != first.token, "equal, not the same"
    assert opened.get(first.token, "b") is first
    assert opened.get("another", "b") is None
    assert opened.find("c", "1", first.token) is first
    assert opened.find("c", "2", first.token) is None


def test_a_session_ends_with_its_last_page() -> None:
    opened = Sessions()
    token = opened.open("a", "1", contents(), {}).token
    assert opened.get(token, "b") is not None
    assert opened.close(token, "a")
    assert opened.get(token, "b") is not None
    assert opened.close(token, "b")
    assert not opened.close(token, "b")
    assert opened.get(token, "b") is None


def test_pages_that_are_gone_for_a_while_count_as_closed() -> None:
    now = [0.0]
    opened = Sessions(clock=lambda: now[0])
    token = opened.open("a", "1", contents(), {}).token
    now[0] = 10 * RECONNECT_SECONDS
    opened.remove_unused({"a"})
    assert len(opened) == 1
    now[0] += RECONNECT_SECONDS
    opened.remove_unused(set())
    assert len(opened) == 1
    now[0] += 0.1
    opened.remove_unused(set())
    assert opened.get(token, "a") is None


def test_the_oldest_sessions_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Sessions()
    tokens = [opened.open("a", str(n), contents(n), {}).token for n in range(MOST_SESSIONS + 2)]
    assert len(opened) == MOST_SESSIONS
    assert [opened.get(token, "a") is None for token in tokens[:3]] == [True, True, False]
    assert opened.lost == 2
    monkeypatch.setattr(sessions_file, "MOST_BYTES", 1)
    newest = opened.open("a", "new", contents(99), {}).token
    assert len(opened) == 1
    assert opened.get(newest, "a") is not None


def test_facts_are_plain_data() -> None:
    facts = explorer_facts(replace(contents(), directions=ll.sefa(GAN, count=2)), "a title")
    assert facts["size"] == [16, 16]
    assert (facts["count"], facts["space"], facts["title"]) == (2, "W", "a title")
    assert len(facts["directions"]) == 2
    assert facts["mask"] is False
    assert facts["truncation"] is True
    assert explorer_facts(contents(), "")["directions"] is None
