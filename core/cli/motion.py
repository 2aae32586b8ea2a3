"""Options that turn and shift images, and what they turn into."""

from __future__ import annotations

from typing import Any

import click

from ..base.errors import LatentError
from ..base.parsing import read_numbers
from .command import Options

NO_MOTION = {"rotate": 0.0, "shift": "0,0"}
"""What the options are where none is given."""


def motion_parameters() -> list[click.Parameter]:
    """Parameters that turn and shift images.

    Returns:
        The parameters.
    """
    return [
        click.Option(
            ["--rotate"],
            type=float,
            default=NO_MOTION["rotate"],
            metavar="DEGREES",
            help="turn what StyleGAN3 draws counterclockwise about the centre; default 0",
        ),
        click.Option(
            ["--shift"],
            default=NO_MOTION["shift"],
            metavar="X,Y",
            help="then move it right and down, in image widths: --shift=0.25,0 is a quarter to the "
            "right, --shift=-0.25,0 to the left; StyleGAN3 only",
        ),
    ]


def motion(options: Options) -> dict[str, Any]:
    """How far images are turned and shifted.

    Args:
        options: What was typed for `motion_parameters`.

    Returns:
        Keywords for `rendering.render`.

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
    """What a picture says of its motion.

    Args:
        options: What was typed for `motion_parameters`.

    Returns:
        Names to values, nothing for a picture that stands as it was trained.
    """
    typed = {"rotate": options.rotate, "shift": options.shift}
    return {} if typed == NO_MOTION else typed
