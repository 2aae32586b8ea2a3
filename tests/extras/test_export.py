"""Exports: Hugging Face's `datasets` and `webdataset` load them as they are, levers as columns."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import result
from PIL import Image

os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"

datasets = pytest.importorskip("datasets")


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty pictures of random pulls."""
    from latent_levers.core.cli import main

    folder = tmp_path_factory.mktemp("export")
    levers = str(folder / "levers.safetensors")
    assert main(["sefa", "portraits", "--count", "3", "--out", levers]) == 0
    words = ["vary", "portraits", "--levers", levers, "--seeds", "0-9", "--index", "0-2"]
    words += ["--mode", "random", "--count", "40", "--out", str(folder / "batch")]
    assert main(words) == 0
    return folder / "batch"


def stated(batch: Path) -> list[dict[str, Any]]:
    """What the manifest says, with a strength per lever."""
    entries = [json.loads(line) for line in (batch / "manifest.jsonl").read_text().splitlines()]
    for entry in entries:
        pulled = dict(map(tuple, entry["pulls"]))
        entry["columns"] = {f"lever_sefa_{n}": pulled.get(n, 0.0) for n in range(3)}
    return entries


def pixels(batch: Path, entry: dict[str, Any]) -> np.ndarray:
    with Image.open(batch / entry["file"]) as picture:
        return np.asarray(picture.convert("RGB"))


def compare(rows: list[dict[str, Any]], batch: Path) -> None:
    """Rows of a loaded data set against the manifest."""
    entries = stated(batch)
    assert len(rows) == len(entries) == 40
    for row, entry in zip(rows, entries, strict=True):
        assert {name: row[name] for name in entry["columns"]} == entry["columns"]
        assert (row["seed"], row["caption"]) == (entry["seed"], entry["caption"])
        assert (np.asarray(row["image"].convert("RGB")) == pixels(batch, entry)).all()


def loaded(kind: str, cache: Path, **where: str) -> list[dict[str, Any]]:
    found = datasets.load_dataset(kind, split="train", cache_dir=str(cache), **where)
    return list(found)


def test_datasets_loads_an_imagefolder(
    batch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "faces"
    facts = result(capsys, "export", str(batch), "--to", "imagefolder", "--out", str(out))
    assert (facts["pictures"], facts["linked"]) == (40, 40)
    rows = loaded("imagefolder", tmp_path / "cache", data_dir=str(out))
    compare(rows, batch)
    assert "label" not in rows[0]


def test_datasets_loads_parquet(
    batch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "faces"
    words = ["export", str(batch), "--to", "parquet", "--shard-size", "15", "--out", str(out)]
    assert len(result(capsys, *words)["files"]) == 3 + 1
    compare(loaded("parquet", tmp_path / "cache", data_files=str(out / "*.parquet")), batch)


def test_webdataset_and_datasets_load_tar_files(
    batch: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "faces"
    words = ["export", str(batch), "--to", "webdataset", "--shard-size", "15", "--out", str(out)]
    result(capsys, *words)
    rows = loaded("webdataset", tmp_path / "cache", data_files=str(out / "*.tar"))
    compare([{**row["json"], "image": row["png"]} for row in rows], batch)
    webdataset = pytest.importorskip("webdataset")
    shards = [str(path) for path in sorted(out.glob("*.tar"))]
    samples = list(webdataset.WebDataset(shards, shardshuffle=False).decode("pil"))
    compare([{**one["json"], "image": one["png"]} for one in samples], batch)


def test_parquet_without_its_package_is_said(
    batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    from command_line import complaint

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    words = ["export", str(batch), "--to", "parquet", "--out", str(tmp_path / "none")]
    assert "pip install pyarrow" in complaint(capsys, *words)
    assert not (tmp_path / "none").exists()
