"""`plan`, and `vary --plan`: a plan as a file, drawn in parts, with other files in the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from command_line import complaint, planned, result, text_of
from latent_levers.core.batch.plan_file import read_plan
from latent_levers.core.cli import main


def test_a_plan_is_drawn_in_parts_with_the_bits_of_the_whole(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = result(capsys, *planned(gan, levers, tmp_path, "--shard-size", "5"))
    assert (facts["rows"], facts["shards"]) == (12, 3)
    whole = tmp_path / "whole"
    vary = ["vary", "--plan", str(tmp_path / "plan.json")]
    assert result(capsys, *vary, "--out", str(whole))["drawn"] == 12
    assert read_plan(whole).digest == facts["digest"]
    assert (whole / "sheet.png").exists()
    some = result(capsys, *vary, "--rows", "11,2-3")
    assert (some["images"], some["drawn"]) == (3, 3)
    names = sorted(path.name for path in tmp_path.glob("*.png"))
    assert names == ["00002.png", "00003.png", "00011.png"]  # beside the plan, without a sheet
    assert result(capsys, "vary", "--plan", str(tmp_path))["drawn"] == 9
    for path in tmp_path.glob("[0-9]*.png"):
        assert path.read_bytes() == (whole / path.name).read_bytes()
    manifests = [(place / "manifest.jsonl").read_text() for place in (tmp_path, whole)]
    assert manifests[0] == manifests[1]


def test_vary_with_options_makes_the_same_plan(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = ("--threads", "2")
    digest = result(capsys, *planned(gan, levers, tmp_path / "a"), *alone)["digest"]
    words = planned(gan, levers, tmp_path / "b")
    drawn = result(capsys, "vary", *words[1:-1], str(tmp_path / "b"), *alone)["drawn"]
    assert drawn == 12
    assert read_plan(tmp_path / "b").digest == digest


def test_threads_are_those_of_the_plan_that_is_there(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = planned(gan, levers, tmp_path)
    result(capsys, *words)
    assert read_plan(tmp_path).threads == 1, "work that is planned is shared"
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        result(capsys, "vary", *words[1:-1], str(tmp_path))
    finally:
        torch.set_num_threads(before)
    assert read_plan(tmp_path).threads == 1
    assert "threads was 1, now 3" in complaint(
        capsys, "vary", *words[1:-1], str(tmp_path), "--threads", "3"
    )


def test_another_plan_is_refused(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(planned(gan, levers, tmp_path)) == 0
    assert (
        result(
            capsys,
            *planned(gan, levers, tmp_path)[:-2],
            "--out",
            str(tmp_path / "plan.json"),
            "--count",
            "99",
        )["rows"]
        == 99
    )
    words = complaint(capsys, *planned(gan, levers, tmp_path, "--seed", "3"))
    assert "other settings (seed was 0, now 3)" in words


def test_other_files_than_the_plan_names_are_refused(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(planned(gan, levers, tmp_path)) == 0
    vary = ["vary", "--plan", str(tmp_path)]
    assert "The generator 'portraits' is not the one" in complaint(
        capsys, *vary, "portraits", "--rows", "0"
    )
    other = tmp_path / "other.safetensors"
    assert main(["sefa", gan, "--count", "3", "--out", str(other)]) == 0
    words = complaint(capsys, *vary, "--levers", str(other), "--rows", "0")
    assert "is not the one of the plan" in words
    assert "--plan and --seeds were given" in complaint(capsys, *vary, "--seeds", "0-4")
    assert "--plan and --shard-size were given" in complaint(capsys, *vary, "--shard-size", "4")
    assert "from 0 to 11" in complaint(capsys, *vary, "--rows", "12")
    assert "No levers were given" in complaint(capsys, "vary", gan)
    assert "There is no plan" in complaint(capsys, "vary", "--plan", str(tmp_path / "none"))


def test_files_are_found_beside_a_plan_that_moved(
    gan: str,
    levers: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home, cluster = tmp_path / "home", tmp_path / "cluster"
    home.mkdir()
    cluster.mkdir()
    shutil.copy(gan, home / "gan.safetensors")
    shutil.copy(levers, home / "levers.safetensors")
    monkeypatch.chdir(home)
    assert main(planned("gan.safetensors", "levers.safetensors", home)) == 0
    for path in list(home.iterdir()):
        if path.is_file():
            path.rename(cluster / path.name)
    monkeypatch.chdir(tmp_path)
    assert result(capsys, "vary", "--plan", "cluster", "--rows", "7")["drawn"] == 1


def test_formats_and_names(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = planned(gan, levers, tmp_path, "--names", "{seed}_{n}", "--count", "2")
    assert main(words) == 0
    vary = ["vary", "--plan", str(tmp_path)]
    assert result(capsys, *vary, "--image", "jpeg", "--level", "80")["drawn"] == 2
    plan = read_plan(tmp_path)
    names = [f"{variation.seed}_{n}.jpg" for n, variation in enumerate(plan)]
    assert sorted(path.name for path in tmp_path.glob("*.jpg")) == sorted(names)
    assert "holds pictures as jpeg, level 80" in complaint(capsys, *vary, "--image", "png")
    assert "fields {n}" in complaint(
        capsys, *planned(gan, levers, tmp_path / "x"), "--names", "../{n}"
    )


def test_rows_of_a_table(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.csv").write_text("seed,0,3,file\n5,1,,first\n5,,,plain\n0,-1,2.5,last\n")
    table = ["--table", str(tmp_path / "rows.csv")]
    words = ["vary", gan, "--levers", levers, *table, "--out", str(tmp_path / "batch")]
    assert result(capsys, *words)["drawn"] == 3
    lines = (tmp_path / "batch" / "manifest.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    assert [(one["file"], one["seed"], one["pulls"]) for one in found] == [
        ("first.png", 5, [[0, 1.0]]),
        ("plain.png", 5, []),
        ("last.png", 0, [[0, -1.0], [3, 2.5]]),
    ]
    assert text_of(tmp_path / "batch" / "plain.png")["caption"] == "seed 5"
    for name, value in (("seeds", "0-4"), ("indices", "0"), ("seed", "3")):
        said = complaint(capsys, *words, f"--{name}", value)
        assert f"--table and --{name} were given. Expected one of them; the table states" in said
    (tmp_path / "rows.csv").write_text("seed,grin\n5,1\n")
    assert "a column 'grin'" in complaint(capsys, *words)


def test_an_ending_in_a_name_is_that_of_the_format(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = planned(gan, levers, tmp_path, "--names", "{n}.png", "--count", "1")
    said = complaint(capsys, *words, "--image", "jpg")
    assert "ends in .png, and the pictures are jpeg" in said
    assert not (tmp_path / "plan.json").exists()
    assert result(capsys, *words)["rows"] == 1
    assert read_plan(tmp_path).file_name(0) == "0.png"


def test_jpg_is_jpeg(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result(capsys, *planned(gan, levers, tmp_path, "--image", "jpg", "--count", "1"))
    assert read_plan(tmp_path).image.format == "jpeg"
    assert main(planned(gan, levers, tmp_path, "--count", "1", "--image", "jpg")) == 0
    assert "1 row in 1 shard, drawn" in capsys.readouterr().out


def test_codes_of_a_file(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import latent_levers as ll

    codes = tmp_path / "codes.safetensors"
    ll.save_latents(ll.sample_latents(ll.load_generator(gan), 3, 7), codes)
    words = [
        "plan", gan, "--levers", levers, "--latents", str(codes), "--out",
        str(tmp_path / "batch" / "plan.json"), "--indices", "0",
    ]  # fmt: skip
    assert result(capsys, *words)["rows"] == 6
    assert result(capsys, "vary", "--plan", str(tmp_path / "batch"))["drawn"] == 6
    assert text_of(tmp_path / "batch" / "00005.png")["seed"] == "9"
    ll.save_latents(ll.sample_latents(ll.load_generator(gan), 3, 8), codes)
    (tmp_path / "batch" / "00005.png").unlink()
    words = complaint(capsys, "vary", "--plan", str(tmp_path / "batch"))
    assert "is not the one of the plan" in words
