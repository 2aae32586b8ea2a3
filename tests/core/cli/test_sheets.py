"""`--scale`, `--columns`, and sheets of any number of images in bounded memory."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import complaint, pixels, result, text_of
from latent_levers.core.cli import main
from latent_levers.core.pictures.contact_sheet import contact_sheet
from latent_levers.core.pictures.images import (
    enlarged,
    pictures_for_sheet,
    sized_for_sheet,
    to_bytes,
)
from latent_levers.core.pictures.sheet_pages import MOST_PAGES, SheetLayout, SheetPages


def find(page: np.ndarray, picture: np.ndarray) -> tuple[int, int]:
    """Row and column at which a page shows a picture, to a grey level on average."""
    height, width = picture.shape[:2]
    for row, column in np.argwhere((abs(page - picture[0, 0]) <= 9).all(axis=2)):
        part = page[row : row + height, column : column + width]
        # Pages are enlarged before values out of range are cut off.
        if part.shape == picture.shape and abs(part - picture).mean() < 1.5:
            return int(row), int(column)
    raise AssertionError("the page does not show this picture")


def shown(path: Path, scale: int) -> np.ndarray:
    """A picture as a sheet shows it."""
    image = torch.from_numpy(pixels(path)).permute(2, 0, 1)[None] / 127.5 - 1
    return to_bytes(enlarged(image.float(), scale))[0].numpy().astype(int)


def test_small_pictures_are_shown_at_256_and_saved_as_they_are(
    gan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result(capsys, "sample", gan, "--seeds", "0-1", "--out", str(tmp_path))
    assert pixels(tmp_path / "seed0001.png").shape == (32, 32, 3)
    page = pixels(tmp_path / "sheet.png")
    places = [find(page, shown(tmp_path / f"seed000{n}.png", 8)) for n in range(2)]
    assert places[0][0] == places[1][0]
    assert places[1][1] - places[0][1] > 256


def test_a_scale_enlarges_pictures_and_sheet(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, large = tmp_path / "a", tmp_path / "b"
    pull = ["--levers", levers, "--index", "0", "--strength", "2"]
    for name, more in (("sample", []), ("edit", pull), ("vary", pull)):
        words = [name, gan, *more, "--seeds", "3"]
        result(capsys, *words, "--out", str(plain / name))
        result(capsys, *words, "--out", str(large / name), "--scale", "3")
        (file,) = [path.name for path in (plain / name).glob("*0*.png")]
        picture = pixels(large / name / file)
        assert picture.shape == (96, 96, 3)
        assert abs(picture - shown(plain / name / file, 3)).mean() < 1.5
        assert text_of(large / name / file)["scale"] == "3"
        find(pixels(large / name / "sheet.png"), picture)
    again = ["vary", gan, *pull, "--seeds", "3", "--out", str(large / "vary")]
    assert "scale was 3, now 1" in complaint(capsys, *again)


def test_edit_shows_each_image_before(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["edit", gan, "--levers", levers, "--seeds", "0-1", "--index", "0,1"]
    facts = result(capsys, *words, "--strength", "2", "--out", str(tmp_path / "edit"))
    result(capsys, "sample", gan, "--seeds", "0-1", "--out", str(tmp_path / "seeds"))
    page = pixels(tmp_path / "edit" / "sheet.png")
    for seed in range(2):
        before = find(page, shown(tmp_path / "seeds" / f"seed000{seed}.png", 8))
        after = [
            find(page, shown(tmp_path / "edit" / f"seed000{seed}_lever{n}_+2.0.png", 8))
            for n in range(2)
        ]
        assert before[0] == after[0][0] == after[1][0]
        assert before[1] < after[0][1] < after[1][1]
    assert [image["strength"] for image in facts["images"]] == [2.0] * 4
    chunks = text_of(tmp_path / "edit" / "sheet.png")
    assert (chunks["direction"], chunks["strength"]) == ("sefa 0; sefa 1", "+2.0")
    assert (chunks["seeds"], chunks["unit"]) == ("0-1", "sigma")


def test_columns(gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pull = ["--levers", levers, "--index", "0", "--seeds", "0-2"]
    for name, more, out in (
        ("sample", ["--seeds", "0-5"], "sample/sheet.png"),
        ("edit", [*pull, "--strength", "1"], "edit/sheet.png"),
        ("vary", [*pull, "--strength=-1,1"], "vary/sheet.png"),
        ("sweep", [*pull, "--strength", "1", "--steps", "2"], "sweep.png"),
    ):
        sizes = []
        for columns in ("1", "3"):
            where = tmp_path / columns / (out if name == "sweep" else name)
            words = [name, gan, *more, "--columns", columns, "--out", str(where)]
            result(capsys, *words)
            sizes.append(pixels(tmp_path / columns / out).shape)
        assert 2.5 < sizes[0][0] / sizes[1][0] < 3.1, name  # six rows, then two
        assert 2.2 < sizes[1][1] / sizes[0][1] < 3.1, name


def test_a_sheet_of_vary_is_drawn_again_when_it_must_be(
    gan: str, levers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["vary", gan, "--levers", levers, "--seeds", "0-3", "--index", "0", "--strength", "2"]
    words += ["--out", str(tmp_path)]
    facts = result(capsys, *words)
    assert [Path(file).name for file in facts["files"]] == ["manifest.jsonl", "sheet.png"]
    page = pixels(tmp_path / "sheet.png")
    for number in range(4):
        find(page, shown(tmp_path / f"0000{number}.png", 8))
    chunks = text_of(tmp_path / "sheet.png")
    assert (chunks["direction"], chunks["mode"]) == ("sefa 0", "grid")
    facts = result(capsys, *words)
    assert [Path(file).name for file in facts["files"]] == ["manifest.jsonl"]
    (tmp_path / "sheet.png").unlink()
    result(capsys, *words)
    assert (pixels(tmp_path / "sheet.png") == page).all()


def pages_of(layout: SheetLayout, count: int) -> tuple[list[torch.Tensor], SheetPages]:
    """The pages of `count` grey images of 32 pixels."""
    drawn: list[torch.Tensor] = []
    sheet = SheetPages(layout.for_images(count, (32, 32)), lambda _, page: drawn.append(page))
    for number in range(count):
        sheet.add(torch.full((3, 32, 32), number % 100 / 100), f"image {number}")
    sheet.finish()
    return drawn, sheet


def test_many_images_fill_pages_and_no_more_than_twenty() -> None:
    drawn, sheet = pages_of(SheetLayout(scale=1), 100 + 96 * MOST_PAGES)
    assert len(drawn) == MOST_PAGES
    assert sheet.left_out == 100
    assert len({page.shape for page in drawn}) == 1
    drawn, sheet = pages_of(SheetLayout(scale=1, columns=10), 101)
    assert (len(drawn), sheet.left_out) == (2, 0)
    few, _ = pages_of(SheetLayout(columns=2, scale=40), 30)  # 1280 pixels: ten on a page
    assert len(few) == 3


def test_a_sheet_of_thousands_says_what_it_leaves_out(
    gan: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("pictures.sheet_pages", "cli.sheets"):
        monkeypatch.setattr(f"latent_levers.core.{module}.MOST_PAGES", 2)
    monkeypatch.setattr("latent_levers.core.pictures.sheet_pages.MOST_ON_PAGE", 4)
    assert main(["sample", gan, "--seeds", "0-9", "--columns", "2", "--out", str(tmp_path)]) == 0
    assert "2 images are on none of them" in capsys.readouterr().err
    names = sorted(path.name for path in tmp_path.glob("sheet*"))
    assert names == ["sheet.png", "sheet_2.png"]
    assert len(list(tmp_path.glob("seed*.png"))) == 10
    assert text_of(tmp_path / "sheet_2.png")["seeds"] == "0-9"
    page = pixels(tmp_path / "sheet_2.png")
    assert find(page, shown(tmp_path / "seed0004.png", 8))


def test_pictures_for_a_page_are_the_batch_made_smaller() -> None:
    images = torch.randn(5, 3, 20, 30)
    for scale, side in ((0, 60), (3, 60), (0, 10), (1, 60)):
        whole = to_bytes(sized_for_sheet(images, scale, side))
        assert torch.equal(pictures_for_sheet(images, scale, side), whole)
    assert torch.equal(
        contact_sheet(to_bytes(images), 2, list("abcde")), contact_sheet(images, 2, list("abcde"))
    )


def test_a_crowded_page_has_smaller_images(
    gan: str,
    levers: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ["sweep", gan, "--levers", levers, "--seeds", "0-3", "--index", "0", "--strength", "1"]
    words += ["--out", str(tmp_path / "a.png")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result(capsys, *words)
    whole = pixels(tmp_path / "a.png").shape
    monkeypatch.setattr("latent_levers.core.cli.sheets._MOST_ON_PAGE", 20 * 160**2)
    assert main(words) == 0
    assert "20 images share the page; they are up to 160 pixels wide" in capsys.readouterr().err
    assert pixels(tmp_path / "a.png").shape[1] < 0.8 * whole[1]
    assert "at most 160 pixels" in complaint(capsys, *words, "--scale", "6")
