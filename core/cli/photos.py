"""Photographs of the command line, with masks of what does not count."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import torch
from torch import Tensor

from ..base.errors import PackError
from ..concepts.generator import Generator
from ..photos.cropping import crop_photo
from ..photos.photo_input import prepare_mask, prepare_photos
from ..pictures.picture_files import read_mask, read_picture
from .onto_options import read_box


def photo_parameters() -> list[click.Parameter]:
    """Declare the photographs, an argument behind the generator, and their masks.

    Returns:
        The parameters.
    """
    return [
        click.Argument(["photos"], nargs=-1, required=True, type=click.Path(path_type=Path)),
        click.Option(
            ["--mask", "masks"],
            multiple=True,
            type=click.Path(path_type=Path),
            help="picture that is white where the photograph does not count, such as a hand; one "
            "for all photographs, or repeated for each",
        ),
        click.Option(
            ["--box", "boxes"],
            multiple=True,
            metavar="LEFT,TOP,WIDTH,HEIGHT",
            help="what is cut out of a photograph, in its pixels: the face as the generator draws "
            "faces; one for all photographs, or repeated for each",
        ),
    ]


def read_photos(gan: Generator, paths: Sequence[Path], boxes: Sequence[str] = ()) -> Tensor:
    """Read photographs as a generator would draw them.

    Args:
        gan: The generator.
        paths: N pictures.
        boxes: Texts of `--box`: none, one for all, or one for each.

    Returns:
        `[N, 3, h, w]` in [-1, 1] of the size of its images; `[N, 1, h, w]` for a grey generator.

    Raises:
        PackError: There are as many boxes as fit no photographs; a photograph or a box cannot be
            used.
    """
    if len(boxes) not in (0, 1, len(paths)):
        raise PackError(
            f"{len(boxes)} boxes were given for {len(paths)} photographs",
            "one for all, or one for each",
        )
    photos = [read_picture(path) for path in paths]
    if boxes:
        places = [read_box(text) for text in boxes] * (len(paths) if len(boxes) == 1 else 1)
        photos = [
            crop_photo(gan, photo, place).cut for photo, place in zip(photos, places, strict=True)
        ]
    return torch.cat([prepare_photos(gan, photo) for photo in photos])


def read_masks(gan: Generator, paths: Sequence[Path], count: int) -> Tensor | None:
    """Read the masks of photographs.

    Args:
        gan: The generator.
        paths: No masks, one for all, or one for each.
        count: Number N of photographs.

    Returns:
        `[N, h, w]` of the size of the generator's images, 1 where a pixel does not count; or none.

    Raises:
        PackError: There are as many masks as fit no photographs.
    """
    if len(paths) not in (0, 1, count):
        raise PackError(
            f"{len(paths)} masks were given for {count} photographs", "one for all, or one for each"
        )
    if not paths:
        return None
    keeps = [prepare_mask(gan, read_mask(path), 1) for path in paths]
    rows = torch.cat([1 - keep[:, 0] for keep in keeps if keep is not None])
    return rows.expand(count, -1, -1)
