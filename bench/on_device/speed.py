"""Ten levers of a 1,024 px StyleGAN2: all columns, products alone, and the published way's rows."""

from __future__ import annotations

from collections.abc import Iterator

import latent_levers as ll
from latent_levers.core.base.execution import full_precision, plain_tensors
from latent_levers.core.solvers.davidson import DavidsonSolver

from bench.methods import OURS, TYPES, forward_columns, linearised_columns, reverse
from bench.networks import Workload

from .check import CUT_OFF, Finding, Setting
from .device import peak, seconds
from .workloads import moved, workload

_ROWS, _COLUMNS, _BATCHES = 2, 4, (16, 64)
"""Rows by reverse mode that are timed, columns by forward mode, and batches of columns."""

_BOUNDS = {("W", "all columns"): 5.0, ("W", "fast"): 2.0, ("W+", "all columns"): 20.0}
"""Most seconds; asked of a GPU alone, and of the large network alone."""


def findings(setting: Setting) -> Iterator[Finding]:
    """Seconds after a warm-up, memory, and ratios within this run.

    Args:
        setting: The device.

    Yields:
        The findings.
    """
    given = moved(workload(setting, "stylegan2-1024"), setting.device)
    side = given.gan.spec.img_resolution
    draw = given.code
    ll.render(given.gan, draw)
    each = seconds(lambda: ll.render(given.gan, draw), setting.device, 5)
    yield Finding(f"{side} px: one image", each * 1e3, "ms", note="with its way to the CPU")
    with plain_tensors(), full_precision():
        yield from _columns(given, setting, side)
    whole: dict[str, float] = {}
    for space, way in _ways():
        what = f"{side} px: ten levers of {space}, {way}"
        if setting.left < 3 * max(whole.values(), default=1.0):
            yield Finding(what, outcome=CUT_OFF, note="no time was left")
            continue
        whole[f"{space} {way}"], finding = _whole(given, setting, space, way, what)
        yield finding
    both = [whole.get(f"W+ {way}") for way in ("products alone", "all columns")]
    if both[0] is not None and both[1] is not None:
        yield Finding(f"{side} px: W+, products alone / all columns", both[0] / both[1])


def _ways() -> list[tuple[str, str]]:
    """Spaces, and how levers are found; what takes longest is last."""
    return [
        ("W", "all columns"),
        ("W", "fast"),
        ("W", "products alone"),
        ("W+", "products alone"),
        ("W+", "all columns"),
    ]


def _whole(
    given: Workload, setting: Setting, space: str, way: str, what: str
) -> tuple[float, Finding]:
    """Time one way from end to end; the first of two runs is the warm-up, and gives the memory."""

    def work() -> ll.Directions:
        return ll.resefa(
            given.gan,
            given.code,
            given.region,
            space=space,
            effort=ll.JacobianOptions(precision="fast" if way == "fast" else "float32"),
            solver=DavidsonSolver(1e-3) if way == "products alone" else "krylov",
        )

    found, megabytes = peak(work, setting.device)
    took = seconds(work, setting.device)
    asked = setting.device != "cpu" and not setting.quick
    facts = [f"{found.details['products']} products"] if "products" in found.details else []
    facts += [] if megabytes is None else [f"{megabytes:.0f} MB beyond the network"]
    most = _BOUNDS.get((space, way)) if asked else None
    return took, Finding(what, took, "s", most, ", ".join(facts))


def _columns(given: Workload, setting: Setting, side: int) -> Iterator[Finding]:
    """Milliseconds per column, and how many times as long others take for a whole Jacobian."""
    push = linearised_columns(given, TYPES[OURS])
    batches = _BATCHES if setting.device != "cpu" else _BATCHES[:1]

    def column(count: int) -> float:
        push(count)
        return seconds(lambda: push(count), setting.device, 3) / count

    ours, best = min((column(count), count) for count in batches)
    yield Finding(f"{side} px: a column of W", ours * 1e3, "ms", note=f"{best} at once")
    columns = given.image().size
    forward = forward_columns(given)
    forward(_COLUMNS)
    theirs = seconds(lambda: forward(_COLUMNS), setting.device) / _COLUMNS
    yield Finding(f"{side} px: vmap(jvp) / ours", theirs / ours, "times")
    each = _row_by_reverse(given, setting)
    ratio = each * given.rows / (ours * columns)
    note = f"{each * 1e3:.1f} ms a row, {given.rows:,} rows extrapolated"
    yield Finding(f"{side} px: the published way, pixel by pixel / ours", ratio, "times", note=note)


def _row_by_reverse(given: Workload, setting: Setting) -> float:
    """Seconds of a row the published way; the graph behind it is freed at the end."""
    rows = reverse(given, published=True)
    rows(1)
    return seconds(lambda: rows(_ROWS), setting.device) / _ROWS
