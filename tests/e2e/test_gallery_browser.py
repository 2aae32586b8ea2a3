"""The gallery of 10,000 pictures, from a disk: quick, used by keys, and its picks are read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import drive
from latent_levers.core.batch.row_numbers import read_picks, read_rows
from latent_levers.core.batch.stored.records import MANIFEST
from latent_levers.core.cli import main
from PIL import Image
from seen_pages import needs_browser

pytestmark = needs_browser

PICTURES, SEEDS = 10_000, 1_000

PATIENCE = 20 if os.environ.get("CI") else 1
"""Factor of the bounds where other tests run at once: timing decides nothing there."""

FIRST_PAINT_MS, FILTER_MS = 1000 * PATIENCE, 100 * PATIENCE
"""Longest times until something is painted."""

WHATS = ("painted", "decoded")
"""What of a filter is timed: until the page is painted, and until all pictures in view are."""

EVIL = "</script><script>window.ran=1</script><img src=x onerror=window.ran=2>\"'`${1}&lt;\u2028"
"""A name that would run in a page that trusts it."""


def lines(count: int) -> Iterator[dict[str, Any]]:
    """Lines of a manifest: every seed with one of three levers, two strengths each at random."""
    state = np.random.RandomState(1)
    for row in range(count):
        levers = sorted(state.choice(3, 2, replace=False).tolist())
        strengths = np.round(state.uniform(-3, 3, 2), 3).tolist()
        names = "; ".join(("smile", "age", "light")[lever] for lever in levers)
        pulls = [list(pair) for pair in zip(levers, strengths, strict=True)]
        yield {
            "file": f"{row:05d}.png",
            "row": row,
            "seed": row % SEEDS,
            "direction": names,
            "pulls": pulls,
        }


def batch(folder: Path, entries: list[dict[str, Any]], size: int = 64) -> Path:
    """A folder of pictures that all differ, and its manifest."""
    folder.mkdir()
    y, x = np.mgrid[:size, :size].astype(np.float32) / size
    for number, entry in enumerate(entries):
        turn = number / 97
        waves = [np.sin(6 * (x * np.cos(turn + c) + y * np.sin(turn + c)) + c) for c in (0, 1, 2)]
        colours = (np.stack(waves, axis=-1) * 100 + 128).astype(np.uint8)
        Image.fromarray(colours).save(folder / entry["file"], compress_level=1)
    text = "".join(f"{json.dumps(entry)}\n" for entry in entries)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Results of gallery.mjs, which lists the steps."""
    folder = tmp_path_factory.mktemp("gallery")
    many = batch(folder / "many", list(lines(PICTURES)))
    hostile = {
        "file": "a & #1 % 'x'.png",
        "row": 0,
        "seed": 1,
        "direction": EVIL,
        "pulls": [[0, 1.0]],
    }
    strange = batch(
        folder / "x<script>window.ran=3<", [hostile, {**hostile, "file": "1.png", "row": 1}]
    )
    for each in (many, strange):
        assert main(["gallery", str(each)]) == 0
    addresses = [(each / "gallery.html").as_uri() for each in (many, strange)]
    job = {"url": addresses[0], "hostile": addresses[1]}
    return {**drive(job, folder / "seen", 600, "gallery.mjs"), "folder": folder}


def test_nothing_goes_wrong_and_nothing_leaves_the_disk(seen: dict[str, Any]) -> None:
    assert seen["problem"] == ""
    assert seen["troubles"] == []
    others = [url for url in seen["requests"] if not url.startswith(("file:", "data:", "blob:"))]
    assert others == []


def test_the_first_paint_is_quick(seen: dict[str, Any]) -> None:
    print(seen["paint"])
    assert seen["begun"] == "10,000 pictures, 0 kept, 0 dropped"
    assert seen["paint"]["first"] < FIRST_PAINT_MS


def test_a_filter_is_quick_and_right(seen: dict[str, Any]) -> None:
    entries = list(lines(PICTURES))

    def fitting(
        lever: int | None, low: float, high: float, seeds: Sequence[int] = range(SEEDS)
    ) -> int:
        return sum(
            entry["seed"] in seeds
            and any((lever in (None, n)) and low <= s <= high for n, s in entry["pulls"])
            for entry in entries
        )

    expected = [
        fitting(0, -9, 9),
        fitting(0, 1, 2),
        fitting(None, 1, 2),
        fitting(None, 1, 2, (*range(100), 500)),
        PICTURES,
    ]
    for step, count in zip(seen["filters"], expected, strict=True):
        painted, decoded = (min(turn[what] for turn in step["turns"]) for what in WHATS)
        print(f"{step['changes']}: {painted:.0f} ms, all pictures {decoded:.0f} ms")
        shown = f"{count:,} of {PICTURES:,}" if count < PICTURES else f"{count:,}"
        assert step["status"].startswith(f"{shown} pictures")
        assert painted < FILTER_MS


def test_only_tiles_in_view_exist(seen: dict[str, Any]) -> None:
    assert seen["end"]["current"].startswith("Row 9999 ")
    assert seen["end"]["tiles"] < 500


def test_keys(seen: dict[str, Any]) -> None:
    status, current, message = seen["keyed"]
    assert status == "10,000 pictures, 2 kept, 1 dropped"  # k, d, k; the last k was undone
    assert message == "Undone."
    assert current.startswith("Row ")
    assert seen["active"]["selected"] == "true"
    assert seen["active"]["label"].endswith(", open")
    assert seen["viewed"] == [
        "row 2 \u00b7 3 of 10,000 \u00b7 kept",
        "10,000 pictures, 2 kept, 2 dropped",
    ]
    assert seen["closed"] == 0
    assert seen["dropped"].startswith("2 of 10,000 pictures")
    assert seen["wrong"] == "numbers such as 0-7, 12"
    assert seen["nothing"] is True


def test_choices_are_remembered_saved_loaded_and_read(seen: dict[str, Any]) -> None:
    assert seen["reloaded"] == "10,000 pictures, 2 kept, 2 dropped"
    assert seen["saved"] == ["picks.json", "Saved picks.json: 2 kept, 2 dropped."]
    path = seen["folder"] / "seen" / "picks.json"
    kept = list(read_rows(path, PICTURES))
    assert len(kept) == 2
    assert kept[0] == 2
    assert list(read_picks(path).drop) == [1, 3]
    assert seen["loaded"] == [seen["reloaded"], "Loaded picks.json: 2 kept, 2 dropped."]
    assert seen["tapped"] == "10,000 pictures, 3 kept, 1 dropped"


def test_it_can_be_read_and_used_by_all(seen: dict[str, Any]) -> None:
    assert seen["unnamed"] == []
    assert seen["wide"] <= 0
    for scheme, pairs in seen["contrast"].items():
        for pair, contrast in pairs.items():
            assert contrast >= 4.5, (scheme, pair)


def test_hostile_facts_are_text(seen: dict[str, Any]) -> None:
    hostile = seen["hostile"]
    assert hostile["ran"] is None
    assert hostile["policy"] is None
    assert "Content Security Policy" in seen["refused"]
    assert hostile["elements"] == 0
    assert hostile["title"] == "x<script>window.ran=3< - Latent Levers"
    assert hostile["levers"][1].split() == EVIL.split()
    assert hostile["label"].startswith("seed 1\n</script>")
