"""All cases: one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import columns, memory, on_cuda, second_region, solvers, styles
from .columns import Plan
from .rows import Row, row_of


@dataclass(frozen=True)
class Case:
    """One thing to measure."""

    title: str
    """For people."""
    run: Callable[[str], list[Row]]
    """From its name to its rows."""
    quick: bool = False
    """Whether `make bench-quick` runs it."""


def _columns(plan: Plan) -> Callable[[str], list[Row]]:
    """The columns of one network."""
    return lambda case: columns.measure(case, plan)


def _solves(case: str) -> list[Row]:
    """The solvers at the size that the case's name ends with."""
    return [row_of(row) for row in solvers.rows((int(case.split("-")[1]),))]


_LARGE = Plan(150.0, (1, 2), whole=False, angles=False, sizes=(8, 16))

CASES: Mapping[str, Case] = {
    "stylegan2-64-W": Case("StyleGAN2, 64 px, W", _columns(Plan(20.0, (4, 8, 16, 32))), quick=True),
    "stylegan2-256-W": Case("StyleGAN2, 256 px, W", _columns(Plan(60.0, (1, 2, 4, 8))), quick=True),
    "stylegan2-1024-W": Case("StyleGAN2, 1024 px (config F), W", _columns(_LARGE)),
    "stylegan2-256-W+": Case("StyleGAN2, 256 px, W+", lambda case: styles.measure(case, 45.0)),
    "stylegan2-1024-W+": Case("StyleGAN2, 1024 px, W+, counted", styles.counts),
    "stylegan1-256": Case("StyleGAN, 256 px, W", _columns(Plan(45.0, (1, 2, 4, 8)))),
    "pggan-256": Case("PGGAN, 256 px, Z", _columns(Plan(45.0, (1, 2, 4, 8)))),
    "dcgan-64": Case("DCGAN, 64 px, Z", _columns(Plan(10.0, (4, 8, 16, 32)))),
    "solve-512": Case("Leading 10 of d = 512", _solves, quick=True),
    "solve-9216": Case("Leading 10 of d = 9216", _solves, quick=True),
    "second-region": Case("A second region, 256 px, W", second_region.measure, quick=True),
    "memory-1024-W": Case("Memory, 1024 px, W", memory.measure),
    "cuda-1024": Case("A CUDA GPU, 1024 px", on_cuda.measure),
}


def run(name: str) -> list[dict[str, Any]]:
    """Run one case in this process.

    Args:
        name: One of `CASES`.

    Returns:
        Its rows, as JSON has them.
    """
    return [row.as_json() for row in CASES[name].run(name)]
