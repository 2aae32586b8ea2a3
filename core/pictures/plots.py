"""Plots of what edits change, drawn by matplotlib, an optional package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..base.errors import PackError
from ..base.extras import import_extra
from ..measures.curves import ChangeCurve
from ..measures.reports.report import EditReport
from ..measures.reports.summaries import Summary
from ..measures.reports.table import MeasureTable
from .table_page import message_page, table_page
from .text import INK, PAPER, QUIET

_COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#D55E00", "#CC79A7")
"""Colours that people with any colour vision tell apart (Okabe and Ito, 2008), light ones."""

_MARKERS = ("o", "s", "^", "D", "v", "P")
"""Shapes, so that colour is never the only difference."""

_MOST_BANDS = 4
"""Most levers whose bands are drawn; more would cover each other."""

_FEW_DECADES = 1000
"""Ratio of the ends of a logarithmic axis above which only powers of ten are labelled."""

_DOTS = 100
"""Pixels per inch."""

_REPORT_SIZE = (15.0, 5.0)
"""Width and height of the plot of a report, in inches."""

_RATIO = "inside_over_outside"
"""The figure of the leakage plot."""


def report_page(report: EditReport) -> Tensor:
    """Draw the table of a report; needs no optional package.

    Args:
        report: From `measures.reports.report.judge`.

    Returns:
        `[height, width, 3]` uint8.
    """
    return table_page(report.table.grid(), report.title, "\n".join(report.table.legend))


def report_plot(report: EditReport) -> Tensor:
    """Draw the curves of a report and its leakage side by side.

    Args:
        report: From `measures.reports.report.judge`.

    Returns:
        `[height, width, 3]` uint8.

    Raises:
        PackError: matplotlib is not installed.
    """
    figure = _figure(*_REPORT_SIZE)
    inside, outside, ratio = figure.subplots(1, 3, width_ratios=(1, 1, 1.05))
    _draw_changes((inside, outside), report.curves)
    inside.axhline(report.goal.target, color=_hex(QUIET), linewidth=0.8, linestyle=":")
    _draw_leakage(ratio, report.table)
    _legend(figure, inside, len(report.curves))
    figure.suptitle(report.title, color=_hex(INK), fontsize=14)
    return _pixels(figure)


def plot_or_reason(report: EditReport) -> tuple[Tensor, str]:
    """Draw a report; where matplotlib is missing, draw what to install instead.

    Args:
        report: From `measures.reports.report.judge`.

    Returns:
        The picture `[height, width, 3]` uint8, and why it is no plot; empty where it is one.
    """
    try:
        import_extra("matplotlib.figure", "matplotlib", "A plot")
    except PackError as error:
        width, height = (round(_DOTS * side) for side in _REPORT_SIZE)
        return message_page(str(error), width, least_height=height), str(error)
    return report_plot(report), ""


def change_plot(curves: Sequence[ChangeCurve], title: str = "") -> Tensor:
    """Draw the change inside and outside over the strength: Figure 5 of the ReSeFa paper.

    Lines are medians over images; outside, bands are their middle halves. The unit of strengths is
    the one that reaches the same change inside on the median image, so that levers can be compared.

    Args:
        curves: One per lever, at least one.
        title: Text at the top.

    Returns:
        `[height, width, 3]` uint8.

    Raises:
        PackError: matplotlib is not installed.
    """
    figure = _figure(10.5, 5.0)
    axes = figure.subplots(1, 2)
    _draw_changes(axes, curves)
    _legend(figure, axes[0], len(curves))
    if title:
        figure.suptitle(title, color=_hex(INK), fontsize=14)
    return _pixels(figure)


def leakage_plot(table: MeasureTable, title: str = "") -> Tensor:
    """Draw the leakage of every image, and its median with the 95% interval.

    Args:
        table: With the figure `inside_over_outside`.
        title: Text at the top.

    Returns:
        `[height, width, 3]` uint8.

    Raises:
        PackError: matplotlib is not installed.
    """
    figure = _figure(8.0, 1.6 + 0.6 * len(table.rows))
    _draw_leakage(figure.subplots(), table)
    if title:
        figure.suptitle(title, color=_hex(INK), fontsize=14)
    return _pixels(figure)


def _figure(width: float, height: float) -> Any:
    """An empty figure of some inches, without pyplot, whose state all threads share."""
    figures = import_extra("matplotlib.figure", "matplotlib", "A plot")
    return figures.Figure((width, height), dpi=_DOTS, facecolor=_hex(PAPER), layout="constrained")


def _draw_changes(axes: Sequence[Any], curves: Sequence[ChangeCurve]) -> None:
    """Draw the change inside on the first axes, that outside on the second."""
    for number, curve in enumerate(curves):
        colour, marker = _COLOURS[number % len(_COLOURS)], _MARKERS[number % len(_MARKERS)]
        unit = "sigma" if curve.unit == "sigma" else "latent distance"
        label = f"{curve.lever} (1 = {curve.strength:.2g} {unit})"
        for where, values in zip(axes, (curve.inside, curve.outside), strict=True):
            seen = slice(0, None) if where is axes[0] else curve.factors > 0
            x = curve.factors[seen].numpy()
            low, middle, high = (values[seen].quantile(q, dim=1).numpy() for q in (0.25, 0.5, 0.75))
            if where is axes[1] and len(curves) <= _MOST_BANDS:
                where.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
            where.plot(x, middle, color=colour, marker=marker, markersize=5, label=label)
    for where, name in zip(axes, ("inside the region", "outside the region"), strict=True):
        _style(where)
        where.set_xlabel("strength (1: target reached on the median image)")
        where.set_ylabel(f"rms change {name} (grey levels)")
    axes[0].set_ylim(bottom=0)
    axes[1].set_yscale("log")
    _plain_ticks(axes[1].yaxis)


def _draw_leakage(where: Any, table: MeasureTable) -> None:
    """Draw a row per lever: a point per image, a diamond and a bar for median and interval."""
    source = torch.Generator().manual_seed(0)
    for number, row in enumerate(table.rows):
        colour = _COLOURS[number % len(_COLOURS)]
        values, cell = row.values[_RATIO], row.cells[_RATIO]
        assert isinstance(values, Tensor)
        assert isinstance(cell, Summary)
        spread = 0.36 * (torch.rand(len(values), generator=source) - 0.5)
        marker = _MARKERS[number % len(_MARKERS)]
        x = values.double().clamp_min(1e-3).numpy()
        where.scatter(
            x, number - 0.12 + spread.numpy(), s=16, color=colour, alpha=0.55, marker=marker
        )
        place = number + 0.26
        where.plot([cell.low, cell.high], [place, place], color=colour, linewidth=4, alpha=0.8)
        where.plot([cell.median], [place], "D", color=_hex(INK), markersize=6, zorder=3)
    _style(where)
    where.set_xscale("log")
    _plain_ticks(where.xaxis)
    where.axvline(1, color=_hex(QUIET), linewidth=0.8, linestyle=":")
    where.set_yticks(range(len(table.rows)), [row.lever for row in table.rows])
    where.set_ylim(len(table.rows) - 0.5, -0.6)
    where.set_xlabel("MSE inside / outside of images, median with 95% interval")


def _style(where: Any) -> None:
    """Axes on dark paper: quiet lines, no box."""
    where.set_facecolor(_hex(PAPER))
    where.grid(color=_hex(QUIET), alpha=0.18, linewidth=0.6)
    where.tick_params(colors=_hex(QUIET), labelcolor=_hex(INK), which="both", labelsize=10)
    for name, spine in where.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(_hex(QUIET))
    for label in (where.xaxis.label, where.yaxis.label):
        label.set_color(_hex(INK))
        label.set_fontsize(11)


def _plain_ticks(axis: Any) -> None:
    """Numbers without powers of ten on a logarithmic axis."""
    tickers = import_extra("matplotlib.ticker", "matplotlib", "A plot")
    low, high = axis.get_view_interval()
    subs = (1, 2, 5) if high < _FEW_DECADES * low else (1,)
    axis.set_major_locator(tickers.LogLocator(base=10, subs=subs, numticks=12))
    axis.set_minor_locator(tickers.NullLocator())
    axis.set_major_formatter(tickers.FuncFormatter(lambda value, _: f"{value:g}"))


def _legend(figure: Any, where: Any, count: int) -> None:
    """One legend below all axes, since all have the same levers."""
    lines, labels = where.get_legend_handles_labels()
    columns = min(count, 3)
    legend = figure.legend(lines, labels, loc="outside lower center", ncols=columns, frameon=False)
    for text in legend.get_texts():
        text.set_color(_hex(INK))


def _pixels(figure: Any) -> Tensor:
    """Draw a figure into `[height, width, 3]` uint8."""
    backend = import_extra("matplotlib.backends.backend_agg", "matplotlib", "A plot")
    canvas = backend.FigureCanvasAgg(figure)
    canvas.draw()
    return torch.from_numpy(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def _hex(colour: tuple[int, int, int]) -> str:
    """A colour as matplotlib writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
