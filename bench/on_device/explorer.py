"""A session of the explorer on the device: levers, another region, a pull, its picture."""

from __future__ import annotations

import io
import json
import queue
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import latent_levers as ll
import numpy as np
from latent_levers.core.cli.standalone.host import OpenGenerator, StandaloneHost
from latent_levers.core.explorer.state import read_state
from latent_levers.core.server import actions
from latent_levers.core.server.jobs import Job, JobThread
from latent_levers.core.server.requests import LeverRequest
from latent_levers.core.server.sessions import Contents
from PIL import Image

from .check import CUT_OFF, Finding, Setting
from .device import on_device
from .workloads import workload

T = TypeVar("T")

_COUNT, _SLIDES = 8, 5
"""Levers, and pulls that are drawn."""

_PULL = 3.0
"""Latent distance."""


def findings(setting: Setting) -> Iterator[Finding]:
    """What a page asks for, through the same jobs and actions; the CPU draws the same state.

    Args:
        setting: The device.

    Yields:
        Seconds, and the difference of the pictures in grey levels.
    """
    gan = workload(setting, "").gan if setting.quick else ll.load_generator("portraits-128")
    page = _Page(on_device(gan, setting.device))
    height, width = gan.spec.img_size
    boxes = [
        ll.Region.box(top, width // 4, height // 4, width // 2, gan.spec.img_size)
        for top in (height // 2, height // 4)
    ]
    found, first = page.timed(lambda: page.levers(boxes[0]))
    _, second = page.timed(lambda: page.levers(boxes[1]))
    size = f"{gan.spec.img_resolution} px"
    yield Finding(f"{size}: first levers of a session", first, "s", note="while lines are traced")
    yield Finding(f"{size}: levers of another region / the first", second / first)
    yield Finding(f"{size}: levers found", float(len(found)), least=1.0)
    if not found:
        return
    slides: list[float] = []
    for turn in range(_SLIDES):
        if setting.left < 2:
            yield Finding(f"{size}: slider to picture", outcome=CUT_OFF)
            return
        pull = _PULL * (turn + 1) / _SLIDES
        drawn, took = page.timed(lambda pull=pull: page.picture(found[0], pull))
        slides.append(took)
    slides.sort()
    yield Finding(f"{size}: slider to picture, median", slides[len(slides) // 2] * 1e3, "ms")
    home = _Page(gan)
    expected = home.picture(found[0], _PULL)
    difference = float(np.abs(drawn.astype(float) - expected.astype(float)).max())
    yield Finding(f"{size}: picture against the CPU's", difference, "grey levels", 1.0)
    still = home.picture(found[0], 0.0)
    moved = float(np.abs(still.astype(float) - expected.astype(float)).max())
    yield Finding(f"{size}: what the pull changes", moved, "grey levels", least=2.0)


class _Page:
    """A page of an explorer, without its browser.

    Args:
        gan: The generator, on its device.
    """

    def __init__(self, gan: ll.Generator) -> None:
        self._host = StandaloneHost()
        codes = ll.sample_latents(gan, 1, 0)
        self._contents = Contents(OpenGenerator(gan), codes)
        self._thread = JobThread(lambda: None)
        self._ticket = 0

    def levers(self, region: ll.Region) -> list[dict[str, Any]]:
        """Ask for the levers of a region; returns their entries."""
        photo = read_state("{}").photo
        request = LeverRequest(region, "region", 0, _COUNT, 1.0, False, photo)
        answer = self._ask(lambda job: actions.levers(self._host, self._contents, request, job))
        return answer["levers"]

    def picture(self, lever: dict[str, Any], pull: float) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Ask for the picture of a pull, `[H, W, 3]`."""
        entry = {key: value for key, value in lever.items() if key not in ("share", "thumbs")}
        state = read_state(json.dumps({"v": 1, "levers": [{**entry, "pull": pull}]}))
        _, data = self._ask(lambda job: actions.picture(self._host, self._contents, state, job))
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

    def timed(self, work: Callable[[], T]) -> tuple[T, float]:
        """Time a request; the picture is on the CPU when it is answered."""
        start = time.perf_counter()
        found = work()
        return found, time.perf_counter() - start

    def _ask(self, work: Callable[[Job], Any]) -> Any:
        """Run a request in the thread of jobs, as a server does."""
        self._ticket += 1
        answers: queue.Queue[Any] = queue.Queue()
        key = ("session", "page", str(self._ticket))
        self._thread.submit(Job(key, self._ticket, work, answers.put))
        answer = answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer
