"""Fonts: Pillow's own, and those of the system for the letters that it lacks.

Nothing is bundled. The usual folders of Linux, macOS and Windows are searched once, up to
`MOST_FILES` files, for the letters of a text; what no font has is romanised (`transliteration`), so
that a page never shows empty boxes.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

MOST_FILES = 4000
"""Most files that are looked at in search of fonts."""

_MOST_TRIED = 300
"""Most fonts that are opened in search of a letter."""

_ENDINGS = (".ttf", ".otf", ".ttc")

_MISSING = "\U0010ffff"
"""No character at all: fonts draw it as the glyph of all missing characters."""

_FIRST = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-zenhei.ttc",
    "wqy-microhei.ttc",
    "PingFang.ttc",
    "msyh.ttc",
    "DejaVuSans.ttf",
    "arial.ttf",
    "Arial.ttf",
    "Arial Unicode.ttf",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "Hiragino Sans GB.ttc",
    "AppleSDGothicNeo.ttc",
    "malgun.ttf",
    "YuGothM.ttc",
    "meiryo.ttc",
    "msgothic.ttc",
    "simsun.ttc",
    "segoeui.ttf",
    "NotoSans-Regular.ttf",
)
"""Fonts that are tried before all others, in this order."""

_LAST = ("bold", "italic", "oblique", "black", "condensed", "mono", "light", "lastresort", "emoji")
"""Words in names of fonts that are tried last."""

_SIZE = 24
"""Size in pixels at which fonts are compared."""


@functools.lru_cache(maxsize=64)
def own_font(size: int) -> ImageFont.FreeTypeFont:
    """The font that is bundled with Pillow.

    Args:
        size: In pixels.

    Returns:
        The font.
    """
    font = ImageFont.load_default(size=size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # a size needs FreeType
    return font


@functools.lru_cache(maxsize=128)
def system_font(path: str, size: int) -> ImageFont.FreeTypeFont | None:
    """A font of the system.

    Args:
        path: One of `system_fonts`.
        size: In pixels.

    Returns:
        The font; none where it cannot be read, or does not come in this size.
    """
    try:
        return ImageFont.truetype(path, size)
    except (OSError, ValueError):
        return None


def font_folders() -> list[Path]:
    """Where fonts are usually installed.

    Returns:
        Folders, which need not exist.
    """
    home = Path.home()
    if sys.platform == "win32":
        windows = os.environ.get("WINDIR", "C:\\Windows")
        local = os.environ.get("LOCALAPPDATA", str(home))
        return [Path(windows, "Fonts"), Path(local, "Microsoft", "Windows", "Fonts")]
    if sys.platform == "darwin":
        return [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = os.environ.get("XDG_DATA_HOME") or str(home / ".local/share")
    roots = [own, *shared.split(":")]
    return [home / ".fonts", *(Path(root, "fonts") for root in roots if root)]


@functools.cache
def system_fonts() -> tuple[str, ...]:
    """Font files of the system, the likeliest first.

    Returns:
        Paths.
    """
    found = list(itertools.islice(_files(), MOST_FILES))
    fonts = [path for path in found if path.suffix.lower() in _ENDINGS]
    return tuple(str(path) for path in sorted(fonts, key=_rank))


def _files() -> Iterator[Path]:
    """All files below the folders of fonts; links to folders are not followed."""
    for top in font_folders():
        for folder, _, names in os.walk(top):
            yield from (Path(folder, name) for name in names)


def _rank(path: Path) -> tuple[int, int, str]:
    """Order of the fonts."""
    known = _FIRST.index(path.name) if path.name in _FIRST else len(_FIRST)
    return known, sum(word in path.stem.lower() for word in _LAST), str(path)


@functools.lru_cache(maxsize=4096)
def has_letter(path: str | None, letter: str) -> bool:
    """Whether a font has a letter.

    Args:
        path: One of `system_fonts`; none means Pillow's own font.
        letter: One character.

    Returns:
        False where it is drawn as the glyph of missing characters, or not at all.
    """
    font = own_font(_SIZE) if path is None else system_font(path, _SIZE)
    if font is None:
        return False
    drawn = _picture(font, letter)
    return drawn != _picture(font, _MISSING) and (letter.isspace() or any(drawn[8:]))


def _picture(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    """Size and pixels of one drawn letter."""
    box = font.getbbox(letter)
    page = Image.new("L", (max(1, math.ceil(box[2])), max(1, math.ceil(box[3]))))
    ImageDraw.Draw(page).text((0, 0), letter, 255, font)
    return page.width.to_bytes(8, "big") + page.tobytes()


@functools.lru_cache(maxsize=4096)
def font_with(letter: str) -> str | None:
    """A font of the system that has a letter.

    Args:
        letter: One character.

    Returns:
        The first of `system_fonts`; none where none of them has it.
    """
    fonts = system_fonts()[:_MOST_TRIED]
    return next((path for path in fonts if has_letter(path, letter)), None)


def font_with_all(letters: frozenset[str]) -> str | None:
    """A font of the system that has several letters.

    Args:
        letters: Characters.

    Returns:
        The first of those that are tried before all others; none where none of them has all.
    """
    known = [path for path in system_fonts() if Path(path).name in _FIRST]
    return next((path for path in known if all(has_letter(path, c) for c in letters)), None)
