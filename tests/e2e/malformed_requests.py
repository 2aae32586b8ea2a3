"""Requests that the explorer rejects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import torch
from explorer_graphs import MOUTH
from latent_levers.core.explorer.vectors import write_vector

NAN = float("nan")

LARGEST = {"picture": 12 << 20, "levers": 4 << 20}
"""Largest accepted body in bytes, for routes that accept more than 16 KiB."""


def malformed(token: str, state: dict[str, Any]) -> Iterator[tuple[str, bytes, str]]:
    """Malformed requests: route, body, content type."""
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
        # Bodies that are not a request.
        deep = b'{"session":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        long_number = b'{"ticket": ' + b"1" * 5000 + b"}"
        bodies = (b"", b"{", b"[]", b"null", b"7", b'"text"', b"\xff\xfe\x00", b"NaN")
        for body in (*bodies, deep, long_number, json.dumps([whole]).encode()):
            yield route, body, kind
        yield route, json.dumps(whole).encode(), "application/x-www-form-urlencoded"
        yield route, json.dumps(whole).encode(), "multipart/form-data; boundary=x"
        yield route, b" " * (LARGEST.get(route, 16 << 10) + 1), kind
        # Client, ticket and session.
        for value in (None, True, 5, [], {}, "x" * 200):
            yield route, json.dumps({**whole, "client": value}).encode(), kind
        for value in (True, -1, 1.5, "1", 2**60, [], NAN):
            yield route, json.dumps({**whole, "ticket": value}).encode(), kind
        if route != "find":
            for value in (None, 5, [], {}, "", "explorer", "1", "../../etc/passwd", "x" * 63,
                          "C:\\Windows", token.lower() + "x", token[:-1]):  # fmt: skip
                yield route, json.dumps({**whole, "session": value}).encode(), kind
        # The route's own fields.
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
        {"image": 2}, {"image": 10**6}, {"psi": 3}, {"psi": NAN}, {"v": 2},
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
        {"hold": 1}, {"hold": "true"}, {"hold": []}, {"levers": [{**lever, "region": "mouth"}]},
        *({"hold": True, "levers": [{**lever, "region": region}]} for region in (
            [5], {"box": [0, 0, 1, 1]}, [{"preset": "nonsense"}], [{"box": "all"}], [{}] * 501,
            [{"ellipse": [0.5, 0.5, 0.0001, 0.0001]}], [{"polygon": [[0.1, 0.1]] * 5001}],
        )),
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
