"""Contact sheets: many images on one page, with labels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from ..base.errors import PackError
from .images import page_tensor, to_bytes
from .row_heads import HeadColumn, RowHead
from .text import (
    INK,
    PAPER,
    QUIET,
    SMALLEST,
    fitting,
    font_for,
    line_height,
    shortened,
    wrapped,
    write,
)


def letter_size(width: int) -> int:
    """Font size of the labels of images.

    Args:
        width: Width of an image in pixels.

    Returns:
        Pixels, large enough for a page that is displayed at reduced size.
    """
    return max(11, min(22, width // 8), width // 18)


def sheet_gap(width: int) -> int:
    """Space between the images of a sheet.

    Args:
        width: Width of an image in pixels.

    Returns:
        Pixels.
    """
    return max(4, width // 24)


def sheet_margin(width: int) -> int:
    """Space around the contents of a sheet.

    Args:
        width: Width of an image in pixels.

    Returns:
        Pixels.
    """
    return max(12, width // 8)


def contact_sheet(
    images: Tensor,
    columns: int,
    labels: Sequence[str] = (),
    row_labels: Sequence[str | RowHead] = (),
    title: str = "",
    scale: int = 1,
    note: str = "",
) -> Tensor:
    """Lay images out in rows.

    Args:
        images: `[N, C, H, W]`, nominal range [-1, 1], or pictures `[N, H, W, 3]` uint8, filling one
            row after the other.
        columns: Images per row, at least 1.
        labels: Text above the images: one per column for the first row only, or one per image.
        row_labels: Text left of the rows, one per row; long ones are cut to the width of an image.
        title: Text at the top.
        scale: Factor by which the images are enlarged; 2 to 4 suits small ones.
        note: Small text at the bottom.

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
    pictures = images.dtype == torch.uint8
    height, width = (scale * side for side in (images.shape[1:3] if pictures else images.shape[2:]))
    size = letter_size(width)
    gap, margin = sheet_gap(width), sheet_margin(width)
    step_x = width + gap
    font, large = fitting(labels, size, step_x - 4), font_for([title], round(size * 1.35))
    small = font_for([note], max(SMALLEST + 1, round(size * 0.75)))
    line = line_height(font) + gap if labels else 0
    per_image = len(labels) == count and rows > 1
    heads = [head if isinstance(head, RowHead) else RowHead(head) for head in row_labels]
    beside = HeadColumn(heads, size, max(150, width)) if heads else None
    left = margin + (beside.width + 2 * gap if beside else 0)
    room = left - margin + columns * step_x - gap
    heading = [shortened(line, large, room) for line in wrapped(title, large, room)]
    step_title = line_height(large) + gap
    top = margin + len(heading) * step_title + (gap if heading else 0)
    top += 0 if per_image else line
    row_height = max(height, beside.height if beside else 0)
    step_y = row_height + gap + (line if per_image else 0)
    foot = wrapped(note, small, room)
    step_note = line_height(small) + max(2, gap // 3)
    end = top + rows * step_y - gap  # where the images end
    below = len(foot) * step_note + (2 * gap if foot else 0)
    page = Image.new("RGB", (left + columns * step_x - gap + margin, end + below + margin), PAPER)
    pen = ImageDraw.Draw(page)
    for number, text in enumerate(heading):
        write(pen, (margin, margin + number * step_title), text, INK, large)
    for number in range(count):
        cell = _cell(images[number], scale)
        row, column = divmod(number, columns)
        x, y = left + column * step_x, top + row * step_y + (line if per_image else 0)
        inset = (row_height - height) // 2
        page.paste(cell, (x, y + inset))
        if labels and (per_image or row == 0):
            text = shortened(labels[number], font, step_x - 4)
            write(pen, (x + width / 2, y + inset - gap), text, INK, font, anchor="ms")
        if beside and column == 0:
            beside.draw(pen, row, margin, y + row_height / 2)
    for number, text in enumerate(foot):
        write(pen, (margin, end + 2 * gap + number * step_note), text, QUIET, small)
    return page_tensor(page)


def _cell(image: Tensor, scale: int) -> Image.Image:
    """Convert an image `[C, H, W]`, or `[H, W, 3]` uint8, to Pillow, and enlarge it."""
    picture = image if image.dtype == torch.uint8 else to_bytes(image[None])[0]
    cell = Image.fromarray(picture.numpy())
    if scale == 1:
        return cell
    return cell.resize((cell.width * scale, cell.height * scale), Image.Resampling.LANCZOS)
