"""Shards as tasks of a Ray cluster, or of one that is started on this machine."""

from __future__ import annotations

import os
import socket
import sys
import warnings
from collections.abc import Sequence
from typing import Any

from ...base.errors import PackError
from ...base.execution import torch_threads
from ...base.extras import import_extra
from ...base.progress import no_progress
from ...base.wording import PackWarning, warn
from .engine import AbstractEngine, EngineOptions, Report
from .job import AbstractJob
from .pool import cores

_PACKAGE = ("ray", "ray", "The engine ray")

_RETRIES = 2
"""Times that Ray runs a shard again whose process ended."""

_SECONDS = 10.0
"""How long a cluster may take to answer."""

_OBJECT_STORE = 80 << 20
"""Bytes of the object store of a cluster that is started here: numbers of shards need little."""


class RayEngine(AbstractEngine):
    """Runs shards as Ray tasks; numbers of shards travel, and texts of warnings come back.

    What a shard computes goes to the job's folder, never through Ray's object store. Ray places the
    tasks, sees processes and machines that end, and runs their shards again.
    """

    id = "ray"
    title = "tasks of a Ray cluster, or of processes that Ray starts here"
    uses = ("workers", "address")
    needs = _PACKAGE

    def run(
        self, job: AbstractJob, shards: Sequence[int], options: EngineOptions, report: Report
    ) -> None:
        """See `AbstractEngine.run`."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to anybody
        ray = import_extra(*_PACKAGE)
        mine = not ray.is_initialized()
        if mine:
            _connect(ray, options)
        try:
            count = options.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
            _run(ray, job, shards, count, report)
        finally:
            if mine:
                ray.shutdown()


def _connect(ray: Any, options: EngineOptions) -> None:
    """Connect to a cluster, or start one on this machine."""
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    if options.address is None:
        found = {"PYTHONPATH": os.pathsep.join(sys.path)}  # where this process found the package
        ray.init(
            address="local",  # else Ray would join a cluster that happens to run here
            num_cpus=options.workers or cores(),
            include_dashboard=False,
            object_store_memory=_OBJECT_STORE,
            runtime_env={"env_vars": found},
            **quiet,
        )
        return
    try:
        _knock(options.address)
        ray.init(address=options.address, **quiet)
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise PackError(
            f"No Ray cluster can be reached at {options.address!r} ({reason})",
            "the address of a running cluster, such as auto or ray://head:10001, and its token "
            "where it asks for one",
            "Start one with the command ray start, or leave the address out",
        ) from None


def _knock(address: str) -> None:
    """Raise `OSError` where nobody listens, for which Ray itself waits for minutes."""
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _SECONDS).close()


def _run(ray: Any, job: AbstractJob, shards: Sequence[int], count: int, report: Report) -> None:
    """Keep as many tasks running as there are workers, until all shards are done."""
    task = ray.remote(num_cpus=1, max_retries=_RETRIES)(_shard)
    shared = ray.put(job)
    running: dict[Any, int] = {}
    shown: set[str] = set()
    waiting = iter(shards)
    try:
        while True:
            for shard in waiting:
                running[task.remote(shared, shard)] = shard
                if len(running) >= count:
                    break
            if not running:
                return
            finished, _ = ray.wait(list(running), num_returns=1)
            for reference in finished:
                shard = running.pop(reference)
                for text in _result(ray, reference, shard):
                    if text not in shown:
                        shown.add(text)
                        warn(text)
                report(shard, job.steps(shard))
    finally:
        for reference in running:
            ray.cancel(reference, force=True)


def _result(ray: Any, reference: Any, shard: int) -> list[str]:
    """What a task returned.

    Returns:
        Texts of warnings.

    Raises:
        PackError: It ended its process again and again, or the cluster is gone.
        RuntimeError: It failed as nobody expected.
    """
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, (PackError, OSError)):
            raise error.cause from None
        reason = " ".join(str(error.cause).split())
        if "No module named" in reason:
            raise PackError(
                f"A machine of the cluster lacks a package ({reason.rsplit(': ', 1)[-1]})",
                "Latent Levers in the environment of every machine of the cluster",
                "Install the same version there, with pip install latent-levers",
            ) from None
        raise RuntimeError(reason) from error
    except ray.exceptions.RayError as error:
        reason = " ".join(str(error).split())[:200]
        raise PackError(
            f"Ray lost shard {shard} {_RETRIES + 1} times ({type(error).__name__}: {reason})",
            "processes that live until their shard is done",
            "Where memory ran out, use fewer workers; what is done is kept",
        ) from None


def _shard(job: AbstractJob, shard: int) -> list[str]:
    """Run one shard, in a process of Ray.

    Returns:
        Texts of warnings.
    """
    texts: list[str] = []

    def note(message: Warning | str, *_: object) -> None:
        if isinstance(message, PackWarning):
            texts.append(message.advice.marked)

    with warnings.catch_warnings(), torch_threads(job.threads):
        warnings.showwarning = note
        if not job.is_done(shard):  # run again, after its process ended behind the last rename
            job.run(shard, no_progress)
    return texts
