"""Films without packages of others: animated pictures, folders, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from latent_levers.core.base.errors import PackError
from latent_levers.core.pictures.films.film_files import check_film, is_streamed, write_film
from PIL import Image


def frames(count: int = 3) -> Iterator[np.ndarray]:
    for number in range(count):
        yield np.full((6, 8, 3), 40 * number, dtype=np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".gif"])
def test_animated_pictures(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    assert write_film(path, frames(), 10, json.dumps({"seeds": "0-2"})) == 3
    with Image.open(path) as film:
        assert (film.n_frames, film.size, film.info["loop"]) == (3, (8, 6), 0)
        film.seek(2)
        assert np.abs(np.asarray(film.convert("RGB")).astype(int) - 80).max() <= 4
    assert not is_streamed(path)


def test_a_folder_takes_frames_one_by_one(tmp_path: Path) -> None:
    folder = tmp_path / "take.2"
    check_film(folder)
    seen: list[int] = []

    def one_by_one() -> Iterator[np.ndarray]:
        for frame in frames():
            seen.append(len(list(folder.glob("*.png"))))
            yield frame

    assert write_film(folder, one_by_one(), 24, json.dumps({"seeds": "0-2"})) == 3
    assert seen[-1] >= 1
    with Image.open(folder / "000002.png") as picture:
        assert picture.getpixel((0, 0)) == (80, 80, 80)
        assert picture.text["seeds"] == "0-2"  # type: ignore[attr-defined]
    assert is_streamed(folder)
    with pytest.raises(PackError, match="holds frames already"):
        check_film(folder)


def test_a_film_has_a_frame(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="no frame"):
        write_film(tmp_path / "film.png", iter(()), 24)


def test_a_video_without_its_package_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(PackError, match="pip install av"):
        check_film(tmp_path / "film.mp4")
