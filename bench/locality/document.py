"""docs/locality.md and its pictures, from the results of all tasks."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import torch
from latent_levers.core.pictures.contact_sheet import contact_sheet
from latent_levers.core.pictures.images import pictures_for_sheet
from latent_levers.core.pictures.plots import change_plot
from PIL import Image
from torch import Tensor

from .bars import bars_of
from .faces import CHOOSE, FIND, JUDGE, PARTS, STRIP, TRUNCATION
from .results import Results
from .tables import (
    bars_table,
    global_table,
    hold_table,
    leakage_tables,
    names_table,
    seconds_table,
    slug,
    strip_links,
    table_one,
    wink_table,
)

_WIDTH = 120
"""Characters of a line of prose."""

TILE = 128
"""Side of a face on a strip, in pixels."""

CURVES = ("SeFa", "LowRankGAN", "StyleSpace", "ReSeFa W", "ReSeFa W+ standard")
"""Methods whose curves are drawn."""

_HEAD = f"""# How local edits are

`python -m bench locality` prints and draws everything on this page. It needs scikit-learn and
matplotlib: `pip install -e '.[extras]'`. The subject is the bundled generator, because its truth is
known: a renderer drew what it learned from, and a network that learned from the renderer's drawings
reads every attribute off its pictures.

Levers are found on the faces of seeds {FIND.start} to {FIND.stop - 1}. What is chosen (which of
several levers of a method, which way an eye closes) is chosen on seeds {CHOOSE.start} to
{CHOOSE.stop - 1}. All figures are of seeds {JUDGE.start} to {JUDGE.stop - 1}, {len(JUDGE)} faces
that nothing else has seen. All faces have truncation {TRUNCATION:g}. In brackets is the 95%
bootstrap interval of a median. Every face counts: one that cannot change as much as the others is
kept at the largest strength.

Regions are boxes that the generator's file names; hair and background are masks of each face, by
the part segmenter (`core/measures/part_segmenter.py`). Each image is pulled the way that needs the
smaller strength, until its region has changed by the same amount: 32 grey levels of 255 (root mean
square), the nose 18, since noses cannot change more."""


def write_document(results: Results, document: Path, pictures: Path) -> None:
    """Write the page and its pictures.

    Args:
        results: Of all tasks.
        document: File of the page.
        pictures: Folder of the pictures, beside it.
    """
    pictures.mkdir(parents=True, exist_ok=True)
    _draw(results, pictures)
    parts = [
        _HEAD,
        "## What is asked of it",
        bars_table(bars_of(results)),
        "## Change inside over change outside",
        leakage_tables(results.verdicts),
        "## As in Table 1 of the ReSeFa paper",
        table_one(results.verdicts, results.frechet),
        "## Change over the strength (Figure 5 of the paper)",
        "![Curves](images/locality_curves.png)",
        "The mouth. Lines are medians over the faces, bands their middle halves; strength 1 "
        "reaches the target inside on "
        "the median face.",
        "## The same edit by every method",
        strip_links(results.verdicts),
        "## Hold",
        hold_table(results.held),
        "## A wink",
        wink_table(results.wink),
        "## Pose, light and age",
        global_table(results.global_levers),
        "## Names",
        names_table(results.names),
        "## Seconds",
        seconds_table(results.verdicts),
    ]
    document.write_text("\n\n".join(_wrapped(part) for part in parts) + "\n")


def _wrapped(part: str) -> str:
    """Markdown with its prose wrapped; tables, lists, headings and pictures stay as they are."""
    blocks = part.split("\n\n")
    return "\n\n".join(
        block if block[:1] in "|#!-" else textwrap.fill(block, _WIDTH) for block in blocks
    )


def _draw(results: Results, folder: Path) -> None:
    """Draw the strips and the curves."""
    for part in PARTS:
        mine = [v for v in results.verdicts if v.part == part.name]
        rows = [mine[0].shown[0], *(v.shown[1] for v in mine)]
        labels = ["as they are", *(v.method for v in mine)]
        _save(folder / f"locality_{slug(part.name)}.jpg", torch.cat(rows), STRIP, labels)
    wink = results.wink
    some = slice(0, 8)
    faces = [wink.before[some], wink.plain.images[some], wink.held.images[some]]
    _save(
        folder / "locality_wink.jpg", torch.cat(faces), 8, ["as they are", "one eye closed", "held"]
    )
    curves = [v.curve for v in results.verdicts if v.part == "mouth" and v.method in CURVES]
    Image.fromarray(change_plot(curves).numpy()).save(folder / "locality_curves.png", optimize=True)


def _save(path: Path, images: Tensor, columns: int, labels: Sequence[str]) -> None:
    """Write a strip of faces."""
    sheet = contact_sheet(pictures_for_sheet(images, 0, TILE), columns, (), labels)
    Image.fromarray(sheet.numpy()).save(path, quality=88, optimize=True)
