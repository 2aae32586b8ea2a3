"""The table of a run, and its place in `docs/performance.md`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .check import Finding

BEGIN, END = "<!-- device: begin -->", "<!-- device: end -->"

UNMEASURED = "GPU: not measured. `python bench/on_cuda.py` prints this table where there is one."
"""What stands in the document until a GPU was at hand."""


def markdown(machine: str, found: Mapping[str, Sequence[Finding]]) -> str:
    """The findings of all checks.

    Args:
        machine: Device and software.
        found: Findings by the title of their check.

    Returns:
        Markdown.
    """
    lines = [f"Measured on: {machine}.", ""]
    lines += ["| what | measured | wanted | | |", "| --- | --- | --- | --- | --- |"]
    for title, findings in found.items():
        lines.append(f"| **{title}** | | | | |")
        for each in findings:
            cells = [each.what, each.measured, each.wanted, each.verdict, each.note]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def write(path: Path, table: str) -> None:
    """Put a table into a document, in the place of the one before.

    Args:
        path: The document; without a place for the table, it gets one at its end.
        table: Markdown.
    """
    text = path.read_text(encoding="utf-8")
    if not has_place(text):
        text = f"{text.rstrip()}\n\n## GPU\n\n{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    path.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def has_place(text: str) -> bool:
    """Whether a document has a place for the table, measured or not.

    Args:
        text: The document.

    Returns:
        True where it has.
    """
    return BEGIN in text and END in text
