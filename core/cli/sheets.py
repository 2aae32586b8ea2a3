"""The options `--scale` and `--columns`, single pictures, and contact sheets in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from torch import Tensor

from ..base.errors import PackError
from ..base.wording import warn
from ..concepts.generator import Generator
from ..pictures.images import enlarged, to_bytes
from ..pictures.pages import PageLayout
from ..pictures.sheet_pages import MOST_PAGES, SheetLayout, SheetPages
from .command import Options, Output
from .options import check_scale


def scale_parameter(pictures: str) -> click.Parameter:
    """Declare `--scale`.

    Args:
        pictures: What else is enlarged, such as "; single pictures keep their size unless it is
            given"; may be empty.

    Returns:
        The option.
    """
    return click.Option(
        ["--scale"],
        type=int,
        default=0,
        help="factor by which images are enlarged; default 0, which shows small ones at about 256 "
        f"pixels on pages{pictures}",
    )


def columns_parameter(usual: str) -> click.Parameter:
    """Declare `--columns`.

    Args:
        usual: What it is where nobody chooses.

    Returns:
        The option.
    """
    return click.Option(
        ["--columns"],
        type=click.IntRange(min=1),
        help=f"images per row of the sheet; default {usual}",
    )


def sheet_parameters(usual: str) -> list[click.Parameter]:
    """Declare `--scale` and `--columns` for commands that write pictures and a sheet of them.

    Args:
        usual: Columns where nobody chooses.

    Returns:
        The options.
    """
    single = " and leaves single pictures at their own size"
    return [scale_parameter(single), columns_parameter(usual)]


def scale_facts(options: Options) -> dict[str, Any]:
    """Describe the scale for text chunks.

    Args:
        options: Parsed options of `sheet_parameters`.

    Returns:
        Keywords and values; empty where nothing was enlarged.
    """
    return {"scale": options.scale} if options.scale > 1 else {}


def picture_of(image: Tensor, options: Options) -> Tensor:
    """A single picture in the size that was asked for.

    Args:
        image: `[C, H, W]`, nominal range [-1, 1].
        options: Parsed options of `sheet_parameters`.

    Returns:
        `[h, w, 3]` uint8, or `[h, w, 4]` with opacity.
    """
    return to_bytes(enlarged(image[None], options.scale or 1), alpha=True)[0]


def layout_of(
    gan: Generator,
    options: Options,
    total: int,
    title: str = "",
    heads: tuple[str, ...] = (),
) -> SheetLayout:
    """The layout of a sheet, checked before any work.

    Args:
        gan: The generator.
        options: Parsed options of `sheet_parameters`.
        total: Number of images.
        title: Text at the top.
        heads: Labels of the columns; used unless `--columns` is given.

    Returns:
        The layout.

    Raises:
        PackError: The scale or the columns do not fit.
    """
    scale = check_scale(gan, options.scale)
    layout = SheetLayout(options.columns or 0, scale, title=title, heads=heads)
    return layout.for_images(total, gan.spec.img_size)


_MOST_ON_PAGE = 2**26
"""Most pixels of all images of a single page."""


def fitting_tile(gan: Generator, total: int, scale: int) -> int:
    """The size of the images of a page that is one file, however many there are.

    Args:
        gan: The generator.
        total: Number of images.
        scale: Factor by which they are enlarged; 0 chooses.

    Returns:
        Longer side in pixels, at most 256; a warning says where it is less.

    Raises:
        PackError: The images do not fit even so.
    """
    longer = max(gan.spec.img_size)
    room = int((_MOST_ON_PAGE / total) ** 0.5)
    usual = PageLayout().tile
    if scale and longer * scale > room:
        raise PackError(
            f"{total:,} images {longer * scale} pixels wide were asked for on one page",
            f"at most {room} pixels for as many",
            "Choose a smaller scale, or fewer seeds, levers or steps",
        )
    if room < _SMALLEST_TILE:
        most = _MOST_ON_PAGE // _SMALLEST_TILE**2
        raise PackError(
            f"{total:,} images were asked for on one page",
            f"at most {most:,}",
            "Choose fewer seeds, levers or steps",
        )
    if not scale and room < usual:
        warn(f"{total:,} images share the page; they are up to {room} pixels wide", stacklevel=2)
    return min(usual, room)


_LEVEL = 2
"""Level of the compression of pages: a quarter of the time of the usual, a seventh more bytes."""

_SMALLEST_TILE = 128
"""Least side of an image on a page."""


def open_sheet(
    layout: SheetLayout, folder: Path, facts: Mapping[str, object], output: Output
) -> SheetPages:
    """Begin a sheet; its pages are `sheet.png`, `sheet_2.png` and so on.

    Args:
        layout: From `layout_of`.
        folder: Folder of the pages.
        facts: Text chunks of the pages.
        output: Output of the command.

    Returns:
        The sheet, which takes images.
    """

    def save(page: int, picture: Tensor) -> None:
        output.save_picture(folder / page_name(page), picture, facts, _LEVEL)

    return SheetPages(layout, save)


def page_name(page: int) -> str:
    """Name of a page of a sheet.

    Args:
        page: Its number, from 0.

    Returns:
        Such as "sheet.png" or "sheet_2.png".
    """
    return f"sheet_{page + 1}.png" if page else "sheet.png"


def close_sheet(sheet: SheetPages) -> None:
    """Draw the last page, and say which images no page shows.

    Args:
        sheet: From `open_sheet`.
    """
    sheet.finish()
    if sheet.left_out:
        warn(
            f"The sheet has {MOST_PAGES} pages; {sheet.left_out:,} images are on none of them",
            stacklevel=2,
        )
