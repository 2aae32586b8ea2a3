"""All hostile files by name."""

from __future__ import annotations

from exhausting_pickles import pickles
from false_archives import archives, other_files
from false_tensors import tensors
from hostile_file import Case
from running_code import code
from settings_and_modules import downloads, modules, objects


def every_kind() -> dict[str, Case]:
    """All of them by name."""
    kinds: dict[str, Case] = {}
    for group in (code, pickles, tensors, archives, other_files, objects, modules, downloads):
        for title, kind in group():
            assert title not in kinds, title
            kinds[title] = kind
    return kinds
