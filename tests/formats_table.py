"""The tables of docs/formats.md, made from the registries."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from latent_levers.core.files.containers import CONTAINERS
from latent_levers.core.files.containers.numpy_archive import NumpyArchive
from latent_levers.core.files.containers.numpy_file import NumpyFile
from latent_levers.core.files.dialects import DIALECTS
from latent_levers.core.files.direction_formats import DIRECTION_FILES
from latent_levers.core.generators.architectures import ARCHITECTURES

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "formats.md"

UPDATE = "UPDATE_FORMATS"
"""Environment variable that has the tables written instead of compared."""

_BLOCK = "<!-- {0}: made by `make formats` -->\n{1}<!-- end of {0} -->"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Rows as Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def containers() -> str:
    """Kinds of file, in the order in which they are tried."""
    kinds = [*CONTAINERS, NumpyFile(), NumpyArchive()]
    rows = [(c.title, f"`{c.id}`", " ".join(f"`{end}`" for end in c.suffixes)) for c in kinds]
    return table(("Kind of file", "Id", "Usual names end in"), rows)


def naming_schemes() -> str:
    """Container, dialect and architecture: what any kind of file may hold."""
    rows: list[tuple[str, ...]] = []
    for architecture in ARCHITECTURES:
        found = [dialect for dialect in DIALECTS if dialect.architecture == architecture.id]
        rows.append((architecture.title, f"`{architecture.id}`", "the pack's own", "", "any"))
        rows += [("", "", dialect.title, f"`{dialect.id}`", "any") for dialect in found]
    return table(("Architecture", "Id", "Naming scheme", "Id", "Kind of file"), rows)


def options() -> str:
    """Options that cannot be inferred from shapes, per architecture."""
    named = [(a.title, name, text) for a in ARCHITECTURES for name, text in a.options.items()]
    rows = [(title, f"`{name}`", text.replace("|", "\\|")) for title, name, text in named]
    return table(("Architecture", "Option", "Meaning"), rows)


def directions() -> str:
    """Layouts of directions, in the order in which they are tried."""
    rows = [(layout.title, f"`{layout.id}`", layout.contents) for layout in DIRECTION_FILES]
    return table(("Layout", "Id", "Holds"), rows)


TABLES = {
    "kinds of file": containers,
    "naming schemes": naming_schemes,
    "options": options,
    "layouts of directions": directions,
}
"""Name of a block in the document to what makes it."""


def filled(text: str) -> str:
    """The document with fresh tables."""
    for name, make in TABLES.items():
        pattern = re.escape(_BLOCK.format(name, "\0")).replace("\0", "(?:.*\n)*?")
        block = _BLOCK.format(name, make())
        text, count = re.subn(pattern, lambda _, block=block: block, text)
        assert count == 1, f"docs/formats.md has {count} blocks named {name!r}, not 1"
    return text


def updated() -> bool:
    """Write the document where that was asked for; whether it was."""
    if not os.environ.get(UPDATE):
        return False
    text = filled(DOCUMENT.read_text(encoding="utf-8"))
    DOCUMENT.write_text(text, encoding="utf-8", newline="\n")
    return True
