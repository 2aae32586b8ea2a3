"""`vary --plan`: what is said of shares, other runs, missing files and refused options."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import filelock
import pytest
from command_line import complaint, planned, printed, result
from latent_levers.core.cli import main


def test_a_share_without_shards_is_said(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result(capsys, *planned(gan, levers, tmp_path))
    vary = ["vary", "--plan", str(tmp_path), "--shard", "1/8"]
    capsys.readouterr()
    assert main(vary) == 0
    said = capsys.readouterr().out
    assert said == (
        "The plan has 1 shard of 1,000 rows; the share 1/8 has none; a smaller --shard-size gives "
        "more. Nothing is drawn.\n"
    )
    assert result(capsys, *vary)["files"] == []
    assert "has none among --rows" in printed(capsys, *vary, "--rows", "3")


def test_of_more_rows_in_the_plan_the_end_says_so(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = planned(gan, levers, tmp_path)
    result(capsys, *words, "--count", "3")
    again = ["vary", *words[1:-1], str(tmp_path), "--count", "2"]
    for drawn in ("2 images", "0 images"):
        end = f"{drawn} rendered; 2 of the 2 that were asked for are in {tmp_path}, whose plan has"
        assert f"{end} 3 rows." in printed(capsys, *again)


def test_shards_of_another_run_count_where_they_are_there(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result(capsys, *planned(gan, levers, tmp_path, "--shard-size", "4"))
    vary = ["vary", "--plan", str(tmp_path)]
    result(capsys, *vary, "--rows", "4-6")
    capsys.readouterr()
    with filelock.FileLock(tmp_path / ".locks" / "000001.lock"):
        assert main(vary) == 0
    said = capsys.readouterr()
    assert "8 images rendered; 11 of the 12 that were asked for are in" in said.out
    assert "Another run was drawing 1 shard when this one came to them, and" in said.err
    assert "8 images rendered" not in printed(capsys, *vary)
    assert len(list(tmp_path.glob("0*.png"))) == 12


@pytest.mark.parametrize(
    "wrong",
    [
        ("--shard", "5/3"),
        ("--workers", "2"),
        ("--rows", "99"),
        ("--film", "f.mp4", "--pack", "webdataset"),
        ("--grid", "2x2"),
        ("--film", "f.mp4"),
        ("--pack", "parquet"),
        ("--engine", "ray"),
    ],
)
def test_what_is_refused_leaves_no_plan(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    wrong: tuple[str, ...], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Also where optional packages are missing."""
    monkeypatch.chdir(tmp_path)
    for package in ("av", "pyarrow", "pyarrow.parquet", "ray"):
        monkeypatch.setitem(sys.modules, package, None)
    words = planned(gan, levers, tmp_path)
    complaint(capsys, "vary", *words[1:-1], str(tmp_path / "batch"), *wrong)
    assert not (tmp_path / "batch").exists()


def test_a_plan_in_place_of_a_generator_is_told(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(planned(gan, levers, tmp_path)) == 0
    for given in (tmp_path, tmp_path / "plan.json"):
        said = complaint(capsys, "vary", str(given))
        assert "looks like a plan. Expected a generator, or the plan by its option." in said
        assert f"latent-levers vary --plan {given}" in said


def test_a_copied_batch_that_is_complete_needs_no_other_files(
    gan: str,
    levers: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home, copy = tmp_path / "home", tmp_path / "copy"
    home.mkdir()
    shutil.copy(gan, home / "gan.safetensors")
    shutil.copy(levers, home / "levers.safetensors")
    monkeypatch.chdir(home)
    out = home / "batch"
    assert main(planned("gan.safetensors", "levers.safetensors", out, "--scale", "2")) == 0
    assert main(["vary", "--plan", str(out)]) == 0
    sheet = (out / "sheet.png").read_bytes()
    shutil.copytree(out, copy)
    monkeypatch.chdir(tmp_path)
    vary = ["vary", "--plan", "copy"]
    assert result(capsys, *vary)["drawn"] == 0
    (copy / "sheet.png").unlink()
    assert result(capsys, *vary)["drawn"] == 0
    assert (copy / "sheet.png").read_bytes() == sheet
    (copy / "00003.png").unlink()
    said = complaint(capsys, *vary)
    assert (
        "The plan names the file 'gan.safetensors' of the generator, which is not there in" in said
    )
    assert "nor beside the plan in 'copy'" in said
    assert said.endswith("or name it with the argument GENERATOR.")
    said = complaint(capsys, *vary, gan)
    assert "names the file 'levers.safetensors' of the levers" in said
    assert said.endswith("Put it beside the plan, or name it with --levers FILE.")
    assert result(capsys, *vary, gan, "--levers", levers)["drawn"] == 1
