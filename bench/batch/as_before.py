"""The loop of `vary` before there were plans, with the same calls of the library: the baseline."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import latent_levers as ll
from latent_levers.core.base.atomic_files import write_atomically
from latent_levers.core.concepts.latent_code import LatentCode, concatenate
from latent_levers.core.edits.variations import (
    Variation,
    apply_variations,
    plan_variations,
    signed,
)
from latent_levers.core.pictures.images import enlarged, from_bytes, to_bytes
from latent_levers.core.pictures.picture_files import is_complete, read_written, save_png
from latent_levers.core.pictures.sheet_pages import SheetLayout, SheetPages

_CHUNK = 32
"""Images that were rendered at a time, and then written."""


def vary_as_before(
    gan: ll.Generator, levers: ll.Directions, folder: Path, seeds: range, count: int, sheets: bool
) -> None:
    """Draw random variations into an empty folder.

    Args:
        gan: The generator.
        levers: Its levers, of which the first four are pulled.
        folder: The folder.
        seeds: Seeds of the codes.
        count: Number of pictures.
        sheets: Whether contact sheets follow.
    """
    plan = plan_variations(list(seeds), levers, range(4), [-3.0, 3.0], "random", count)
    names = [f"{number:05d}.png" for number in range(count)]
    lines = [
        json.dumps(
            {"file": name, **_facts(gan, levers, one), "pulls": [list(p) for p in one.pulls]}
        )
        for name, one in zip(names, plan, strict=True)
    ]
    missing = [number for number, name in enumerate(names) if not is_complete(folder / name)]
    with (folder / "manifest.jsonl").open("a", encoding="utf-8") as manifest:
        for start in range(0, count, _CHUNK):
            part = missing[start : start + _CHUNK]
            pictures = _render(gan, levers, seeds, [plan[number] for number in part])
            for number, picture in zip(part, pictures, strict=True):
                save_png(folder / names[number], picture, _facts(gan, levers, plan[number]))
                manifest.write(f"{lines[number]}\n")
                manifest.flush()
    text = "".join(f"{line}\n" for line in lines)
    write_atomically(folder / "manifest.jsonl", text.encode())
    if sheets:
        _draw_sheets(gan, folder, plan)


def _facts(gan: ll.Generator, levers: ll.Directions, one: Variation) -> dict[str, Any]:
    """What a picture said of itself."""
    return {
        "seed": one.seed,
        "direction": "; ".join(levers.label(index) for index, _ in one.pulls),
        "strength": "; ".join(signed(strength) for _, strength in one.pulls),
        "unit": "sigma",
        "caption": one.caption,
        "levers": "levers.safetensors",
        "generator": gan.spec.fingerprint,
        "truncation": 0.7,
        "label": None,
    }


def _render(
    gan: ll.Generator, levers: ll.Directions, seeds: range, variations: Sequence[Variation]
) -> Any:
    """Some of the pictures, `[n, H, W, 3]` uint8; the codes of their seeds are mapped each time."""
    rows = sorted({variation.row for variation in variations})
    codes = _codes(gan, [seeds[row] for row in rows])
    local = [replace(variation, row=rows.index(variation.row)) for variation in variations]
    images = ll.render(gan, apply_variations(codes, levers, local), "const")
    return to_bytes(enlarged(images, 1), alpha=True)


def _codes(gan: ll.Generator, seeds: Sequence[int]) -> LatentCode:
    """Codes of rising seeds, a call per run of successive ones."""
    runs: list[list[int]] = []
    for seed in seeds:
        if runs and seed == sum(runs[-1]):
            runs[-1][1] += 1
        else:
            runs.append([seed, 1])
    return concatenate([ll.sample_latents(gan, count, first) for first, count in runs])


def _draw_sheets(gan: ll.Generator, folder: Path, plan: Sequence[Variation]) -> None:
    """Pages of the pictures in the folder."""
    layout = SheetLayout().for_images(len(plan), gan.spec.img_size)
    sheet = SheetPages(layout, lambda page, picture: _save(folder, page, picture))
    size = gan.spec.img_size
    for number, one in enumerate(plan[: layout.pages(len(plan), size) * layout.per_page(size)]):
        picture = read_written(folder / f"{number:05d}.png")
        sheet.add(from_bytes(picture[None])[0], one.caption)
    sheet.finish()


def _save(folder: Path, page: int, picture: Any) -> None:
    """A page."""
    save_png(folder / f"sheet_{page + 1}.png", picture, {})
