"""Options that rotate and shift the images of StyleGAN3, and the values for `render`."""

from __future__ import annotations

from typing import Any

import click

from ..base.errors import LatentError
from ..base.parsing import read_numbers
from .command import Options

NO_MOTION = {"rotate": 0.0, "shift": "0,0"}
"""Defaults of the options."""


def motion_parameters() -> list[click.Parameter]:
    """Declare the options that rotate and shift images.

    Returns:
        The options.
    """
    return [
        click.Option(
            ["--rotate"],
            type=float,
            default=NO_MOTION["rotate"],
            metavar="DEGREES",
            help="rotate counterclockwise about the centre, in degrees; default 0; StyleGAN3 only",
        ),
        click.Option(
            ["--shift"],
            default=NO_MOTION["shift"],
            metavar="X,Y",
            help="then shift right and down, in image widths: --shift=0.25,0 moves a quarter to "
            "the right, --shift=-0.25,0 to the left; default 0,0; StyleGAN3 only",
        ),
    ]


def motion(options: Options) -> dict[str, Any]:
    """Read the rotation and the shift.

    Args:
        options: Parsed options of `motion_parameters`.

    Returns:
        Keyword arguments for `rendering.render`.

    Raises:
        LatentError: The shift is not two numbers.
    """
    numbers = read_numbers(options.shift, "shift")
    if len(numbers) != 2:
        raise LatentError(
            f"The shift {options.shift!r} is {len(numbers)} numbers", "two, such as 0.25,0"
        )
    return {"rotation": options.rotate, "translation": (numbers[0], numbers[1])}


def motion_facts(options: Options) -> dict[str, Any]:
    """Describe the rotation and the shift for the text chunks of a PNG.

    Args:
        options: Parsed options of `motion_parameters`.

    Returns:
        Keywords and values; empty if the image is neither rotated nor shifted.
    """
    given = {"rotate": options.rotate, "shift": options.shift}
    return {} if given == NO_MOTION else given
