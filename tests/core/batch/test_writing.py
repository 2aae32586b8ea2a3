"""Files of a batch: whole or absent, each with its facts, and the manifest with them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from batch_plans import plan_for
from cases import tiny
from command_line import text_of
from latent_levers.core.base.errors import PackError
from latent_levers.core.batch.drawing import Drawer
from latent_levers.core.batch.entries import ImageEntry
from latent_levers.core.batch.locks import shard_lock
from latent_levers.core.batch.manifest import append_lines, settle_manifest
from latent_levers.core.batch.packs import PACKS
from latent_levers.core.batch.plan import Plan
from latent_levers.core.batch.running import Drawn, by_shard, draw_rows
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.levers.factorization import sefa
from latent_levers.core.pictures.picture_files import is_complete
from PIL import ExifTags, Image


@pytest.fixture(scope="module")
def gan() -> Generator:
    """A tiny StyleGAN2."""
    return tiny()


@pytest.fixture(scope="module")
def levers(gan: Generator) -> Directions:
    """Three of its levers."""
    return sefa(gan, count=3)


@pytest.fixture
def plan(gan: Generator, levers: Directions) -> Plan:
    """Twenty random rows in shards of eight."""
    return replace(plan_for(gan, levers, "random", 20), shard_size=8)


@pytest.fixture
def drawer(plan: Plan, gan: Generator, levers: Directions) -> Drawer:
    """Its drawer."""
    return Drawer(plan, gan, levers)


def drawn(drawer: Drawer, folder: Path, rows: Sequence[int]) -> Drawn:
    """Draw rows, and put the manifest in order."""
    done = draw_rows(lambda: drawer, PACKS["files"], drawer.plan, folder, rows)
    settle_manifest(drawer.plan, folder, rows)
    return done


def manifest(folder: Path) -> list[dict[str, Any]]:
    """Lines of the manifest."""
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def test_a_picture_says_all_that_made_it(drawer: Drawer, tmp_path: Path) -> None:
    drawn(drawer, tmp_path, [3])
    plan = drawer.plan
    chunks = text_of(tmp_path / "00003.png")
    whole = json.loads(chunks.pop("latent_levers"))
    assert all(json.loads(chunks.pop(name)) for name in ("prompt", "workflow"))
    (line,) = manifest(tmp_path)
    assert (line.pop("file"), line.pop("pulls")) == ("00003.png", whole["pulls"])
    data = (tmp_path / "00003.png").read_bytes()
    assert line.pop("sha256") == hashlib.sha256(data).hexdigest()
    assert chunks == {
        **{name: str(value) for name, value in line.items() if value is not None},
        "software": "Latent Levers",
    }
    assert (chunks["row"], chunks["plan"]) == ("3", plan.digest)
    assert whole["generator"]["fingerprint"] == plan.generator.fingerprint
    assert whole["levers"]["fingerprint"] == plan.levers.fingerprint
    assert whole["codes"]["noise"] == "const"
    assert whole["pull"]["layers"] is None
    assert whole["batch_size"] == 4


@pytest.mark.parametrize(("kind", "level"), [("png", 9), ("webp", 100), ("webp", 80), ("jpeg", 95)])
def test_formats(drawer: Drawer, tmp_path: Path, kind: str, level: int) -> None:
    plan = replace(drawer.plan, image=ImageEntry(kind, level))
    other = Drawer(plan, drawer.gan, drawer.levers)
    drawn(other, tmp_path, [3])
    path = tmp_path / plan.file_name(3)
    assert is_complete(path)
    (one,) = other.draw([3])
    with Image.open(path) as picture:
        error = np.abs(np.asarray(picture.convert("RGB")).astype(int) - one.picture.numpy()).mean()
        said = picture.getexif().get(ExifTags.Base.ImageDescription)
    assert error <= (0 if kind == "png" or level == 100 else 30)
    if kind != "png":
        assert json.loads(said)["latent_levers"]["row"] == json.loads(said)["row"] == 3
    path.write_bytes(path.read_bytes()[:-3])
    assert not is_complete(path)
    assert drawn(other, tmp_path, [3]).drawn == 1


def test_what_is_there_is_not_drawn_again(drawer: Drawer, tmp_path: Path) -> None:
    assert drawn(drawer, tmp_path, [2, 9, 19]) == Drawn(3, 0, [])
    before = (tmp_path / "00009.png").stat().st_mtime_ns
    assert drawn(drawer, tmp_path, range(20)) == Drawn(17, 3, [])
    assert (tmp_path / "00009.png").stat().st_mtime_ns == before
    assert [line["row"] for line in manifest(tmp_path)] == list(range(20))
    stamp = (tmp_path / "manifest.jsonl").stat().st_mtime_ns
    assert drawn(drawer, tmp_path, range(20)) == Drawn(0, 20, [])
    assert (tmp_path / "manifest.jsonl").stat().st_mtime_ns == stamp  # it was in order
    assert {path.name for path in tmp_path.glob(".*")} == {".locks"}


def test_shards_of_other_processes_are_left_alone(drawer: Drawer, tmp_path: Path) -> None:
    lock = shard_lock(tmp_path, 1)
    assert lock is not None
    try:
        done = drawn(drawer, tmp_path, range(20))
        assert done == Drawn(12, 0, [1])
        with pytest.raises(PackError, match="Another run of vary writes to"):
            drawn(drawer, tmp_path, range(8, 12))
    finally:
        lock.release()
    assert drawn(drawer, tmp_path, range(20)) == Drawn(8, 12, [])


def test_unfinished_files_of_a_shard_go(drawer: Drawer, tmp_path: Path) -> None:
    half = tmp_path / ".parts" / "000000" / "00003.png"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    drawn(drawer, tmp_path, range(8))
    assert not (tmp_path / ".parts").exists()


def test_what_was_drawn_before_an_error_stays(
    drawer: Drawer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = drawer.encode

    def full(one: Any) -> bytes:
        if one.number == 5:
            raise OSError(28, os.strerror(28))
        return encode(one)

    monkeypatch.setattr(drawer, "encode", full)
    with pytest.raises(OSError, match="No space"):
        drawn(drawer, tmp_path, range(20))
    names = {path.name for path in tmp_path.glob("*.png")}
    assert {line["file"] for line in manifest(tmp_path)} == names
    assert "00004.png" in names
    assert "00005.png" not in names


def test_the_manifest_is_mended(drawer: Drawer, tmp_path: Path) -> None:
    drawn(drawer, tmp_path, range(12))
    path = tmp_path / "manifest.jsonl"
    text = path.read_text()
    lines = text.splitlines()
    append_lines(tmp_path, [lines[3], '{"file": "../x.png", "row": 1}', "[" * 9000])
    path.write_text("\n".join([*lines[6:], *lines[:5], lines[7], '{"file": "000']))
    append_lines(tmp_path, [lines[3]])
    settle_manifest(drawer.plan, tmp_path, range(12))
    assert path.read_text() == text


def test_rows_by_shard(plan: Plan) -> None:
    assert list(by_shard(plan, range(5, 18))) == [range(5, 8), range(8, 16), range(16, 18)]
    assert list(by_shard(plan, [1, 7, 8, 19])) == [[1, 7], [8], [19]]


def test_threads_of_the_plan_compute_its_pictures(drawer: Drawer) -> None:
    before = torch.get_num_threads()
    seen: list[int] = []
    others = Drawer(replace(drawer.plan, threads=before + 1), drawer.gan, drawer.levers)
    for module in others.gan.network.modules():
        module.register_forward_hook(lambda *_: seen.append(torch.get_num_threads()))
    next(others.draw([0]))
    assert set(seen) == {before + 1}
    assert torch.get_num_threads() == before
    assert others.plan.digest != drawer.plan.digest
