"""Options of films, and the pictures of a batch as a film."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor

from ...base.errors import PackError
from ...batch.stored.picture_checks import read_pixels
from ...pictures.films.film_files import FILM_SUFFIXES, Frame, check_film, is_streamed, write_film
from ...pictures.films.film_grid import Grid, read_grid
from ...pictures.frames import check_room, tile_images
from ...pictures.images import from_bytes, to_unit_range
from ...pictures.picture_files import facts_as_text
from ..command import Options, Output
from ..outputs import OutputFilm

_MOST_FPS = 1000.0
"""Most frames per second."""


def _check_fps(_: click.Context, option: click.Parameter, fps: float) -> float:
    """Refuse rates that no player shows."""
    if not 0 < fps <= _MOST_FPS:
        raise PackError(f"{option.opts[0]} is {fps:g}", "a number above 0 and up to 1000")
    return fps


def film_parameters(name: str, default: str | None, fps: float) -> list[click.Parameter]:
    """Declare a film, `--fps` and `--grid`.

    Args:
        name: The option of the film, such as "--out".
        default: Its default; none makes no film.
        fps: Default frames per second.

    Returns:
        The options.
    """
    ending = "" if default is None else f"; default {default}"
    return [
        click.Option(
            ["--grid"],
            help="columns x rows of a film that shows several images at once, such as 4x2",
        ),
        click.Option(
            ["--fps"],
            type=float,
            default=fps,
            callback=_check_fps,
            help=f"frames per second; default {fps:g}",
        ),
        click.Option(
            [name],
            type=OutputFilm(*FILM_SUFFIXES),
            default=default,
            help=f"film, {', '.join(FILM_SUFFIXES)}, or a folder of frames, whose name ends in "
            f"a slash; mp4 needs the package av{ending}",
        ),
    ]


@dataclass(frozen=True)
class BatchFilm:
    """A film of the pictures of a batch."""

    path: Path
    """Where it goes."""
    grid: Grid | None
    """Columns and rows of a frame; none shows one picture after the other."""
    fps: float
    """Frames per second."""


def plan_film(options: Options, name: str = "film") -> BatchFilm | None:
    """Read the options of a film and check, before any work, that it can be written.

    Args:
        options: Parsed options of `film_parameters`.
        name: Name of the option of the film.

    Returns:
        The film; none where none was asked for.

    Raises:
        PackError: `--grid` was given without a film or cannot be read, or the film cannot be
            written.
    """
    path: Path | None = getattr(options, name)
    if path is None:
        if options.grid is not None:
            raise PackError("--grid was given without a film", f"--{name} and a file")
        return None
    check_film(path)
    return BatchFilm(path, None if options.grid is None else read_grid(options.grid), options.fps)


def write_batch_film(
    film: BatchFilm, pictures: Sequence[Path], facts: Mapping[str, object], output: Output
) -> int:
    """Write the pictures of a batch as a film.

    Args:
        film: From `plan_film`.
        pictures: The files in order.
        facts: What made them.
        output: Shows progress and records the file.

    Returns:
        Number of frames.

    Raises:
        PackError: A picture is damaged or has another size, or the film does not fit into memory.
    """
    total = -(-len(pictures) // (1 if film.grid is None else film.grid.cells))
    with output.progress("filming") as progress:

        def counted() -> Iterator[Frame]:
            for done, frame in enumerate(batch_frames(pictures, film.grid)):
                if not done and not is_streamed(film.path):
                    check_room(total, (frame.shape[0], frame.shape[1]), 1)
                progress(done, total)
                yield frame

        frames = write_film(film.path, counted(), film.fps, facts_as_text(facts))
    output.add_file(film.path)
    return frames


def to_frames(part: Tensor) -> Iterator[Frame]:
    """Frames for `write_film`.

    Args:
        part: `[n, h, w, 3]` or `[n, h, w, 4]` in [0, 1].

    Yields:
        uint8, one after the other.
    """
    yield from (part * 255).round().to(torch.uint8).numpy()


def batch_frames(pictures: Sequence[Path], grid: Grid | None) -> Iterator[Frame]:
    """The pictures of a batch as frames; in a grid, each cell shows a run of its own.

    Args:
        pictures: files in order, all of the same size.
        grid: Columns and rows of a frame; none shows one picture after the other. Cells without a
            picture are dark.

    Yields:
        `[h, w, 3]` uint8.

    Raises:
        PackError: A file cannot be read, or pictures differ in size.
    """
    cells = 1 if grid is None else grid.cells
    run = -(-len(pictures) // cells)
    size: torch.Size | None = None
    for frame in range(run):
        shown: list[Tensor] = []
        for number in range(frame, len(pictures), run):
            picture = torch.from_numpy(read_pixels(pictures[number]))
            size = size or picture.shape
            if picture.shape != size:
                raise PackError(
                    f"{pictures[number].name} has {picture.shape[1]} x {picture.shape[0]} pixels",
                    f"{size[1]} x {size[0]}, as the pictures before",
                )
            shown.append(picture)
        if grid is None:
            yield shown[0].numpy()
            continue
        dark = torch.full_like(shown[0], _DARK)
        tiles = torch.stack([*shown, *[dark] * (cells - len(shown))])
        (page,) = to_frames(to_unit_range(tile_images(from_bytes(tiles), cells, grid.columns)))
        yield np.ascontiguousarray(page)


_DARK = 26
"""Grey value of a cell without a picture, as in frames of `tile_images`."""
