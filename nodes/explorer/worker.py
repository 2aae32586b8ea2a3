"""One worker beside the event loop: one thing at a time, the newest wish of each kind wins."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

_log = logging.getLogger(__name__)


class SupersededError(Exception):
    """A newer wish of the same kind came: nobody waits for this one any more."""


@dataclass
class Job:
    """One wish."""

    key: Hashable
    """Whose, and of which kind; of one key only the newest counts."""
    ticket: int
    """Rises with every wish of a page."""
    work: Callable[[Job], Any]
    """What is done, given the job itself; calls `pulse` now and then."""
    done: Callable[[Any], None]
    """Told of the result, or of the exception that was raised; called once, from any thread."""
    quick: bool = False
    """Whether it may be done in a pause of a longer one."""
    stale: bool = False
    """Whether a newer one came."""
    busy: str | None = None
    """What it is at, for people."""
    steps: tuple[int, int] = (0, 0)
    """Steps done, and steps in all."""
    _worker: Worker | None = field(default=None, repr=False)

    def pulse(self, done: int = 0, total: int = 0) -> None:
        """Called by long work: ends it when nobody waits, and lets quick wishes pass.

        Args:
            done: Steps done.
            total: Steps in all.

        Raises:
            SupersededError: A newer wish came.
        """
        self.steps = (done, total)
        if not self.quick and self._worker is not None:
            self._worker.serve_quick()
        if self.stale:
            raise SupersededError


class Worker:
    """A thread that begins with the first job; it ends with the process.

    Args:
        idle: Called every few seconds, also while nothing is wished for.
        every: How many seconds that is.
    """

    def __init__(self, idle: Callable[[], object], every: float = 3.0) -> None:
        self._idle, self._every = idle, every
        self._waiting: OrderedDict[Hashable, Job] = OrderedDict()
        self._running: list[Job] = []
        self._thread: threading.Thread | None = None
        self._lock = threading.Condition()

    def submit(self, job: Job) -> None:
        """Wish for something; what was wished for before under the same key is given up.

        Args:
            job: The wish.
        """
        job._worker = self  # a job belongs to the worker that was given it
        given_up: Job | None = None
        with self._lock:
            older = self._waiting.get(job.key)
            running = [other for other in self._running if other.key == job.key]
            if any(other.ticket > job.ticket for other in [*running, *([older] if older else [])]):
                given_up = job  # it was overtaken on its way here
            else:
                given_up = self._waiting.pop(job.key, None)
                self._waiting[job.key] = job
                for other in running:
                    other.stale = True
                self.start()
                self._lock.notify()
        if given_up is not None:
            given_up.done(SupersededError())

    def start(self) -> None:
        """Have the thread, if it is not there yet."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="latent-levers-explorer", daemon=True
                )
                self._thread.start()

    def at_work(self, matches: Callable[[Job], bool]) -> Job | None:
        """A job that runs or waits.

        Args:
            matches: Which.

        Returns:
            The first, those that run before those that wait.
        """
        with self._lock:
            jobs = [*self._running, *self._waiting.values()]
        return next(filter(matches, jobs), None)

    def serve_quick(self) -> None:
        """Do the quick jobs that wait; called in the worker's own thread."""
        while (job := self._next(quick_only=True)) is not None:
            self._do(job)

    def _next(self, quick_only: bool = False) -> Job | None:
        """Take a job: quick ones first, else the oldest."""
        with self._lock:
            quick = (job for job in self._waiting.values() if job.quick)
            slow = () if quick_only else (job for job in self._waiting.values() if not job.quick)
            job = next(quick, None) or next(iter(slow), None)
            if job is not None:
                del self._waiting[job.key]
                self._running.append(job)
            return job

    def _do(self, job: Job) -> None:
        """Do a job and tell how it ended."""
        result: Any
        try:
            result = job.work(job)
        except Exception as error:
            result = error
        finally:
            with self._lock:
                self._running.remove(job)
        try:
            job.done(result)
        except Exception:  # the page is gone; the next one shall be served all the same
            _log.exception("An answer could not be handed over")

    def _run(self) -> None:
        """The thread."""
        tidied = time.monotonic()
        while True:
            job = self._next()
            if job is not None:
                self._do(job)
            else:
                with self._lock:
                    if not self._waiting:
                        self._lock.wait(self._every)
            if time.monotonic() - tidied >= self._every:
                self._tidy()
                tidied = time.monotonic()

    def _tidy(self) -> None:
        """Do what is done every few seconds."""
        try:
            self._idle()
        except Exception:
            _log.exception("Sessions could not be tidied up")
