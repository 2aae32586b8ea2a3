"""Run tasks two at a time, each in a process with one thread, so that figures repeat."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any

import torch

PROCESSES = 2
"""Tasks at a time; their results do not depend on it."""


def _one_thread() -> None:
    """Set the number of threads, on which the last digits of sums depend."""
    torch.set_num_threads(1)


def run_all(tasks: Sequence[tuple[str, Callable[..., Any], tuple[Any, ...]]]) -> dict[str, Any]:
    """Run tasks in processes of their own.

    Args:
        tasks: For each its name, a function of a module, and the function's arguments.

    Returns:
        Results by name.
    """
    start = time.perf_counter()
    found: dict[str, Any] = {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, context, _one_thread) as pool:
        waiting: dict[str, Future[Any]] = {
            name: pool.submit(function, *arguments) for name, function, arguments in tasks
        }
        for name, future in waiting.items():
            found[name] = future.result()
            print(f"  {name} ({time.perf_counter() - start:.0f} s)", flush=True)
    return found
