"""Tables of rows, for the screen and for `docs/performance.md`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .cases import CASES
from .rows import Row
from .thresholds import THRESHOLDS, Table

_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"

_HEAD = """# Performance

`make bench` measures all of this and writes it here; `make bench-quick` runs the shorter cases.
"""

_NOTES = """\
Times are wall-clock times: the best of several rounds. In each round all methods of a case run one
after the other, each at its fastest batch size, so ratios carry over to other machines better than
seconds. An *extrapolated* total is the time of sampled columns or
rows times their number. *Times quicker* compares totals with the first method of a case.

- `reverse-per-pixel`: one pixel after the other by reverse mode, weights modulated for each image
  as the published code does; `reverse-per-pixel-shared`: the same through our network, whose
  weights are shared. Milliseconds are the total's over columns.
- `vmap-jvp`: `torch.func.vmap` of `torch.func.jvp` through our network.
- `linearised-float32`, `linearised-bfloat16`: columns by the network's linearisation, which
  includes linearising it where the total is not extrapolated.
- `exact`: columns, Grams and solve; `fast`: `resefa` from end to end, by the way that it found the
  quickest on this machine: what that is depends on the processor.
- `convolutions`: the 3x3 and transposed convolutions of the same tangents alone, same batches,
  channels last; `convolutions-in-bands`: the same where features were cut into bands of rows.

*Angle* is the sine of the largest principal angle of the ten leading directions to ten vectors
refined with products of J and its transpose in float64 to residuals below 1e-9. Linearisations take
their activation signs from one run in float64, the reference's too; `vmap-jvp` has its own. *Peak*
is memory beyond the network: of one chunk of columns, of a row and the graph behind it, or of a
whole run of `fast`.
"""


def cells(row: Row, first: Row | None) -> list[str]:
    """Format one row of a table.

    Args:
        row: The row.
        first: The row of the first method of the case.

    Returns:
        Cells: method, batch size, milliseconds, total, times quicker, angle, peak, remarks.
    """
    quicker = ""
    if first is not None and first.total_s and row.total_s and first is not row:
        quicker = f"{first.total_s / row.total_s:.3g}"
    marks = ["extrapolated"] if row.more.get("extrapolated") else []
    hidden = ("chunk", "chunks_tried", "extrapolated", "note", "gram_layers")
    marks += [
        f"{name.replace('_', ' ')} {value:.4g}"
        for name, value in row.more.items()
        if name not in hidden and isinstance(value, (int, float))
    ]
    marks += [str(row.more["note"])] if "note" in row.more else []
    return [
        row.method,
        _number(row.more.get("chunk"), ".0f"),
        _number(row.ms_per_column, ".4g"),
        _number(row.total_s, ".4g"),
        quicker,
        _number(row.angle, ".1e"),
        _number(row.peak_mb, ".0f"),
        "; ".join(marks),
    ]


_TITLES = ["method", "at once", "ms/column", "total, s", "times quicker", "angle", "peak, MB", ""]


def _number(value: Any, form: str) -> str:
    """Format a number; empty for none."""
    return "" if value is None else format(value, form)


def screen(lines: Sequence[Sequence[str]]) -> str:
    """Align lines of cells for a terminal.

    Args:
        lines: Lines of cells; the first one holds the titles.

    Returns:
        The text.
    """
    sizes = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(size) if i in (0, len(sizes) - 1) else cell.rjust(size)
            for i, (cell, size) in enumerate(zip(line, sizes, strict=True))
        ).rstrip()
        for line in lines
    )


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """Format lines of cells as a Markdown table.

    Args:
        lines: Lines of cells; the first one holds the titles.

    Returns:
        The text.
    """
    rows = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([rows[0], "|" + " --- |" * len(lines[0]), *rows[1:]])


def case_lines(rows: Sequence[Row]) -> list[list[str]]:
    """The table of one case.

    Args:
        rows: Its rows.

    Returns:
        Lines of cells; empty columns are omitted.
    """
    lines = [_TITLES, *(cells(row, rows[0]) for row in rows)]
    shown = [i for i in range(len(_TITLES)) if any(line[i] for line in lines[1:])]
    return [[line[i] for i in shown] for line in lines]


def threshold_lines(rows: Sequence[Row], cases: Sequence[str] = ()) -> list[list[str]]:
    """Compare the rows with the thresholds.

    Args:
        rows: All rows.
        cases: Cases whose thresholds are reported; empty means all.

    Returns:
        Lines of cells.
    """
    table = Table(rows)
    judged = [
        [threshold.title, *threshold.judge(table)]
        for threshold in THRESHOLDS
        if not cases or threshold.title.split(":")[0] in cases
    ]
    return [["threshold", "wanted", "measured", ""], *judged]


def document(machine: str, rows: Sequence[Row]) -> str:
    """The measured part of `docs/performance.md`.

    Args:
        machine: Description of the machine.
        rows: All rows.

    Returns:
        Markdown between two markers.
    """
    parts = [_BEGIN, f"Measured on: {machine}.", _NOTES.rstrip(), "## Targets"]
    parts.append(markdown(threshold_lines(rows)))
    for case in dict.fromkeys(row.case for row in rows):
        title = f"{case}: {CASES[case].title}" if case in CASES else case
        parts.append(f"## {title}")
        parts.append(markdown(case_lines([row for row in rows if row.case == case])))
    return "\n\n".join([*parts, _END])


def write(path: Path, machine: str, rows: Sequence[Row]) -> None:
    """Replace the measured part of a document, and keep the rest.

    Args:
        path: The document, which is created if it does not exist.
        machine: Description of the machine.
        rows: All rows.
    """
    text = path.read_text() if path.exists() else f"{_HEAD}\n{_BEGIN}\n{_END}\n"
    if _BEGIN not in text or _END not in text:
        text = f"{text.rstrip()}\n\n{_BEGIN}\n{_END}\n"
    before, rest = text.split(_BEGIN, 1)
    after = rest.split(_END, 1)[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(before + document(machine, rows) + after)
