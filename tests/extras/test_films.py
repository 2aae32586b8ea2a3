"""Videos: what a player decodes are the frames that were drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import complaint, result
from latent_levers.core.base.wording import PackWarning
from latent_levers.core.pictures.films.film_files import write_film

av = pytest.importorskip("av")


def decoded(path: Path) -> tuple[np.ndarray, Any]:
    """All frames of a video, and what it says of itself."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        about = {
            "codec": stream.codec_context.name,
            "format": stream.codec_context.pix_fmt,
            "rate": float(stream.average_rate),
            "comment": container.metadata.get("comment", ""),
            "colorspace": stream.codec_context.colorspace,
        }
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    return np.stack(frames), about


def ramps(count: int, height: int, width: int) -> list[np.ndarray]:
    """Smooth colour that moves, with a strong red half, where a wrong matrix would be seen."""
    y, x = np.mgrid[:height, :width]
    frames = []
    for frame in range(count):
        red = np.where(x < width // 2, 220, 40)
        green = (x * 255 // width + 8 * frame) % 256 // 2
        frames.append(np.stack([red, green, y * 255 // height], axis=-1).astype(np.uint8))
    return frames


def test_colours_come_back(tmp_path: Path) -> None:
    frames = ramps(6, 96, 128)
    out = tmp_path / "film.mp4"
    assert write_film(out, iter(frames), 12.5, json.dumps({"seeds": "0-3"})) == 6
    found, about = decoded(out)
    assert found.shape == (6, 96, 128, 3)
    assert np.abs(found.astype(int) - np.stack(frames)).mean() < 3
    assert about["format"] == "yuv420p"
    assert about["rate"] == 12.5
    assert json.loads(about["comment"]) == {"seeds": "0-3"}
    assert int(about["colorspace"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_odd_sides_are_said(tmp_path: Path) -> None:
    frames = ramps(2, 33, 65)
    with pytest.warns(PackWarning, match="65 x 33"):
        write_film(tmp_path / "odd.mp4", frames, 24)
    found, _ = decoded(tmp_path / "odd.mp4")
    assert found.shape[1:3] == (34, 66)
    assert np.abs(found[:, :33, :65].astype(int) - np.stack(frames)).mean() < 4


def test_traverse_and_vary_write_videos_and_grids(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    levers = str(tmp_path / "levers.safetensors")
    result(capsys, "sefa", "portraits", "--count", "2", "--out", levers)
    out = tmp_path / "one.mp4"
    words = ["traverse", "portraits", "--levers", levers, "--frames", "4", "--scale", "1"]
    facts = result(capsys, *words, "--seeds", "0-3", "--grid", "2x2", "--out", str(out))
    found, about = decoded(out)
    assert len(found) == facts["frames"] == 4 * 2
    assert found.shape[2] == 128
    assert json.loads(about["comment"])["grid"] == "2x2"
    still = f"{tmp_path / 'frames'}/"
    result(capsys, *words, "--seeds", "0-3", "--grid", "2x2", "--out", still)
    film = tmp_path / "batch.mp4"
    batch = ["vary", "portraits", "--levers", levers, "--seeds", "0-3", "--index", "0"]
    facts = result(
        capsys, *batch, "--strength=-2,-1,0,1,2", "--out", str(tmp_path / "b"),
        "--film", str(film), "--grid", "2x2", "--fps", "5",
    )  # fmt: skip
    assert str(film) in facts["files"]
    found, about = decoded(film)
    assert (found.shape, about["rate"]) == ((5, 128, 128, 3), 5.0)
    assert np.abs(found[0].astype(int) - found[-1]).mean() > 1


def test_an_unwritten_video_leaves_nothing(tmp_path: Path) -> None:
    def broken():
        yield from ramps(1, 32, 32)
        raise RuntimeError("cancelled")

    with pytest.raises(RuntimeError, match="cancelled"):
        write_film(tmp_path / "film.mp4", broken(), 24)
    assert list(tmp_path.iterdir()) == []


def test_what_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["traverse", "portraits", "--seeds", "0-1", "--fps", "2000"]
    assert "up to 1000" in complaint(capsys, *words, "--out", str(tmp_path / "a.mp4"))
