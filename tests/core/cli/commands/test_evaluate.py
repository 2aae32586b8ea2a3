"""`evaluate`: levers judged side by side."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import latent_levers as ll
import pytest
from command_line import complaint, result
from latent_levers.core.cli import main
from latent_levers.core.measures.reports.report import edit_report
from latent_levers.core.measures.reports.summaries import Summary
from latent_levers.core.regions.shapes import region_from_shapes

BOX = '[{"box": [0.25, 0.25, 0.5, 0.5]}]'


def test_it_prints_and_writes_what_the_library_measures(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "table.csv"
    words = ["evaluate", gan, "--levers", levers, "--region", BOX, "--seeds", "3-6"]
    facts = result(capsys, *words, "--index", "0-1", "--target", "50", "--out", str(out))
    assert facts["files"] == [str(out)]
    model = ll.load_generator(gan)
    region = region_from_shapes(BOX, model.spec.img_size, {})
    codes = ll.sample_latents(model, 4, seed=3)
    found = edit_report(
        model, codes, ll.load_directions(levers, gan=model), region, index=[0, 1], target=50.0
    )
    written = list(csv.DictReader(out.open(newline="")))
    assert [row["lever"] for row in written] == ["sefa 0", "sefa 1"]
    for row, told, mine in zip(written, facts["levers"], found.table.rows, strict=True):
        outside = mine.cells["rms_outside"]
        assert isinstance(outside, Summary)
        assert float(row["rms_outside_median"]) == pytest.approx(outside.median, rel=1e-4)
        assert told["rms_outside"]["median"] == pytest.approx(outside.median, rel=1e-5)
        assert told["unreached"] == 0
    assert main([*words, "--out", str(tmp_path / "table.md")]) == 0
    shown = capsys.readouterr().out
    assert "32 grey levels rms inside, 4 images" in shown
    assert "rms outside" in shown
    assert (tmp_path / "table.md").read_text().startswith("| lever |")
    assert len([line for line in shown.splitlines() if line.startswith("sefa ")]) == 0
    assert main([*words, "--levers", levers, "--index", "all", "--out", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("sefa ")]) == 8, "a row per lever"


def test_files_are_compared_on_the_region_that_the_first_stores(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    regional = tmp_path / "corner.safetensors"
    words = ["resefa", gan, "--region", BOX, "--seeds", "0", "--count", "2"]
    assert main([*words, "--out", str(regional)]) == 0
    both = ["evaluate", gan, "--levers", str(regional), "--levers", levers, "--seeds", "5-6"]
    facts = result(capsys, *both, "--out", str(tmp_path / "t.md"))
    assert [row["lever"] for row in facts["levers"]] == ["corner 0", "sefa 0"]
    assert facts["region"] == "1 shape"
    first, second = facts["levers"]
    assert first["inside_over_outside"]["median"] > second["inside_over_outside"]["median"]
    assert first["seconds_jacobian"] > 0
    assert "seconds_jacobian" not in second
    assert json.dumps(facts)


def test_mistakes_are_told_before_the_work(
    gan: str,
    levers: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ("evaluate", gan, "--levers", levers, "--out", str(tmp_path / "t.md"))
    assert "Give parts such as --region mouth" in complaint(capsys, *words)
    words = (*words, "--region", BOX)
    assert "The target is 0" in complaint(capsys, *words, "--target", "0")
    assert "Direction 7" in complaint(capsys, *words, "--index", "7")
    assert "--broken was given" in complaint(capsys, *words, "--broken")
    assert ".md, .csv" in complaint(capsys, *words, "--out", str(tmp_path / "t.txt"))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    told = complaint(capsys, *words, "--plot", str(tmp_path / "p.png"))
    assert "--plot needs the package matplotlib" in told
    assert "pip install matplotlib" in told
    assert not list(tmp_path.iterdir())
