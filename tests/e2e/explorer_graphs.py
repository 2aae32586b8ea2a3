"""Graphs with a GANExplorer, and requests to the session that a run opens."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from api_graphs import Graph, node
from explorer_page import Answer, Page, hello
from PIL import Image

MOUTH = [{"preset": "mouth"}]


def graph(state: Any = None, seed: int = 0, **inputs: Any) -> Graph:
    """The bundled generator, two latents, an explorer and a preview of its images."""
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


def opened(page: Page, state: Any = None, **changes: Any) -> str:
    """Run the graph and return the token of its session."""
    return hello(page.run(graph(state, **changes)))["session"]


def levers(page: Page, token: str, **fields: Any) -> Answer:
    """Request levers for the mouth of the first image."""
    return page.ask(
        "levers", token, **{"shapes": MOUTH, "image": 0, "count": 8, "psi": 1.0, **fields}
    )


def pinned_state(found: list[dict[str, Any]], **rest: Any) -> dict[str, Any]:
    """A state with two pinned and pulled levers, one of them on some layers only."""
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
    """RGB values of an encoded picture."""
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGB")).astype(int)


def at_once(count: int, ask: Callable[[int], Answer], seconds: float = 0.0) -> list[Answer]:
    """Send several requests in order, none waiting for the response to the one before."""
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
