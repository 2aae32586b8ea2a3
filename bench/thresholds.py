"""Performance targets, and their comparison with the measured rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .rows import Row

Value = float | None


class Table:
    """Rows by case and method.

    Args:
        rows: Any rows.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = {(row.case, row.method): row.as_json() for row in rows}

    def get(self, case: str, method: str, key: str = "total_s") -> Value:
        """Look up one result.

        Args:
            case: Name of the case.
            method: Name of the method.
            key: Name of the result.

        Returns:
            None if it was not measured.
        """
        found = self._rows.get((case, method), {}).get(key)
        return None if found is None else float(found)

    def ratio(self, case: str, one: str, other: str, key: str = "total_s") -> Value:
        """Divide the result of one method by that of another.

        Args:
            case: Name of the case.
            one: Method of the numerator.
            other: Method of the denominator.
            key: Name of the result.

        Returns:
            None if one was not measured.
        """
        numerator, denominator = self.get(case, one, key), self.get(case, other, key)
        return None if numerator is None or not denominator else numerator / denominator


@dataclass(frozen=True)
class Threshold:
    """A bound on one result."""

    title: str
    """What is measured."""
    bound: float
    """The lower or upper bound."""
    at_least: bool
    """Whether it is a lower bound."""
    figure: Callable[[Table], Value]
    """Computes the result from the rows; none if it was not measured."""

    def judge(self, table: Table) -> tuple[str, str, str]:
        """Compare the result with the bound.

        Args:
            table: The rows.

        Returns:
            Such as "at least 800", "912", "holds".
        """
        found = self.figure(table)
        bound = f"{'at least' if self.at_least else 'at most'} {self.bound:g}"
        if found is None:
            return bound, "", "not measured"
        holds = found >= self.bound if self.at_least else found <= self.bound
        return bound, f"{found:.3g}", "holds" if holds else "does not hold"


_OURS, _MS = "linearised-float32", "ms_per_column"


def _times(case: str, one: str, other: str, bound: float, words: str, key: str = _MS) -> Threshold:
    """A lower bound on how many times faster `other` is than `one`."""
    return Threshold(f"{case}: {words}", bound, True, lambda t: t.ratio(case, one, other, key))


def _most(case: str, method: str, bound: float, words: str, key: str = "angle") -> Threshold:
    """An upper bound on a result."""
    return Threshold(f"{case}: {words}", bound, False, lambda t: t.get(case, method, key))


def _least(case: str, method: str, bound: float, words: str, key: str) -> Threshold:
    """A lower bound on a result."""
    return Threshold(f"{case}: {words}", bound, True, lambda t: t.get(case, method, key))


_256, _1024, _PLUS, _MEMORY = (
    "stylegan2-256-W",
    "stylegan2-1024-W",
    "stylegan2-256-W+",
    "memory-1024-W",
)

THRESHOLDS: tuple[Threshold, ...] = (
    _times(
        _256,
        "reverse-per-pixel",
        _OURS,
        800,
        "exact columns against one pixel at a time",
        "total_s",
    ),
    _times(_256, "vmap-jvp", _OURS, 1.5, "exact columns against vmap(jvp)"),
    _times(_256, "convolutions", _OURS, 0.8, "share of the speed of bare convolutions"),
    _most(_256, _OURS, 1e-4, "angle of exact columns"),
    _times(_1024, "vmap-jvp", _OURS, 2.5, "exact columns against vmap(jvp)"),
    _times(_1024, "convolutions", _OURS, 0.55, "share of the speed of bare convolutions"),
    Threshold(
        f"{_256}: time of the fast mode over exact",
        1.05,
        False,
        lambda t: t.ratio(_256, "fast", "exact"),
    ),
    _times(_256, "vmap-jvp", "fast", 2.2, "fast mode against vmap(jvp)", "total_s"),
    _most(_256, "fast", 1e-3, "angle of the fast mode"),
    _times(_PLUS, "full-depth-columns", "by-style", 1.4, "by style against full depth", "total_s"),
    _times(
        _PLUS,
        "columns-entering-at-their-layer",
        "by-style",
        1.1,
        "by style against columns that enter at their layer",
        "total_s",
    ),
    _most(_PLUS, "by-style", 1e-5, "relative difference of the Gram", "gram_difference"),
    _most(
        "stylegan2-1024-W+",
        "by-style-convolutions",
        5450,
        "full-depth passes that the style columns are worth",
        "full_depth_passes",
    ),
    _most("solve-9216", "auto", 1.2, "time against Cholesky and eigsh", "ratio"),
    _most("solve-9216", "auto", 1e-6, "angle to them"),
    _most("solve-512", "auto", 1.0, "time against scipy's eigh of a subset", "ratio"),
    _least("lowrank-128", "resefa", 50, "solve against LowRankGAN's, portraits", "ratio"),
    _least("lowrank-512", "resefa", 50, "solve against LowRankGAN's, d = 512", "ratio"),
    _least("second-region", "second-region-mouth", 100, "mouth against a first region", "ratio"),
    _least("second-region", "second-region-half", 30, "half against a first region", "ratio"),
    _most(_MEMORY, "float32-columns", 9000, "peak MB, float32 columns", "peak_mb"),
    _most(_MEMORY, "float16-columns", 5000, "peak MB, float16 columns", "peak_mb"),
    _most(_MEMORY, "budget-1-GB", 1e-3, "angle with room for 1 GB", "angle_to_float32"),
)
