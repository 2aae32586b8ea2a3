"""Requests that the server of `latent-levers explore` refuses, whatever they ask for."""

from __future__ import annotations

import json
from typing import Any

import pytest

TOKEN = "a-token-of-the-tests"
PAGE = f"/{TOKEN}/"

PATHS = (
    PAGE,
    f"{PAGE}extensions/latent_levers/explorer_widget.js",
    f"{PAGE}latent_levers/explorer/open",
    f"{PAGE}latent_levers/explorer/save",
    f"{PAGE}nothing",
)
"""The page, a module, routes, and a path that does not exist."""


def statuses(client: Any, *headers: tuple[str, str]) -> set[int]:
    """What all paths are answered, for GET and POST, with some headers."""
    seen: set[int] = set()
    for path in PATHS:
        for method in ("GET", "POST"):
            status, _, body = client.send(path, method, b"{}", list(headers))
            seen.add(status)
            if status == 403:
                assert len(json.loads(body)["error"]) > 20
    return seen


def test_the_page_itself_is_answered(client: Any) -> None:
    status, headers, body = client.send(PAGE)
    assert status == 200
    assert b"<!doctype html>" in body
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert 403 not in statuses(client)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//",
        "",
        "/favicon.ico",
        "/a-token-of-the-test/",
        f"/{TOKEN.upper()}/",
        f"/{TOKEN}x/",
        f"//{TOKEN}/",
        f"/x/../{TOKEN}/",
        f"/latent_levers/explorer/open?token={TOKEN}",
        "/extensions/latent_levers/explorer_widget.js",
        "/latent_levers/explorer/save",
        "/%61/",
        "/%ff%00/",
        "/%F0%9F%98%80/",
    ],
)
def test_without_the_token_nothing_is_answered(client: Any, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        status, _, body = client.send(path or "/", method, b"{}")
        assert status == 403
        assert TOKEN.encode() not in body


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "example.com:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1.example.com:{port}",
        "localhost",
        "localhost.example.com:{port}",
        "0.0.0.0:{port}",
        "127.0.0.2:{port}",
        "user@127.0.0.1:{port}",
        "",
    ],
)
def test_another_host_is_refused(client: Any, host: str) -> None:
    """As of a page whose name was made to point at this machine."""
    assert statuses(client, ("Host", host.format(port=client.port))) == {403}


def test_two_hosts_are_refused(client: Any) -> None:
    host = f"127.0.0.1:{client.port}"
    status, _, _ = client.send(PAGE, headers=[("Host", host), ("Host", "example.com")])
    assert status in (400, 403)


def test_both_names_of_this_machine_are_hosts(client: Any) -> None:
    for name in ("127.0.0.1", "localhost", "LOCALHOST"):
        host = f"{name}:{client.port}"
        assert client.send(PAGE, headers=[("Host", host)])[0] == 200


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://example.com",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}.example.com",
        "",
    ],
)
def test_another_origin_is_refused(client: Any, origin: str) -> None:
    assert statuses(client, ("Origin", origin.format(port=client.port))) == {403}


def test_the_own_origin_is_answered(client: Any) -> None:
    own = ("Origin", f"http://127.0.0.1:{client.port}")
    assert client.ask("open", [own])[0] == 200
    assert 403 not in statuses(client, own)
    assert statuses(client, own, ("Origin", "http://example.com")) <= {400, 403}


@pytest.mark.parametrize("site", ["cross-site", "same-site", "unknown"])
def test_another_site_may_only_open_the_page(client: Any, site: str) -> None:
    """Images and scripts of another page name no origin, but browsers name the site."""
    assert statuses(client, ("Sec-Fetch-Site", site)) == {403}
    opened = [
        ("Sec-Fetch-Site", site),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Dest", "document"),
    ]
    assert client.send(PAGE, headers=opened)[0] == 200
    assert client.send(PAGE, "POST", b"{}", opened)[0] == 403
    framed = [*opened[:2], ("Sec-Fetch-Dest", "iframe")]
    assert client.send(PAGE, headers=framed)[0] == 403
