"""Shards in processes of this machine, by Python's own `multiprocessing`."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
import warnings
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from ...base.errors import PackError
from ...base.execution import torch_threads
from ...base.wording import PackWarning, warn
from .engine import AbstractEngine, EngineOptions, Report
from .job import AbstractJob

_ATTEMPTS = 3
"""Times that a shard is given out before its processes' deaths are an error."""

_SECONDS = 0.2
"""Least time between two reports of a process."""

_PATIENCE = 5.0
"""Seconds that a process is given to end before it is killed."""


def cores() -> int:
    """Cores that this process may use.

    Returns:
        At least 1.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class PoolEngine(AbstractEngine):
    """Runs shards in new processes, which each import the package and open the files themselves.

    A process that ends, for example since the system was out of memory, is replaced, and its shard
    is given out again. Processes end with the one that started them. As always with
    `multiprocessing`, a script that uses it needs `if __name__ == "__main__":`.
    """

    id = "pool"
    title = "several processes of this machine"
    uses = ("workers",)

    def run(
        self, job: AbstractJob, shards: Sequence[int], options: EngineOptions, report: Report
    ) -> None:
        """See `AbstractEngine.run`."""
        _Pool(job, shards, report).run(options.workers or cores())


@dataclass(eq=False)
class _Member:
    """One process of a pool, and the shard that it was given."""

    process: BaseProcess
    connection: Connection
    shard: int | None = None


@dataclass
class _Pool:
    """The processes of a run."""

    job: AbstractJob
    shards: Sequence[int]
    report: Report
    members: dict[Connection, _Member] = field(default_factory=dict)
    deaths: dict[int, int] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)

    def run(self, count: int) -> None:
        """Run all shards with some processes.

        Raises:
            PackError: A shard cannot be computed.
        """
        waiting = deque(self.shards)
        try:
            while waiting or self.members:
                while waiting and len(self.members) < count:
                    self._give(self._start(), waiting.popleft())
                for connection in wait(list(self.members)):
                    member = self.members[connection]  # type: ignore[index]
                    try:
                        kind, value = member.connection.recv()
                    except (EOFError, OSError):
                        waiting.appendleft(self._lost(member))
                        continue
                    if kind == "done" and waiting:
                        self._give(member, waiting.popleft())
                    elif kind == "done":
                        self._dismiss(member)
                    self._take(member, kind, value)
        finally:
            self._end()

    def _start(self) -> _Member:
        """Start a process."""
        context = multiprocessing.get_context("spawn")  # forked threads of torch hang
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(self.job, theirs), daemon=True)
        process.start()
        theirs.close()  # so that the end of the process ends the pipe
        member = _Member(process, ours)
        self.members[ours] = member
        return member

    def _give(self, member: _Member, shard: int) -> None:
        """Give a shard to a process; its death is seen when its pipe is read."""
        member.shard = shard
        with contextlib.suppress(OSError):
            member.connection.send(shard)

    def _take(self, member: _Member, kind: str, value: Any) -> None:
        """Handle what a process reports."""
        if kind == "error":
            raise value
        if kind == "warning":
            if value not in self.texts:  # once, not once per process
                self.texts.add(value)
                warn(value)
        elif kind == "done":
            self.report(value, self.job.steps(value))
        else:
            assert member.shard is not None
            self.report(member.shard, value)

    def _lost(self, member: _Member) -> int:
        """Forget a process that ended.

        Returns:
            Its shard, which somebody else must run.

        Raises:
            PackError: The shard has ended several processes.
        """
        self._dismiss(member)
        shard = member.shard
        assert shard is not None  # a process without a shard has been dismissed
        self.report(shard, 0)
        self.deaths[shard] = self.deaths.get(shard, 0) + 1
        if self.deaths[shard] >= _ATTEMPTS:
            raise PackError(
                f"Shard {shard} ended {_ATTEMPTS} processes ({_cause(member.process.exitcode)})",
                "processes that live until their shard is done",
                "Where memory ran out, use fewer workers; what is done is kept",
            )
        return shard

    def _dismiss(self, member: _Member) -> None:
        """Close the pipe of a process, which then ends, and wait for it."""
        del self.members[member.connection]
        member.connection.close()
        member.process.join(_PATIENCE)
        if member.process.is_alive():
            member.process.kill()
            member.process.join()

    def _end(self) -> None:
        """End all processes, whatever they are doing: results are written atomically."""
        for member in self.members.values():
            member.process.terminate()
        for member in list(self.members.values()):
            self._dismiss(member)


def _cause(code: int | None) -> str:
    """Why a process ended, in words."""
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def _work(job: AbstractJob, connection: Connection) -> None:
    """Run the shards that arrive through a pipe, until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this

    def note(message: Warning | str, *_: object) -> None:
        if isinstance(message, PackWarning):
            connection.send(("warning", message.advice.marked))

    with warnings.catch_warnings(), torch_threads(job.threads):
        warnings.showwarning = note
        while True:
            try:
                shard: int = connection.recv()
            except (EOFError, OSError):
                return
            try:
                job.run(shard, _Steps(connection))
            except BrokenPipeError:
                return  # the parent has ended
            except Exception as error:
                connection.send(("error", _picklable(error)))
                return
            connection.send(("done", shard))


def _picklable(error: Exception) -> Exception:
    """An error that can pass a pipe: the pack's own as it is, others as a text."""
    if isinstance(error, (PackError, OSError)):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")


@dataclass
class _Steps:
    """Reports the steps of a shard, not too often."""

    connection: Connection
    next: float = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Send the number of steps.

        Args:
            done: Steps done.
            total: Steps of the shard.
        """
        now = time.monotonic()
        if now >= self.next:
            self.next = now + _SECONDS
            self.connection.send(("steps", done))
