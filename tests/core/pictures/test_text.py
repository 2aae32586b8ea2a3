"""Text in pictures: every script is readable with the fonts of this computer, and without any."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from latent_levers.core.pictures import fonts, text
from latent_levers.core.pictures.contact_sheet import contact_sheet
from latent_levers.core.pictures.text import Font, font_for, shortened, text_width, wrapped, write
from PIL import Image, ImageDraw

SCRIPTS = {
    "Chinese": "\u7b11\u8138 123",
    "Japanese": "\u3048\u304c\u304a \u30ab\u30e1\u30e9",
    "Korean": "\ubbf8\uc18c",
    "Cyrillic": "\u0423\u043b\u044b\u0431\u043a\u0430",
    "Greek": "\u03c7\u03b1\u03bc\u03cc\u03b3\u03b5\u03bb\u03bf",
    "Arabic digits": "+\u0661\u0662\u0663",
    "accents apart": "Le\u0301ve\u0300re",
    "mixed": "\u7b11 \u0423 \u03c9 \u0663 A \ubbf8 \U0001f600 \ue000 \u200d\u202e!",
}


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A computer without a single font."""
    caches = (fonts.system_fonts, fonts.font_with, text._chosen)
    monkeypatch.setattr(fonts, "font_folders", list)
    for cache in caches:
        cache.cache_clear()
    yield
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()


def boxes(font: Font, words: str) -> list[str]:
    """Letters that would be drawn as the glyph of missing characters."""
    return [
        letter
        for part, run in font.runs(words)
        for letter in run
        if not letter.isspace()
        and fonts._picture(part, letter) == fonts._picture(part, fonts._MISSING)
    ]


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_letter_is_a_box(script: str) -> None:
    words = SCRIPTS[script]
    for size in (10, 22):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            font = font_for([words], size)
        assert boxes(font, words) == []
        assert text_width(font, words) > 0


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.usefixtures("no_fonts")
def test_no_letter_is_a_box_without_fonts(script: str) -> None:
    words = SCRIPTS[script]
    with pytest.warns(UserWarning, match="No font on this computer has the letters"):
        font = font_for([words], 16)
    assert boxes(font, words) == []
    assert len(font.runs(words)) == 1


@pytest.mark.usefixtures("no_fonts")
@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("\u0423\u043b\u044b\u0431\u043a\u0430 \u0429", "Ulybka Shch"),
        ("\u03c7\u03b1\u03bc\u03cc\u03b3\u03b5\u03bb\u03bf", "chamogelo"),
        ("+\u0661\u0662.\u0663", "+12.3"),
        ("\u3048\u304c\u304a", "egao"),
        ("\ubbf8\uc18c", "miso"),
        ("\u7b11!", "[U+7B11]!"),
        ("a\u200d\u202eb", "ab"),
    ],
)
def test_what_no_font_has_is_romanised(words: str, shown: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ((_, run),) = font_for([words], 14).runs(words)
    assert run == shown


def drawn(words: str, font: Font, anchor: str) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the ink of a text written at (100, 50)."""
    page = Image.new("RGB", (200, 100))
    write(ImageDraw.Draw(page), (100, 50), words, (255, 255, 255), font, anchor)
    box = page.getbbox()
    assert box is not None
    return box


def test_several_fonts_share_a_line() -> None:
    """A text that needs two fonts lies where a text of one font would."""
    words = "A\u7b11\u0663g"
    font = font_for([words], 16)
    if len({id(part) for part, _ in font.runs(words)}) < 2:
        pytest.skip("this computer has no two fonts that complement each other")
    width = text_width(font, words)
    for anchor, left in (("la", 100), ("ma", 100 - width / 2), ("rs", 100 - width)):
        box = drawn(words, font, anchor)
        assert abs(box[0] - left) <= 3
        assert abs(box[2] - left - width) <= 3
    assert drawn(words, font, "la")[1] >= 50
    above = drawn("A", font_for(["A"], 16), "ls")
    assert abs(drawn("A\u0663", font, "ls")[3] - above[3]) <= 4  # one baseline


def test_latin_is_drawn_as_ever() -> None:
    """One font, and exactly Pillow's pixels."""
    font = font_for(["Strength in sigma +3.0"], 17)
    page, plain = Image.new("RGB", (250, 40)), Image.new("RGB", (250, 40))
    write(ImageDraw.Draw(page), (120, 5), "Strength +3.0", (255, 255, 255), font, "ma")
    pen = ImageDraw.Draw(plain)
    pen.text((120, 5), "Strength +3.0", (255, 255, 255), fonts.own_font(17), anchor="ma")
    assert page.tobytes() == plain.tobytes()


@pytest.mark.usefixtures("no_fonts")
def test_romanised_words_are_shortened_and_broken() -> None:
    words = "\u0443\u043b\u044b\u0431\u043a\u0430 " * 6
    with pytest.warns(UserWarning, match="u"):
        font = font_for([words], 12)
    assert text_width(font, shortened(words, font, 90)) <= 90
    lines = wrapped(words, font, 90)
    assert len(lines) > 1
    assert all(text_width(font, line) <= 90 for line in lines)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        page = contact_sheet(torch.zeros(2, 3, 24, 24), 2, [words, "b"], [words], words)
    assert (page > 150).any()


def test_the_search_for_fonts_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:03d}.ttf").write_bytes(b"no font")
    (tmp_path / "loop").symlink_to(tmp_path)
    monkeypatch.setattr(fonts, "font_folders", lambda: [tmp_path, tmp_path / "missing"])
    monkeypatch.setattr(fonts, "MOST_FILES", 20)
    fonts.system_fonts.cache_clear()
    fonts.font_with.cache_clear()
    try:
        assert len(fonts.system_fonts()) == 20
        assert fonts.font_with("\u7b11") is None  # files that are no fonts are passed over
    finally:
        monkeypatch.undo()
        fonts.system_fonts.cache_clear()
        fonts.font_with.cache_clear()
