"""The explorer at 1,024 pixels, untrained: first levers, and from a slider to its picture.

Requests go through the thread of jobs as those of a page do, without HTTP. A picture is compared
with the layers that it must run, timed by themselves within whole pictures of the same run.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import latent_levers as ll
from latent_levers.core.cli.standalone.host import OpenGenerator, StandaloneHost
from latent_levers.core.explorer.photo_state import PhotoState
from latent_levers.core.explorer.state import ExplorerState, read_state
from latent_levers.core.generators.layers.reuse import AbstractPart
from latent_levers.core.generators.rendering import render
from latent_levers.core.server import actions
from latent_levers.core.server.jobs import AT_ONCE, LONG, SOON, Job, JobThread
from latent_levers.core.server.requests import LeverRequest
from latent_levers.core.server.sessions import Contents
from torch.nn import Module

from bench.networks import Workload, load_workload

from .rows import Line, Spent, timed

_FIRST_SECONDS, _RATIO = 10.0, 1.5
"""Most seconds to the first levers, and most times of the changed layers to a picture."""

_STARTS = (4, 8, 12, 16)
"""First layers of the levers that are pulled."""

_WAIT = 3600.0


class Page:
    """A page with an explorer of one image.

    Args:
        workload: Generator, code and region.
    """

    def __init__(self, workload: Workload) -> None:
        self.host, self.workload = StandaloneHost(), workload
        self.contents = Contents(OpenGenerator(workload.gan), workload.code)
        self._thread, self._ticket = JobThread(idle=lambda: None), 0

    def submit(self, kind: str, urgency: int, work: Callable[[Job], Any]) -> Callable[[], Any]:
        """Send a request.

        Args:
            kind: Its kind.
            urgency: Its urgency.
            work: What it computes.

        Returns:
            Waits for the result.
        """
        ended, results = threading.Event(), list[Any]()

        def done(result: Any) -> None:
            results.append(result)
            ended.set()

        self._ticket += 1
        self._thread.submit(
            Job(("session", "page", kind), self._ticket, work, done, urgency=urgency)
        )

        def wait() -> Any:
            if not ended.wait(_WAIT):
                raise TimeoutError(f"{kind} took longer than {_WAIT:g} s")
            if isinstance(results[0], Exception):
                raise results[0]
            return results[0]

        return wait

    def levers(self, region: ll.Region | None, beyond: int | None = 0) -> dict[str, Any]:
        """Ask for levers."""
        request = LeverRequest(region, "mouth", 0, 8, 1.0, False, PhotoState(), beyond)
        work = lambda job: actions.levers(self.host, self.contents, request, job)  # noqa: E731
        return self.submit("first", LONG if beyond is None else SOON, work)()

    def picture(self, state: ExplorerState) -> None:
        """Ask for a picture."""
        work = lambda job: actions.picture(self.host, self.contents, state, job)  # noqa: E731
        self.submit("picture", AT_ONCE, work)()

    def warm(self) -> Callable[[], Any]:
        """Ask for the derivative of the whole image."""
        request = LeverRequest(None, "", 0, 8, 1.0, True, PhotoState())
        work = lambda job: actions.levers(self.host, self.contents, request, job)  # noqa: E731
        return self.submit("warm", LONG, work)

    def cool(self) -> None:
        """End what `warm` asked for, which would outlive Python, as a newer request does."""
        self.submit("warm", LONG, lambda _: None)()


class PartClock:
    """Seconds of each part of a network, while it is open.

    Args:
        network: The network.
    """

    def __init__(self, network: Module) -> None:
        self.seconds: dict[str, float] = {}
        self._begun = 0.0
        self._handles = [
            handle
            for name, module in network.named_modules()
            if isinstance(module, AbstractPart)
            for handle in (
                module.register_forward_pre_hook(self._start),
                module.register_forward_hook(
                    lambda part, inputs, output, name=name: self._stop(name)
                ),
            )
        ]

    def _start(self, part: Module, inputs: Any) -> None:
        self._begun = time.perf_counter()

    def _stop(self, name: str) -> None:
        self.seconds[name] = time.perf_counter() - self._begun

    def close(self) -> dict[str, float]:
        """End it.

        Returns:
            Seconds of the parts that ran.
        """
        for handle in self._handles:
            handle.remove()
        return self.seconds


def lines(quick: bool) -> Iterator[Line]:
    """First levers, and sliders.

    Args:
        quick: Whether three repetitions will do instead of twenty.

    Yields:
        The lines.
    """
    count = 3 if quick else 20
    page = Page(load_workload("stylegan2-1024"))
    page.picture(read_state(""))  # as a page does first
    for what, region in (("the mouth", page.workload.region), ("the whole image", None)):
        spent: list[Spent] = []
        sought = 0
        for _ in range(count):
            found, each = timed(lambda region=region: page.levers(region))
            spent.append(each)
            sought = found["sought"]
        seconds = statistics.median(each.wall for each in spent)
        busy = statistics.median(each.processor for each in spent)
        note = f"from the picture of {sought} px, {busy:.1f} s of processors; median of {count}"
        yield Line(f"1024 px, first levers of {what}: seconds", seconds, _FIRST_SECONDS, note)
    lever = page.levers(page.workload.region)["levers"][0]
    for start in _STARTS:
        yield _slider_line(page, lever, start, count)
    page.warm()
    seen, _ = _pictures(page, lever, 12, count)
    print(f"  1024 px, layers 12-17, slider to picture while the whole is measured: {seen:.2f} s")
    page.cool()


def _state(lever: dict[str, Any], layers: str, share: float) -> ExplorerState:
    """A state with one lever at a share of its range."""
    low, high = lever["range"]
    return read_state({"levers": [{**lever, "pull": low + (high - low) * share, "layers": layers}]})


def _pictures(
    page: Page,
    lever: dict[str, Any],
    start: int,
    count: int,
    between: Callable[[], object] | None = None,
) -> tuple[float, set[str]]:
    """Median seconds from slider to picture, and the parts that such a picture runs."""
    layers = f"{start}-{page.workload.gan.spec.num_ws - 1}"
    page.picture(_state(lever, layers, 0.0))
    clock = PartClock(page.workload.gan.network)
    page.picture(_state(lever, layers, 1.0))
    ran = set(clock.close())
    seconds: list[float] = []
    for number in range(count):
        state = _state(lever, layers, (number + 1) / (count + 1))
        _, each = timed(lambda state=state: page.picture(state))
        seconds.append(each.wall)
        if between is not None:
            between()
    return statistics.median(seconds), ran


def _slider_line(page: Page, lever: dict[str, Any], start: int, count: int) -> Line:
    """From a slider to its picture, in units of the layers that changed."""
    gan, code = page.workload.gan, page.workload.code
    whole: list[dict[str, float]] = []

    def measure() -> None:
        clock = PartClock(gan.network)
        page.submit("whole", AT_ONCE, lambda job: render(gan, code))()
        whole.append(clock.close())

    seen, ran = _pictures(page, lever, start, count, measure)
    alone = statistics.median(sum(each[name] for name in ran) for each in whole)
    all_parts = statistics.median(sum(each.values()) for each in whole)
    layers = f"{start}-{gan.spec.num_ws - 1}"
    note = (
        f"{seen:.2f} s; {len(ran)} parts take {alone:.2f} s, all {all_parts:.2f}; median of {count}"
    )
    return Line(f"1024 px, slider to picture, layers {layers} / them", seen / alone, _RATIO, note)
