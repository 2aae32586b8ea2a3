"""Contact sheets: many images on one page, with words beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from .errors import PackError
from .images import to_bytes

_PAPER = (24, 26, 31)
"""Colour of the page; dark, so that images and not the page are what shines."""
_INK = (233, 235, 240)
"""Colour of titles and of the labels above and beside images."""

_SMALLEST = 10
"""Least size of letters in pixels that can be read."""

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def contact_sheet(
    images: Tensor,
    columns: int,
    labels: Sequence[str] = (),
    row_labels: Sequence[str] = (),
    title: str = "",
    scale: int = 1,
) -> Tensor:
    """Lay images out in rows.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1], filling one row after the other.
        columns: Images per row, at least 1.
        labels: Words above: one per column stand over the first row only, one per image over each.
        row_labels: Words left of the rows, one per row.
        title: Words at the top.
        scale: How many times larger the images are drawn; small ones want 2 to 4.

    Returns:
        `[height, width, 3]` uint8.

    Raises:
        PackError: There is no image, `columns` or `scale` is below 1, or there are neither as many
            labels as columns nor as images, nor as many row labels as rows.
    """
    count = len(images)
    if images.ndim != 4 or not count or columns < 1 or scale < 1:
        raise PackError(
            f"Images {list(images.shape)} in {columns} columns at scale {scale}",
            "images [N, C, H, W], at least one, and columns and scale of at least 1",
        )
    columns = min(columns, count) if len(labels) != columns else columns
    rows = -(-count // columns)
    if len(labels) not in (0, columns, count) or len(row_labels) not in (0, rows):
        raise PackError(
            f"{len(labels)} labels and {len(row_labels)} row labels were given",
            f"{columns} (columns) or {count} (images) labels, and {rows} row labels, or none",
        )
    cells = [_enlarged(picture, scale) for picture in to_bytes(images)]
    width, height = cells[0].size
    size = max(11, min(22, width // 8))
    gap, margin = max(4, width // 24), max(12, width // 8)
    step_x = width + gap
    font, large = _fitting(labels, size, step_x - 4), _font(round(size * 1.35))
    beside = _font(size)
    line = _height(font) + gap if labels else 0
    each = len(labels) == count and rows > 1
    left = margin + max((_width(beside, text) + 2 * gap for text in row_labels), default=0)
    heading = _wrapped(title, large, left - margin + columns * step_x - gap)
    top = margin + len(heading) * (_height(large) + gap) + (gap if heading else 0)
    top += 0 if each else line
    step_y = height + gap + (line if each else 0)
    page_size = (left + columns * step_x - gap + margin, top + rows * step_y - gap + margin)
    page = Image.new("RGB", page_size, _PAPER)
    pen = ImageDraw.Draw(page)
    for number, text in enumerate(heading):
        pen.text((margin, margin + number * (_height(large) + gap)), text, _INK, large)
    for number, cell in enumerate(cells):
        row, column = divmod(number, columns)
        x, y = left + column * step_x, top + row * step_y + (line if each else 0)
        page.paste(cell, (x, y))
        if labels and (each or row == 0):
            text = _shortened(labels[number], font, step_x - 4)
            pen.text((x + width / 2, y - gap), text, _INK, font, anchor="ms")
        if row_labels and column == 0:
            at = (left - 2 * gap, y + height / 2)
            pen.text(at, row_labels[row], _INK, beside, anchor="rm")
    return torch.from_numpy(np.asarray(page).copy())


def with_captions(images: Tensor, captions: Sequence[str]) -> Tensor:
    """Each image with a line of words below it, as an image of its own.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1]; wide enough to be read, 128 pixels or more.
        captions: One per image; broken into lines where they are long, all with equal room.

    Returns:
        `[N, 3, H + strip, W]` in [-1, 1].

    Raises:
        PackError: There are not as many captions as images, or none.
    """
    count = len(images)
    if images.ndim != 4 or not count or len(captions) != count:
        raise PackError(
            f"{len(captions)} captions were given for images {list(images.shape)}",
            "one caption per image [N, C, H, W]",
        )
    cells = to_bytes(images)  # [N, H, W, 3]
    height, width = cells.shape[1:3]
    font = _font(max(_SMALLEST, min(22, width // 16)))
    gap = max(3, width // 64)
    lines = [_wrapped(text, font, width - 2 * gap) for text in captions]
    step = _height(font) + gap
    strip = max(len(words) for words in lines) * step + gap
    pages: list[Tensor] = []
    for cell, words in zip(cells, lines, strict=True):
        page = Image.new("RGB", (width, height + strip), _PAPER)
        page.paste(Image.fromarray(cell.numpy()), (0, 0))
        pen = ImageDraw.Draw(page)
        for number, line in enumerate(words):
            text = _shortened(line, font, width - 2 * gap)
            pen.text((width / 2, height + gap + number * step), text, _INK, font, anchor="ma")
        pages.append(torch.from_numpy(np.asarray(page).copy()))
    return torch.stack(pages).permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1


def _enlarged(picture: Tensor, scale: int) -> Image.Image:
    """One image `[H, W, 3]` uint8, larger."""
    image = Image.fromarray(picture.numpy())
    if scale == 1:
        return image
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.LANCZOS)


def _font(size: int) -> _Font:
    """Pillow's own font, so that no font need be installed."""
    return ImageFont.load_default(size=size)


def _fitting(texts: Sequence[str], size: int, room: int) -> _Font:
    """The font in the largest size, down to what can still be read, in which all texts fit."""
    for smaller in range(size, _SMALLEST, -1):
        font = _font(smaller)
        if all(_width(font, text) <= room for text in texts):
            return font
    return _font(_SMALLEST)


def _width(font: _Font, text: str) -> int:
    """Pixels that a text takes from left to right."""
    return round(font.getlength(text))


def _height(font: _Font) -> int:
    """Pixels from one line of text to the next."""
    box = font.getbbox("Ag")
    return round(box[3])


def _shortened(text: str, font: _Font, room: int) -> str:
    """A text cut to the room there is, with dots where something was lost."""
    if _width(font, text) <= room:
        return text
    while text and _width(font, f"{text}...") > room:
        text = text[:-1]
    return f"{text.rstrip()}..."


def _wrapped(text: str, font: _Font, room: int) -> list[str]:
    """A text in lines that fit, broken between words."""
    lines: list[str] = []
    for word in text.split():
        if lines and _width(font, f"{lines[-1]} {word}") <= room:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines
