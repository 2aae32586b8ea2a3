"""The options `--hold` and `--composite`: what a pull must leave as it is."""

from __future__ import annotations

from typing import Any

import click

from ..base.errors import PackError
from ..batch.facts import shown_region
from ..batch.rendering.held_region import Hold, open_hold
from ..concepts.generator import Generator
from .command import Options, Output

NO_HOLD = {"hold": None, "composite": False}
"""Settings without the options."""


def hold_parameters(with_composite: bool = False) -> list[click.Parameter]:
    """Declare `--hold`, and `--composite` where single images are drawn.

    Args:
        with_composite: Whether `--composite` is declared.

    Returns:
        The options.
    """
    options: list[click.Parameter] = [
        click.Option(
            ["--hold"],
            metavar="REGION",
            help="what the levers may change; all else is held as it was, by a correction of each "
            "image (about a second each): parts such as mouth, shapes, or a picture that is white "
            "inside; nothing is held by default",
        )
    ]
    if with_composite:
        options.append(
            click.Option(
                ["--composite"],
                is_flag=True,
                help="with --hold, blend each image into the one before at the edge of the "
                "region; cuts off what should move outside, such as the jaw",
            )
        )
    return options


def read_hold(gan: Generator, options: Options) -> Hold | None:
    """Read `--hold` and `--composite`.

    Args:
        gan: The generator.
        options: Parsed options of `hold_parameters`.

    Returns:
        What is held; none without `--hold`.

    Raises:
        RegionError: The region cannot be read, is the whole image, or does not fit it.
        PackError: `--composite` is given without `--hold`, or the picture cannot be read.
    """
    blended = bool(getattr(options, "composite", False))
    if options.hold is None:
        if blended:
            raise PackError("--composite was given without --hold", "both, or neither")
        return None
    return open_hold(gan, str(options.hold), options.noise, blended)


def print_hold(hold: Hold, output: Output) -> None:
    """Print what was held.

    Args:
        hold: What a command held.
        output: Output of the command.
    """
    for line in hold.report():
        output.print(line)


def hold_facts(options: Options) -> dict[str, Any]:
    """Describe what is held, for text chunks and manifests.

    Args:
        options: Parsed options of `hold_parameters`.

    Returns:
        Keywords and values; empty where nothing is held.
    """
    if options.hold is None:
        return {}
    blended = {"composite": True} if getattr(options, "composite", False) else {}
    return {"hold": shown_region(str(options.hold)), **blended}
