"""`gallery`: a page beside the pictures of a batch; `vary` makes films of them."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, pixels, result
from latent_levers.core.batch.row_numbers import PICKS_FORMAT


@pytest.fixture
def batch(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[Path, list[str]]:
    """A folder of six pictures, and the command that drew it."""
    out = tmp_path / "batch"
    words = ["vary", gan, "--levers", levers, "--index", "0", "--seeds", "0-2", "--out", str(out)]
    assert result(capsys, *words)["images"] == 6
    return out, words


def test_the_page_holds_the_rows_of_the_plan(
    batch: tuple[Path, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = batch
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    facts = result(capsys, "gallery", str(folder))
    assert (facts["pictures"], facts["absent"]) == (6, 0)
    assert facts["files"] == [str(folder / "gallery.html")]
    page = (folder / "gallery.html").read_text(encoding="utf-8")
    assert f'"plan":"{plan["digest"]}"' in page
    assert '"levers":["sefa 0"]' in page
    assert result(capsys, "gallery", str(folder / "plan.json"), "--rows", "1-3")["pictures"] == 3
    (folder / "00004.png").unlink()
    assert result(capsys, "gallery", str(folder))["absent"] == 1
    assert "from 0 to 5" in complaint(capsys, "gallery", str(folder), "--rows", "6")
    assert "There is no folder" in complaint(capsys, "gallery", str(folder / "none"))


def test_picks_of_the_page_draw_their_rows(
    batch: tuple[Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = batch
    digest = json.loads((folder / "plan.json").read_text(encoding="utf-8"))["digest"]
    picks = tmp_path / "picks.json"
    facts = {"format": PICKS_FORMAT, "version": 1, "plan": digest, "keep": "1,4-5", "drop": "0"}
    picks.write_text(json.dumps(facts), encoding="utf-8")
    before = {row: (folder / f"{row:05d}.png").read_bytes() for row in range(6)}
    for row in (1, 3, 4):
        (folder / f"{row:05d}.png").unlink()
    words = ["vary", "--plan", str(folder / "plan.json"), "--rows", str(picks)]
    assert result(capsys, *words)["drawn"] == 2
    assert not (folder / "00003.png").exists()
    for row in (1, 4):
        assert (folder / f"{row:05d}.png").read_bytes() == before[row]
    picks.write_text(json.dumps({**facts, "plan": "0" * 64}), encoding="utf-8")
    assert "another batch" in complaint(capsys, *words)


def test_vary_makes_films_of_its_pictures(
    batch: tuple[Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, words = batch
    frames = tmp_path / "frames"
    facts = result(capsys, *words, "--film", f"{frames}/", "--grid", "2x2")
    assert str(frames) in facts["files"]
    shown = [pixels(path) for path in sorted(frames.iterdir())]
    assert len(shown) == 2  # six pictures in four cells, each a run of two
    assert shown[0].shape == (64, 64, 3)
    for cell, (row, column) in enumerate(((0, 0), (0, 32), (32, 0))):
        for frame in range(2):
            picture = pixels(folder / f"{2 * cell + frame:05d}.png")[..., :3]
            part = shown[frame][row : row + 32, column : column + 32]
            assert np.abs(part - picture).max() == 0
    assert shown[0][32:, 32:].std() == 0
    assert "--grid was given without a film" in complaint(capsys, *words, "--grid", "2x2")


def test_a_batch_in_shards_names_the_command_that_helps(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a batch"
    words = ["vary", gan, "--levers", levers, "--index", "0", "--seeds", "0-2", "--out", str(out)]
    assert result(capsys, *words, "--pack", "webdataset")["images"] == 6
    said = complaint(capsys, "gallery", str(out), "--rows", "1-4")
    assert "in shards, which a page cannot show" in said
    assert "manifest" not in said
    commands = said.partition("Run latent-levers ")[2].rstrip(".").split(", then latent-levers ")
    export, gallery = (shlex.split(command) for command in commands)
    assert result(capsys, *export)["pictures"] == 4
    facts = result(capsys, *gallery)
    assert facts["pictures"] == 4
    digest = json.loads((out / "plan.json").read_text(encoding="utf-8"))["digest"]
    assert f'"plan":"{digest}"' in Path(facts["files"][0]).read_text(encoding="utf-8")
    assert result(capsys, "check", gallery[1])["sound"] == 4
