"""The cases, one entry each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import columns, families, lowrank, memory, second_region, solvers, styles
from .columns import Plan
from .families import FAMILIES, Family
from .rows import Row, row_of


@dataclass(frozen=True)
class Case:
    """A benchmark case."""

    title: str
    """Title in tables and documents."""
    run: Callable[[str, bool], list[Row]]
    """Called with (name of the case, whether to run the short version), returns the rows."""
    quick: bool = False
    """Whether `make bench-quick` runs it."""


def _columns(plan: Plan, quick: Plan | None = None) -> Callable[[str, bool], list[Row]]:
    """A case that measures the columns of one network."""
    return lambda case, short: columns.measure(case, quick if short and quick else plan)


def _solves(case: str, short: bool) -> list[Row]:
    """Measure the solvers at the size at the end of the name; memory only in the full version."""
    return [row_of(row) for row in solvers.rows((int(case.split("-")[1]),), memory=not short)]


def _family(family: Family) -> Case:
    """A case that measures one architecture in one space."""
    return Case(
        family.title, lambda _, short: families.measure(family, apart=not short), family.quick
    )


_SIZES, _ALL = (16, 32, 64), ("linearised-float32", "linearised-bfloat16", "vmap-jvp")
_SHORT = ("linearised-float32",)
_64 = Plan(30.0, (4, 8, 16, 32), _SIZES, whole=_ALL, turns=2)
_256 = Plan(90.0, (1, 2, 4, 8), _SIZES, turns=2)
_1024 = Plan(120.0, (1, 2), (16,), rows=1, whole=(), fast=False, angles=False)

CASES: Mapping[str, Case] = {
    "stylegan2-64-W": Case(
        "StyleGAN2, 64 px, W",
        _columns(_64, Plan(8.0, (4, 8, 16), whole=(), peaks=False)),
        quick=True,
    ),
    "stylegan2-256-W": Case(
        "StyleGAN2, 256 px, W",
        _columns(_256, Plan(45.0, (1, 2, 4), whole=_SHORT, peaks=False)),
        quick=True,
    ),
    "stylegan2-1024-W": Case("StyleGAN2, 1024 px (config F), W", _columns(_1024)),
    "stylegan2-256-W+": Case("StyleGAN2, 256 px, W+", lambda case, _: styles.measure(case, 0.0)),
    "stylegan2-1024-W+": Case(
        "StyleGAN2, 1024 px, W+, counted", lambda case, _: styles.counts(case)
    ),
    **{family.case: _family(family) for family in FAMILIES},
    "solve-512": Case("Leading 10 of d = 512", _solves, quick=True),
    "solve-9216": Case("Leading 10 of d = 9216", _solves, quick=True),
    "lowrank-128": Case("Robust PCA of d = 128, portraits", lambda case, _: lowrank.measure(case)),
    "lowrank-512": Case("Robust PCA of d = 512", lambda case, _: lowrank.measure(case)),
    "second-region": Case(
        "A second region, 256 px, W",
        lambda case, short: second_region.measure(case, 1 if short else 2),
        quick=True,
    ),
    "memory-1024-W": Case("Memory, 1024 px, W", lambda case, _: memory.measure(case)),
}


def run(name: str, short: bool) -> list[dict[str, Any]]:
    """Run one case in this process.

    Args:
        name: One of `CASES`.
        short: Whether to run the short version, as `make bench-quick` does.

    Returns:
        Its rows as dictionaries for JSON.
    """
    return [row.as_json() for row in CASES[name].run(name, short)]
