"""The thread of jobs: one at a time, the newest of a kind, quick ones in between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from latent_levers.core.base.progress import pause
from latent_levers.core.server.jobs import (
    AT_ONCE,
    LONG,
    SOON,
    Job,
    JobThread,
    SupersededError,
)

URGENCIES = {"picture": AT_ONCE, "first": SOON}

SECONDS = 30.0
"""Longest wait for another thread; nothing is timed."""


class Results:
    """Results of jobs, in the order of their ends."""

    def __init__(self) -> None:
        self.all: list[tuple[int, Any]] = []
        self._ended = threading.Condition()

    def job(self, ticket: int, work: Callable[[Job], Any], kind: str = "levers") -> Job:
        """A job that reports here; pictures are quick."""

        def done(result: Any) -> None:
            with self._ended:
                self.all.append((ticket, result))
                self._ended.notify_all()

        return Job(("session", "page", kind), ticket, work, done, urgency=URGENCIES.get(kind, LONG))

    def wait(self, count: int) -> dict[int, Any]:
        """Wait for as many results."""
        with self._ended:
            assert self._ended.wait_for(lambda: len(self.all) >= count, SECONDS)
            return dict(self.all)


def until_replaced(begun: threading.Event) -> Callable[[Job], Any]:
    """Work without an end."""

    def work(job: Job) -> None:
        begun.set()
        while True:
            job.pulse()

    return work


def test_a_newer_job_of_a_kind_replaces_an_older_one() -> None:
    thread, results, begun = JobThread(idle=lambda: None), Results(), threading.Event()
    thread.submit(results.job(1, until_replaced(begun)))
    assert begun.wait(SECONDS)
    thread.submit(results.job(2, lambda job: "new"))
    seen = results.wait(2)
    assert isinstance(seen[1], SupersededError)
    assert seen[2] == "new"


def test_an_older_job_that_comes_late_is_refused() -> None:
    thread, results, begun = JobThread(idle=lambda: None), Results(), threading.Event()
    thread.submit(results.job(5, until_replaced(begun)))
    assert begun.wait(SECONDS)
    thread.submit(results.job(4, lambda job: "late"))
    assert isinstance(results.wait(1)[4], SupersededError)
    current = thread.current(lambda job: True)
    assert current is not None
    assert (current.ticket, current.stale) == (5, False)
    thread.submit(results.job(6, lambda job: "end"))
    assert results.wait(3)[6] == "end"


def test_quick_jobs_run_inside_longer_ones() -> None:
    thread, results = JobThread(idle=lambda: None), Results()
    begun, drawn = threading.Event(), threading.Event()

    def long(job: Job) -> str:
        begun.set()
        while not drawn.is_set():
            job.pulse(1, 2)
        return "levers"

    def quick(job: Job) -> str:
        drawn.set()
        return "picture"

    thread.submit(results.job(1, long))
    assert begun.wait(SECONDS)
    thread.submit(results.job(2, quick, "picture"))
    results.wait(2)
    assert results.all == [(2, "picture"), (1, "levers")]


def test_the_more_urgent_runs_in_the_pauses_of_the_less_urgent() -> None:
    thread, results = JobThread(idle=lambda: None), Results()
    begun, inside, drawn = threading.Event(), threading.Event(), threading.Event()

    def long(job: Job) -> str:
        begun.set()
        while not inside.is_set():
            pause()
        return "levers"

    def first(job: Job) -> str:
        inside.set()
        while not drawn.is_set():
            pause()
        return "first levers"

    def picture(job: Job) -> str:
        drawn.set()
        pause()  # nothing is more urgent
        return "picture"

    thread.submit(results.job(1, long))
    assert begun.wait(SECONDS)
    thread.submit(results.job(2, first, "first"))
    assert inside.wait(SECONDS)
    thread.submit(results.job(3, lambda job: "last", "warm"))
    thread.submit(results.job(4, picture, "picture"))
    results.wait(4)
    words = ["picture", "first levers", "levers", "last"]
    assert [each for _, each in results.all] == words


def test_a_job_is_replaced_between_layers() -> None:
    thread, results, begun = JobThread(idle=lambda: None), Results(), threading.Event()

    def long(job: Job) -> None:
        begun.set()
        while True:
            pause()

    thread.submit(results.job(1, long))
    assert begun.wait(SECONDS)
    thread.submit(results.job(2, lambda job: "new"))
    assert isinstance(results.wait(2)[1], SupersededError)


def test_an_exception_is_a_result_and_the_thread_goes_on() -> None:
    thread, results = JobThread(idle=lambda: None), Results()

    def fail(job: Job) -> None:
        raise ValueError("wrong")

    thread.submit(results.job(1, fail))
    assert isinstance(results.wait(1)[1], ValueError)
    thread.submit(results.job(2, lambda job: job.ticket))
    assert results.wait(2)[2] == 2


def test_a_job_is_cancelled_by_its_key_whether_it_runs_or_waits() -> None:
    thread, results, begun = JobThread(idle=lambda: None), Results(), threading.Event()
    thread.submit(results.job(1, until_replaced(begun), "photo"))
    assert begun.wait(SECONDS)
    thread.submit(results.job(2, lambda job: "never", "film"))
    thread.cancel(("session", "page", "film"))
    thread.cancel(("session", "another page", "photo"))
    assert isinstance(results.wait(1)[2], SupersededError)
    thread.submit(results.job(3, lambda job: "after", "levers"))
    thread.cancel(("session", "page", "photo"))
    seen = results.wait(3)
    assert isinstance(seen[1], SupersededError)
    assert seen[3] == "after"
