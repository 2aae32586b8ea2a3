"""Options of `edit --onto`, their contradictions, and the files and numbers they give."""

from __future__ import annotations

import re
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor

from ..base.errors import PackError
from ..photos.blending import MODES
from .command import Options
from .inverters import inverter_parameter

_NUMBERS = re.compile(
    r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)\w*", re.IGNORECASE
)
"""Numbers in a text file of a matrix."""

_LONGEST_MATRIX = 10_000
"""Most bytes of a file of a matrix."""

_ONLY_WITH = ("region", "mask", "box", "matrix", "blend", "no_refine", "inverter")
"""Options that say nothing without `--onto`."""


def onto_parameters() -> list[click.Parameter]:
    """Declare `--onto` and what belongs to it.

    Returns:
        The options.
    """
    return [
        click.Option(
            ["--onto"],
            type=click.Path(path_type=Path),
            metavar="PHOTO",
            help="photo whose face is edited in place of seeds; it is written at its own size, and "
            "only the region changes",
        ),
        click.Option(
            ["--region"],
            default="",
            help="with --onto, where the photo may change: parts such as mouth, or shapes",
        ),
        click.Option(
            ["--mask"],
            type=click.Path(path_type=Path),
            help="with --onto, a picture of the region in the face as the generator sees it: white "
            "inside, black outside",
        ),
        click.Option(
            ["--box"],
            multiple=True,
            metavar="X,Y,W,H",
            help="with --onto, a rough box around a face in pixels of the photo: left, top, width, "
            "height; repeat it for several faces; default the whole photo",
        ),
        click.Option(
            ["--matrix"],
            multiple=True,
            type=click.Path(path_type=Path),
            help="with --onto, a file of a 2x3 matrix of any alignment in place of a box (.npy or "
            "text): x, y of the photo to x, y of the generator's picture, as in cv2.warpAffine; "
            "or 3x3 with 0 0 1 as the last row",
        ),
        click.Option(
            ["--blend"],
            type=click.Choice(MODES),
            default=MODES[0],
            help="with --onto, what the photo gets: fill (the change, with what the photo shows "
            "beside it), difference (the change alone) or paste (the generator's picture); "
            f"default {MODES[0]}",
        ),
        click.Option(
            ["--no-refine"],
            is_flag=True,
            help="with --onto, take the box or matrix as it is; otherwise it is moved to where the "
            "generator draws the face best, unless --latents gives the face",
        ),
        inverter_parameter("with --onto, "),
    ]


def check_onto(options: Options) -> None:
    """Refuse options that contradict each other.

    Args:
        options: Parsed options of `edit`.

    Raises:
        PackError: Something was given without, or beside, `--onto`.
    """
    if options.onto is None:
        default = {"region": "", "box": (), "matrix": (), "blend": MODES[0], "no_refine": False}
        given = [name for name in _ONLY_WITH if getattr(options, name) != default.get(name)]
        if given:
            name = given[0].replace("_", "-")
            raise PackError(f"--{name} was given without --onto", "both, or neither")
        return
    context = click.get_current_context(silent=True)
    typed = click.core.ParameterSource.COMMANDLINE
    for name in ("seeds", "composite", "rotate", "shift", "scale", "columns"):
        if context is not None and context.get_parameter_source(name) is typed:
            raise PackError(f"--{name} and --onto were given", "one of them")
    if options.box and options.matrix:
        raise PackError("--box and --matrix were given", "one of them")


def read_box(text: str) -> list[float]:
    """Read `--box`.

    Args:
        text: Four numbers, separated by commas.

    Returns:
        Left, top, width and height.

    Raises:
        PackError: It is something else.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4:
        raise PackError(
            f"--box is {text!r}", "left, top, width and height in pixels, such as 200,100,400,400"
        )
    return numbers


def read_matrix(path: Path) -> Tensor:
    """Read `--matrix`.

    Args:
        path: A `.npy`, or text or JSON with six numbers (or nine, whose last row is 0 0 1).

    Returns:
        `[2, 3]` or `[3, 3]` float64.

    Raises:
        PackError: There is no such file, or it holds something else.
    """
    expected = (
        "a 2x3 matrix: a .npy, or a text of six numbers, row by row (or of nine, the last 0 0 1)"
    )
    if not path.is_file():
        raise PackError(f"There is no file {str(path)!r}", expected)
    if path.stat().st_size > _LONGEST_MATRIX:
        raise PackError(f"{path.name!r} has {path.stat().st_size:,} bytes", expected)
    try:
        if path.suffix.lower() == ".npy":
            values = np.load(path, allow_pickle=False).astype(np.float64)
        else:
            text = path.read_text(encoding="utf-8")
            values = np.array([float(number) for number in _NUMBERS.findall(text)])
    except (OSError, ValueError, TypeError, EOFError) as error:
        raise PackError(f"{path.name!r} cannot be read ({error})", expected) from None
    if values.size not in (6, 9):
        raise PackError(f"{path.name!r} holds {values.size} numbers", expected)
    return torch.from_numpy(values.reshape(-1, 3).copy())
