"""Tables of rows, for the screen and for `docs/performance.md`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .cases import CASES
from .rows import Row
from .thresholds import THRESHOLDS, Table

_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"

_HEAD = """# Performance

`make bench` measures all of this and writes it here; `make bench-quick` runs the shorter cases. A
section that names its own machine was measured apart: `python -m bench --only CASE --keep --docs
docs/performance.md` measures one case anew and leaves the rest.
"""

_NOTES = """\
Times are wall-clock times: the best of several rounds. In each round all methods of a case run one
after the other, each at its fastest batch size, so ratios carry over to other machines better than
seconds. An *extrapolated* total is the time of sampled columns or
rows times their number. *Times quicker* compares totals with the first method of a case; processor
seconds where the rows have them.

- `reverse-per-pixel`: one pixel after the other by reverse mode, weights modulated for each image
  as the published code does; `reverse-per-pixel-shared`: the same through our network, whose
  weights are shared. Milliseconds are the total's over columns.
- `vmap-jvp`: `torch.func.vmap` of `torch.func.jvp` through our network.
- `linearised-float32`, `linearised-bfloat16`: columns by the network's linearisation, which
  includes linearising it where the total is not extrapolated.
- `exact`: columns, Grams and solve; `fast`: `resefa` from end to end, by the way that it found the
  quickest on this machine: what that is depends on the processor.
- `dense`: all columns and Grams of two regions; `matrix-free`: `resefa` from end to end by products
  alone, for an angle of 1e-3. *Processor s* are seconds of all processors; their share of the dense
  way's depends least on what else the machine did.
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
    if first is not None and first is not row:
        one, other = (each.more.get("processor_s", each.total_s) for each in (first, row))
        quicker = f"{one / other:.3g}" if one and other else ""
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
    parts += [_section(case, rows) for case in dict.fromkeys(row.case for row in rows)]
    return "\n\n".join([*parts, _END])


def _section(case: str, rows: Sequence[Row], machine: str = "") -> str:
    """Heading and table of one case; the machine, where it may be another than the document's."""
    title = f"{case}: {CASES[case].title}" if case in CASES else case
    measured = [f"Measured on: {machine}; `python -m bench {case}`."] if machine else []
    table = markdown(case_lines([row for row in rows if row.case == case]))
    return "\n\n".join([f"## {title}", *measured, table])


def updated(before: str, machine: str, rows: Sequence[Row]) -> str:
    """Replace what belongs to the measured cases, and keep the sections of all others.

    Args:
        before: The measured part so far, with its markers.
        machine: Description of the machine, which the new sections name.
        rows: Rows of some cases.

    Returns:
        The measured part.
    """
    head, *parts = re.split(r"^(?=## )", before.replace(_END, "").rstrip(), flags=re.M)
    sections = {re.match(r"## ([^:\n]*)", part)[1]: part.rstrip() for part in parts}  # pyright: ignore[reportOptionalSubscript]
    targets = sections.pop("Targets", "")
    cases = list(dict.fromkeys(row.case for row in rows))
    sections |= {case: _section(case, rows, machine) for case in cases}
    order = list(CASES)
    names = sorted(sections, key=lambda name: order.index(name) if name in order else len(order))
    new = {line[0]: line for line in threshold_lines(rows, cases)[1:]}
    old = {line.split(" | ")[0].removeprefix("| "): line for line in targets.splitlines()}
    lines = [
        markdown([new[title]] * 2).splitlines()[-1] if title in new else old[title]
        for title in (threshold.title for threshold in THRESHOLDS)
        if title in new or title in old
    ]
    table = "\n".join([*markdown(threshold_lines([])[:1]).splitlines(), *lines])
    whole = [head.rstrip(), f"## Targets\n\n{table}", *(sections[name] for name in names), _END]
    return "\n\n".join(whole)


def write(path: Path, machine: str, rows: Sequence[Row], keep: bool = False) -> None:
    """Replace the measured part of a document, and keep the rest.

    Args:
        path: The document, which is created if it does not exist.
        machine: Description of the machine.
        rows: All rows.
        keep: Whether the sections of cases without rows are kept.
    """
    text = path.read_text() if path.exists() else f"{_HEAD}\n{_BEGIN}\n{_END}\n"
    if _BEGIN not in text or _END not in text:
        text = f"{text.rstrip()}\n\n{_BEGIN}\n{_END}\n"
    before, rest = text.split(_BEGIN, 1)
    part, after = rest.split(_END, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = updated(_BEGIN + part, machine, rows) if keep else document(machine, rows)
    path.write_text(before + new + after)
