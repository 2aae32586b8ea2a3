"""Options that several commands share, and the objects that they specify."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import torch

from ..base.errors import DirectionsError, PackError
from ..base.parsing import read_option
from ..base.wording import warn
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentSpace
from ..edits.editing import PullOptions
from ..edits.guards import GUARDS, GuardRequest
from ..edits.holding.request import HoldRequest
from ..edits.units import UNITS
from ..files.loading import load_generator
from ..generators.description import as_text, describe
from ..levers.compatibility import Fit, compatibility
from ..levers.direction_loading import load_directions
from .command import Options, Output
from .wording import COMMAND_LINE


def generator_parameters(default: str = "portraits") -> list[click.Parameter]:
    """Declare the parameters that specify a generator.

    Args:
        default: The bundled generator that is used where none is named.

    Returns:
        The parameters.
    """
    return [
        click.Argument(["generator"], required=False, default=default, type=click.Path()),
        click.Option(
            ["--option"],
            multiple=True,
            metavar="NAME=VALUE",
            help="a setting that the file does not store, such as distribution=uniform; describe "
            "lists them; may be repeated",
        ),
        click.Option(
            ["--device"], default="cpu", help="device of torch, such as cuda or mps; default cpu"
        ),
    ]


def pull_parameters(index: str, strength: str) -> list[click.Parameter]:
    """Declare the options that specify levers and their strengths.

    Args:
        index: Default levers.
        strength: Default strengths.

    Returns:
        The parameters.
    """
    return [
        *lever_parameters(index),
        click.Option(
            ["--strength", "--strengths", "strengths"],
            default=strength,
            help=f"one or more strengths, such as --strength=-3,3; default {strength}",
        ),
    ]


def space_parameter(name: str, file: str) -> click.Parameter:
    """Declare an option for the latent space of a file of levers.

    Args:
        name: The option, such as "--levers-space".
        file: The option that names the file.

    Returns:
        The option.
    """
    return click.Option(
        [name],
        type=click.Choice([space.value for space in LatentSpace]),
        help=f"latent space of the directions of {file}, where another program wrote them; default "
        "the one whose size fits the generator",
    )


def lever_parameters(index: str, required: bool = True, note: str = "") -> list[click.Parameter]:
    """Declare the options that specify levers, their layers and the unit of strengths.

    Args:
        index: Default levers.
        required: Whether `--levers` must be given.
        note: What else is to be said of the default.

    Returns:
        The parameters.
    """
    return [
        click.Option(
            ["--levers"],
            type=click.Path(),
            required=required,
            help="file of levers from sefa or resefa, or directions from other programs (.npy, "
            ".pt, .safetensors)",
        ),
        space_parameter("--levers-space", "--levers"),
        click.Option(
            ["--index", "--indices", "indices"],
            default=index,
            help=f"numbers of levers, such as 0, 0-3 or all; default {index}{note}",
        ),
        click.Option(
            ["--unit"],
            type=click.Choice(UNITS),
            default="sigma",
            help="unit of strengths: sigma (standard deviations of random codes) or distance (in "
            "the latent space); default sigma",
        ),
        click.Option(
            ["--layers"], help="layers that are changed, such as 0-3; default those of the levers"
        ),
    ]


_LARGEST_SIDE = 8192
"""Longer side of an enlarged image in pixels."""


def check_scale(gan: Generator, scale: int) -> int:
    """Check the factor by which images are enlarged.

    Args:
        gan: The generator.
        scale: The factor; 0 chooses one.

    Returns:
        The factor.

    Raises:
        PackError: It is negative, or images would be larger than 8192 pixels.
    """
    most = max(1, _LARGEST_SIDE // max(gan.spec.img_size))
    if not 0 <= scale <= most:
        raise PackError(f"--scale is {scale}", f"a number from 0 to {most} for this generator")
    return scale


def guard_parameter() -> click.Parameter:
    """Declare the option for pulls that would leave what random images look like.

    Returns:
        The option.
    """
    return click.Option(
        ["--guard"],
        type=click.Choice(GUARDS),
        default=GUARDS[0],
        help="what happens to a pull that leaves what random images look like, by the density of "
        f"their latents: off, shorten or refuse; default {GUARDS[0]}",
    )


def pull_options(gan: Generator, options: Options, hold: HoldRequest | None = None) -> PullOptions:
    """Read the unit and the layers of an edit, and its guard.

    Args:
        gan: The generator.
        options: Parsed options of `lever_parameters`, with or without `guard_parameter`.
        hold: What is held, if anything.

    Returns:
        The argument for functions of `edits`.
    """
    mode = getattr(options, "guard", GUARDS[0])
    guard = None if mode == GUARDS[0] else GuardRequest(gan, mode)
    return PullOptions(options.unit, options.layers, hold, guard)


def open_generator(options: Options) -> Generator:
    """Load the generator.

    Args:
        options: Parsed options of `generator_parameters`.

    Returns:
        The generator on the chosen device.

    Raises:
        CheckpointError: An option is not of the form name=value, or the file cannot be loaded.
        PackError: The device is unknown or not available.
    """
    settings = dict(map(read_option, options.option))
    try:
        torch.zeros(1, device=options.device).cpu()  # "meta" has no numbers
    except (RuntimeError, AssertionError) as error:
        listed = "device type" in str(error)  # torch lists two dozen types that few machines have
        reason = "torch has no such device" if listed else str(error).split("\n", 1)[0][:100]
        raise PackError(
            f"The device {options.device!r} cannot be used ({reason})",
            "cpu, or another device of torch on this machine",
        ) from None
    return load_generator(options.generator, options.device, **settings)


def print_generator(gan: Generator, output: Output) -> dict[str, Any]:
    """Print the facts of a generator as a table.

    Args:
        gan: The generator.
        output: Output of the command.

    Returns:
        The object that `--json` prints.
    """
    facts = describe(gan, COMMAND_LINE)
    output.print(as_text(facts))
    return facts


def open_levers(gan: Generator, options: Options) -> Directions:
    """Load the levers.

    Args:
        gan: The generator.
        options: Parsed options of `lever_parameters`.

    Returns:
        The directions.

    Raises:
        DirectionsError: The file cannot be read, or does not fit the generator.
    """
    return load_levers(gan, options.levers, options.levers_space)


def load_levers(gan: Generator, path: Path, space: str | None) -> Directions:
    """Load levers that must fit a generator.

    Args:
        gan: The generator.
        path: File of the levers.
        space: Their space, for files of other programs.

    Returns:
        The directions.

    Raises:
        DirectionsError: The file cannot be read, or does not fit the generator.
    """
    levers = load_directions(path, space=space, gan=gan)
    verdict = compatibility(levers, gan)
    if verdict.fit is Fit.NOT:
        raise DirectionsError(
            f"{Path(path).name} does not fit this {gan.spec.architecture} generator: "
            f"{verdict.reason}",
            "levers of the same kind of generator",
            "Find levers with this generator",
        )
    if verdict.fit is Fit.TUNED:
        warn(f"{Path(path).name}: {verdict.sentence}")
    return levers
