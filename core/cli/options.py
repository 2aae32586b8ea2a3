"""Options that several commands share, and what they turn into."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import torch

from ..base.errors import CheckpointError, PackError
from ..base.parsing import read_seeds
from ..concepts.conditions import NOISE_MODES
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, concatenate
from ..edits.editing import UNITS, PullOptions
from ..edits.variations import Variation, signed
from ..files.loading import load_generator
from ..latents.sampling import sample_latents
from ..levers.direction_loading import load_directions
from .command import Options


def generator_parameters() -> list[click.Parameter]:
    """Parameters that name a generator.

    Returns:
        The parameters.
    """
    return [
        click.Argument(["generator"], required=False, default="portraits"),
        click.Option(
            ["--option"],
            multiple=True,
            metavar="NAME=VALUE",
            help="a setting that the file does not store: distribution=uniform; see describe",
        ),
        click.Option(["--device"], default="cpu", help="cpu, cuda, mps, ...; default cpu"),
    ]


def code_parameters(seeds: str) -> list[click.Parameter]:
    """Parameters that choose images.

    Args:
        seeds: Default seeds.

    Returns:
        The parameters.
    """
    return [
        click.Option(["--seeds"], default=seeds, help=f'such as 0-7 or "0,3,9"; default {seeds}'),
        click.Option(
            ["--truncation"],
            type=float,
            default=0.7,
            help="truncation_psi: 1 for all variety, 0 for the mean image; default 0.7",
        ),
        click.Option(
            ["--truncation-cutoff"], type=int, help="only the first so many layers; default all"
        ),
        click.Option(["--label"], type=int, help="class of a conditional generator"),
        click.Option(
            ["--noise"], type=click.Choice(NOISE_MODES), default="const", help="default const"
        ),
    ]


def pull_parameters(index: str, strength: str) -> list[click.Parameter]:
    """Parameters that say which levers are pulled how far.

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
            help=f"numbers between commas, such as --strength=-3,3; default {strength}",
        ),
    ]


def lever_parameters(index: str, required: bool = True) -> list[click.Parameter]:
    """Parameters that say which levers are pulled, where, and in what unit.

    Args:
        index: Default levers.
        required: Whether there must be any.

    Returns:
        The parameters.
    """
    return [
        click.Option(
            ["--levers"],
            required=required,
            help="a file from sefa or resefa, or directions of others: .npy, .pt, safetensors",
        ),
        click.Option(
            ["--levers-space"],
            type=click.Choice([space.value for space in LatentSpace]),
            help="space of directions of others; default the one whose size fits the generator",
        ),
        click.Option(
            ["--index", "--indices", "indices"],
            default=index,
            help=f'which levers: 0, "0-3" or "all"; default {index}',
        ),
        click.Option(
            ["--unit"],
            type=click.Choice(UNITS),
            default="sigma",
            help="what a strength of 1 moves: a standard deviation of random images (default), or "
            "a latent distance of 1",
        ),
        click.Option(
            ["--layers"], help='layers that are changed, such as "0-3"; default the levers\' own'
        ),
    ]


def pull_options(options: Options) -> PullOptions:
    """The unit and the layers of a pull.

    Args:
        options: Parsed options of `lever_parameters`.

    Returns:
        The value that the functions of `edits` take.
    """
    return PullOptions(options.unit, options.layers)


def open_generator(options: Options) -> Generator:
    """The generator that was named.

    Args:
        options: What was typed for `generator_parameters`.

    Returns:
        It, on the chosen device.

    Raises:
        CheckpointError: An option is not of the form name=value, or see `load_generator`.
        PackError: The device does not exist.
    """
    settings: dict[str, Any] = {}
    for text in options.option:
        name, sign, value = text.partition("=")
        if not sign:
            raise CheckpointError(f"The option {text!r} has no value", "name=value")
        try:
            settings[name] = json.loads(value)
        except json.JSONDecodeError:
            settings[name] = value
    try:
        torch.empty(0, device=options.device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).split("\n", 1)[0]
        raise PackError(
            f"The device {options.device!r} cannot be used ({reason})", "cpu, or one that torch has"
        ) from None
    return load_generator(options.generator, options.device, **settings)


def open_levers(gan: Generator, options: Options) -> Directions:
    """The directions that were named, as far as they fit the generator.

    Args:
        gan: The generator.
        options: What was typed for `pull_parameters`.

    Returns:
        The directions.
    """
    return load_directions(options.levers, space=options.levers_space, gan=gan)


def draw_codes(gan: Generator, options: Options, seeds: Sequence[int] | None = None) -> LatentCode:
    """Latent codes of the seeds that were named.

    Args:
        gan: The generator.
        options: What was typed for `code_parameters`.
        seeds: Seeds instead of those that were named.

    Returns:
        One code per seed.
    """
    chosen = read_seeds(options.seeds) if seeds is None else seeds
    runs: list[list[int]] = []  # first seed and count of each run of neighbours
    for seed in chosen:
        if runs and seed == sum(runs[-1]):
            runs[-1][1] += 1
        else:
            runs.append([seed, 1])
    return concatenate(
        [
            sample_latents(
                gan, count, first, options.truncation, options.truncation_cutoff, options.label
            )
            for first, count in runs
        ]
    )


def pulled_facts(
    gan: Generator, levers: Directions, variation: Variation, options: Options
) -> dict[str, Any]:
    """What a picture says of itself.

    Args:
        gan: The generator.
        levers: The directions.
        variation: What was done.
        options: What was typed for `code_parameters` and `pull_parameters`.

    Returns:
        Names to values, for text chunks and manifests.
    """
    return {
        "seed": variation.seed,
        "direction": "; ".join(levers.label(index) for index, _ in variation.pulls),
        "strength": "; ".join(signed(strength) for _, strength in variation.pulls),
        "unit": options.unit,
        "caption": variation.caption,
        "levers": Path(options.levers).name,
        "generator": gan.spec.fingerprint,
        "truncation": options.truncation,
        "label": options.label,
    }
