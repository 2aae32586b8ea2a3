"""`vary`: batches that resume, grow and refuse other settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import filelock
import pytest
from command_line import complaint, result, text_of
from latent_levers.core.batch import drawing
from latent_levers.core.batch.former_settings import former_settings
from latent_levers.core.batch.plan import Plan
from latent_levers.core.batch.plan_file import read_plan
from latent_levers.core.cli import main


def batch(gan: str, levers: str, folder: Path, *more: str) -> list[str]:
    """Words of a random batch of twelve."""
    return [
        "vary", gan, "--levers", levers, "--seeds", "0-4", "--mode", "random", "--count", "12",
        "--out", str(folder), *more,
    ]  # fmt: skip


def manifest(folder: Path) -> list[dict[str, Any]]:
    """The lines of a batch's manifest."""
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def test_vary_writes_a_manifest(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = result(capsys, *batch(gan, levers, tmp_path))
    assert facts["drawn"] == facts["images"] == 12
    lines = manifest(tmp_path)
    assert [line["file"] for line in lines] == [f"{number:05d}.png" for number in range(12)]
    for line in lines:
        chunks = text_of(tmp_path / line["file"])
        assert chunks["caption"] == line["caption"]
        assert chunks["seed"] == str(line["seed"])
        assert all(-3 <= strength <= 3 for _, strength in line["pulls"])


def test_vary_goes_on_where_it_stopped(
    gan: str,
    levers: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert main(batch(gan, levers, whole)) == 0
    row_facts = drawing.row_facts

    def stop_at_seven(plan: Plan, number: int, *rest: Any) -> dict[str, Any]:
        if number == 7:
            raise KeyboardInterrupt
        return row_facts(plan, number, *rest)

    monkeypatch.setattr(drawing, "row_facts", stop_at_seven)
    capsys.readouterr()
    assert main(batch(gan, levers, parts)) == 130
    captured = capsys.readouterr()
    assert captured.err == "latent-levers: stopped\n"
    monkeypatch.undo()
    assert len(manifest(parts)) == 7
    assert len(list(parts.glob("*.png"))) == 7
    assert {path.name for path in parts.glob(".*")} <= {".locks"}  # nothing half written
    (parts / "00002.png").unlink()
    (parts / "00004.png").write_bytes((parts / "00004.png").read_bytes()[:-20])
    with (parts / "manifest.jsonl").open("a") as book:
        book.write('{"file": "0000')  # as after a loss of power
    facts = result(capsys, *batch(gan, levers, parts))
    assert facts["drawn"] == 12 - 7 + 2
    assert (parts / "manifest.jsonl").read_text() == (whole / "manifest.jsonl").read_text()
    for name in (line["file"] for line in manifest(whole)):
        assert (whole / name).read_bytes() == (parts / name).read_bytes()
    assert result(capsys, *batch(gan, levers, parts))["drawn"] == 0


def test_vary_may_grow_and_shrink(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert result(capsys, *batch(gan, levers, tmp_path, "--count", "3"))["drawn"] == 3
    assert result(capsys, *batch(gan, levers, tmp_path, "--count", "5"))["drawn"] == 2
    assert result(capsys, *batch(gan, levers, tmp_path, "--count", "4"))["drawn"] == 0
    assert len(manifest(tmp_path)) == 5


def test_vary_refuses_another_batch(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(batch(gan, levers, tmp_path, "--count", "2")) == 0
    words = complaint(capsys, *batch(gan, levers, tmp_path, "--strengths=-1,1"))
    assert "other settings (strengths was -3,3, now -1,1)" in words
    assert "another folder" in words
    words = complaint(capsys, *batch(gan, levers, tmp_path, "--option", "lr_multiplier=0.02"))
    assert "option was [], now ['lr_multiplier=0.02']" in words
    (tmp_path / "plan.json").write_text("[]")
    assert "The plan is a list of 0 entries" in complaint(capsys, *batch(gan, levers, tmp_path))


def test_one_run_at_a_time(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = batch(gan, levers, tmp_path, "--count", "2")
    (tmp_path / ".locks").mkdir()
    with filelock.FileLock(tmp_path / ".locks" / "000000.lock"):
        assert "Another run of vary writes to" in complaint(capsys, *words)
        assert not list(tmp_path.glob("*.png"))
    assert result(capsys, *words)["drawn"] == 2


@pytest.mark.parametrize(
    "line",
    [
        '{"file": ["00007.png"]}', '{"file": "../../00007.png"}', '{"file": "a\\u0000b.png"}',
        "[" * 100_000, '{"file": ' + "9" * 5000 + "}", "3", "\udcff",
    ],
)  # fmt: skip
def test_a_manifest_of_others_is_no_danger(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    words = batch(gan, levers, tmp_path, "--count", "1")
    assert main(words) == 0
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(path.read_bytes() + line.encode("utf-8", "surrogateescape") + b"\n")
    assert result(capsys, *words)["drawn"] == 0
    assert [entry["file"] for entry in manifest(tmp_path)] == ["00000.png"]


def test_vary_takes_a_grid(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = result(
        capsys, "vary", gan, "--levers", levers, "--seeds", "0-1", "--indices", "0-1",
        "--strengths=-1,1", "--unit", "distance", "--out", str(tmp_path),
    )  # fmt: skip
    assert facts["images"] == 8
    assert manifest(tmp_path)[3]["caption"] == "seed 0, sefa 1 +1.0"


def former(folder: Path, **changed: Any) -> None:
    """Make a folder what a version without plans would have left."""
    plan = read_plan(folder / "plan.json")
    settings = {**former_settings(plan), "seeds": "0-4", "indices": "0-3", **changed}
    (folder / "plan.json").unlink()
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    old = [{name: line[name] for name in line if name not in ("row", "plan")} for line in lines]
    text = "".join(f"{json.dumps(line)}\n" for line in old)
    (folder / "manifest.jsonl").write_text(text)
    (folder / "settings.json").write_text(json.dumps(settings))


def test_folders_of_versions_without_plans_go_on(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = batch(gan, levers, tmp_path)
    assert main(plain) == 0
    former(tmp_path)
    (tmp_path / "00003.png").unlink()
    (tmp_path / ".00003.png.abcd.part").write_bytes(b"half")
    assert "seed was 0, now 1" in complaint(capsys, *plain, "--seed", "1")
    assert result(capsys, *plain)["drawn"] == 1
    assert [line["file"] for line in manifest(tmp_path)] == [f"{n:05d}.png" for n in range(12)]
    assert not list(tmp_path.glob(".*.part"))
    (tmp_path / "plan.json").unlink()
    (tmp_path / "settings.json").write_text("[]")
    assert "no readable plan or settings.json" in complaint(capsys, *plain)


def test_a_guard_belongs_to_the_settings(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also beside folders of versions without guards, which did not store it."""
    plain = batch(gan, levers, tmp_path)
    assert main(plain) == 0
    assert "guard was off, now shorten" in complaint(capsys, *plain, "--guard", "shorten")
    former(tmp_path, guard="shorten")
    assert "guard was shorten, now off" in complaint(capsys, *plain)
    settings = json.loads((tmp_path / "settings.json").read_text())
    del settings["guard"]
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    assert result(capsys, *plain)["drawn"] == 0


def test_a_folder_takes_one_pack(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, tars = tmp_path / "files", tmp_path / "tars"
    assert main(batch(gan, levers, files)) == 0
    for pack in ("webdataset", "parquet"):
        words = complaint(capsys, *batch(gan, levers, files, "--pack", pack))
        assert f"holds rows in the pack 'files', not '{pack}'" in words
        assert "another folder with --out" in words
    assert not list(files.glob("shard-*"))
    shards = [*batch(gan, levers, tars, "--shard-size", "1"), "--pack", "webdataset"]
    facts = result(capsys, *shards)
    ends = [str(tars / f"shard-{shard:06d}.tar") for shard in (0, 11)]
    assert (facts["drawn"], facts["files"]) == (12, ends)
    capsys.readouterr()
    assert main(shards) == 0
    said = capsys.readouterr().out
    assert "12 files hold the rows" in said
    assert "Wrote:" in said
    words = complaint(capsys, *batch(gan, levers, tars, "--shard-size", "1"))
    assert "holds rows in the pack 'webdataset', not 'files'" in words
    pool = batch(gan, levers, tars, "--shard-size", "1", "--engine", "pool")
    assert "holds rows in the pack 'webdataset', not 'files'" in complaint(capsys, *pool)
    (tars / "part-000000.parquet").write_bytes(b"table")
    assert "in the pack 'parquet', not 'webdataset'" in complaint(capsys, *shards)


def test_a_damaged_picture_is_drawn_again_for_the_sheet(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(batch(gan, levers, tmp_path, "--count", "4")) == 0
    lines = (tmp_path / "manifest.jsonl").read_bytes()
    path = tmp_path / "00002.png"
    data = path.read_bytes()
    path.write_bytes(bytes(100) + data[100:])  # its end is whole
    capsys.readouterr()
    assert main(batch(gan, levers, tmp_path, "--count", "5")) == 0
    assert "00002.png could not be read, and was drawn again" in capsys.readouterr().err
    assert path.read_bytes() == data
    assert (tmp_path / "manifest.jsonl").read_bytes().startswith(lines)
    assert (tmp_path / ".damaged" / "00002.png").stat().st_size == len(data)


def test_of_fewer_than_four_levers_all_are_taken(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    levers = str(tmp_path / "two.safetensors")
    assert main(["sefa", gan, "--count", "2", "--out", levers]) == 0
    words = ["vary", gan, "--levers", levers, "--seeds", "0", "--out"]
    assert result(capsys, *words, str(tmp_path / "batch"))["images"] == 4
    assert read_plan(tmp_path / "batch").rows.indices == (0, 1)
    said = complaint(capsys, *words, str(tmp_path / "other"), "--index", "0-3")
    assert "Direction 3 was asked for" in said


def test_of_more_than_four_levers_the_first_four_are_taken(gan: str, tmp_path: Path) -> None:
    levers = str(tmp_path / "six.safetensors")
    assert main(["sefa", gan, "--count", "6", "--out", levers]) == 0
    words = ["plan", gan, "--levers", levers, "--seeds", "0"]
    assert main([*words, "--out", str(tmp_path / "batch.json")]) == 0
    assert read_plan(tmp_path / "batch.json").rows.indices == (0, 1, 2, 3)
