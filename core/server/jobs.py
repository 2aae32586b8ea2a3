"""Jobs of pages, run one at a time; a newer job replaces an older one of the same key."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..base.progress import pausing

_log = logging.getLogger(__name__)

LONG, SOON, AT_ONCE = range(3)
"""Urgencies of jobs: what takes long, what somebody waits for, and pictures of a moving slider."""


class SupersededError(Exception):
    """A newer job of the same key replaced this one, whose result is no longer needed."""


@dataclass
class Job:
    """One unit of work for the thread of jobs."""

    key: tuple[str, str, str]
    """Session, page and kind of request; of one key only the newest job is finished."""
    ticket: int
    """Number that rises with every request of a page."""
    work: Callable[[Job], Any]
    """The work, called with the job itself; long work calls `pulse` regularly."""
    done: Callable[[Any], None]
    """Called once with the result, or with the exception that was raised; from any thread."""
    urgency: int = LONG
    """It may run inside the pauses of a job that is less urgent."""
    stale: bool = False
    """Whether a newer job replaced it."""
    busy: str | None = None
    """What it is doing: "jacobian", "hold", "graph" (waiting for one), or none."""
    steps: tuple[int, int] = (0, 0)
    """Steps done, and total steps."""
    runner: JobThread | None = field(default=None, repr=False)
    """The thread that it was submitted to."""

    def pulse(self, done: int = 0, total: int = 0) -> None:
        """Report progress, run more urgent jobs, and cancel if a newer job replaced this one.

        Args:
            done: Steps done.
            total: Total steps.

        Raises:
            SupersededError: A newer job of the same key was submitted.
        """
        self.steps = (done, total)
        self.rest()

    def rest(self) -> None:
        """Run more urgent jobs that wait, and cancel if a newer job replaced this one.

        Raises:
            SupersededError: A newer job of the same key was submitted.
        """
        if self.urgency < AT_ONCE and self.runner is not None:
            self.runner.serve_above(self.urgency)
        if self.stale:
            raise SupersededError


class JobThread:
    """A daemon thread that starts with the first job.

    Args:
        idle: Called regularly between jobs, also while none waits.
        every: Seconds between these calls.
    """

    def __init__(self, idle: Callable[[], object], every: float = 3.0) -> None:
        self._idle, self._every = idle, every
        self._waiting: OrderedDict[tuple[str, str, str], Job] = OrderedDict()
        self._running: list[Job] = []
        self._thread: threading.Thread | None = None
        self._lock = threading.Condition()

    def submit(self, job: Job) -> None:
        """Queue a job; older jobs of the same key are cancelled.

        Args:
            job: The job.
        """
        job.runner = self
        cancelled: Job | None = None
        with self._lock:
            older = self._waiting.get(job.key)
            running = [other for other in self._running if other.key == job.key]
            if any(other.ticket > job.ticket for other in [*running, *([older] if older else [])]):
                cancelled = job  # a newer one was submitted first
            else:
                cancelled = self._waiting.pop(job.key, None)
                self._waiting[job.key] = job
                for other in running:
                    other.stale = True
                self.start()
                self._lock.notify()
        if cancelled is not None:
            cancelled.done(SupersededError())

    def cancel(self, key: tuple[str, str, str]) -> None:
        """Cancel the job of a key, if there is one; it ends with `SupersededError`.

        Args:
            key: Session, page and kind of request.
        """
        with self._lock:
            waiting = self._waiting.pop(key, None)
            for job in self._running:
                job.stale = job.stale or job.key == key
        if waiting is not None:
            waiting.done(SupersededError())

    def start(self) -> None:
        """Start the thread, if it does not run yet."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="latent-levers-explorer", daemon=True
                )
                self._thread.start()

    def current(self, matches: Callable[[Job], bool]) -> Job | None:
        """The first job that matches, running jobs before waiting ones.

        Args:
            matches: Whether a job is meant.

        Returns:
            The job, or none.
        """
        with self._lock:
            jobs = [*self._running, *self._waiting.values()]
        return next(filter(matches, jobs), None)

    def serve_above(self, urgency: int) -> None:
        """Run the jobs that wait and are more urgent; called in the thread itself.

        Args:
            urgency: That of the job which makes the pause.
        """
        while (job := self._next(urgency)) is not None:
            self._run_job(job)

    def _next(self, above: int = LONG - 1) -> Job | None:
        """Take the next job from the queue: the oldest of the most urgent ones."""
        with self._lock:
            urgent = [job for job in self._waiting.values() if job.urgency > above]
            job = max(urgent, key=lambda each: each.urgency, default=None)  # the first of equals
            if job is not None:
                del self._waiting[job.key]
                self._running.append(job)
            return job

    def _run_job(self, job: Job) -> None:
        """Run a job, and pass its result or exception to `done`."""
        result: Any
        between = job.rest if job.urgency < AT_ONCE else None
        try:
            with pausing(between):
                result = job.work(job)
        except Exception as error:
            result = error
        finally:
            with self._lock:
                self._running.remove(job)
        try:
            job.done(result)
        except Exception:  # the page may be closed; the thread must go on
            _log.exception("The result of an explorer's job could not be delivered")

    def _run(self) -> None:
        """Main loop of the thread."""
        tidied = time.monotonic()
        while True:
            job = self._next()
            if job is not None:
                self._run_job(job)
            else:
                with self._lock:
                    if not self._waiting:
                        self._lock.wait(self._every)
            if time.monotonic() - tidied >= self._every:
                self._tidy()
                tidied = time.monotonic()

    def _tidy(self) -> None:
        """Call `idle`; an exception must not end the thread."""
        try:
            self._idle()
        except Exception:
            _log.exception("Unused explorer sessions could not be removed")
