"""Options that several commands share, and the objects that they specify."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import torch

from ..base.errors import CheckpointError, LatentError, PackError
from ..base.parsing import read_seeds
from ..concepts.conditions import NOISE_MODES
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, concatenate
from ..edits.editing import UNITS, PullOptions
from ..edits.variations import Variation, signed
from ..files.latent_files import load_latents
from ..files.loading import load_generator
from ..latents.sampling import sample_latents
from ..levers.direction_loading import load_directions
from .command import Options


def generator_parameters() -> list[click.Parameter]:
    """Declare the parameters that specify a generator.

    Returns:
        The parameters.
    """
    return [
        click.Argument(["generator"], required=False, default="portraits", type=click.Path()),
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


def code_parameters(seeds: str) -> list[click.Parameter]:
    """Declare the options that specify latent codes.

    Args:
        seeds: Default seeds.

    Returns:
        The parameters.
    """
    return [
        click.Option(
            ["--seeds"], default=seeds, help=f"seeds, such as 0-7 or 0,3,9; default {seeds}"
        ),
        click.Option(
            ["--latents"],
            type=click.Path(),
            help="file of latent codes in place of seeds, such as the projected_w.npz of a "
            "photograph (.npz, .npy, .pt, .safetensors)",
        ),
        click.Option(
            ["--latents-space"],
            type=click.Choice([space.value for space in LatentSpace]),
            help="latent space of a file of other programs; default what its name and shape say",
        ),
        click.Option(
            ["--truncation"],
            type=float,
            default=0.7,
            help="truncation_psi, from 0 (the average image) to 1 (full variety); default 0.7",
        ),
        click.Option(
            ["--truncation-cutoff"],
            type=int,
            help="number of leading layers that are truncated; default all",
        ),
        click.Option(["--label"], type=int, help="class number, for a conditional generator"),
        click.Option(
            ["--noise"],
            type=click.Choice(NOISE_MODES),
            default="const",
            help="noise inputs of the layers; default const, as stored in the file",
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


def lever_parameters(index: str, required: bool = True) -> list[click.Parameter]:
    """Declare the options that specify levers, their layers and the unit of strengths.

    Args:
        index: Default levers.
        required: Whether `--levers` must be given.

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
        click.Option(
            ["--levers-space"],
            type=click.Choice([space.value for space in LatentSpace]),
            help="latent space of directions from other programs; default the one whose size fits "
            "the generator",
        ),
        click.Option(
            ["--index", "--indices", "indices"],
            default=index,
            help=f"numbers of levers, such as 0, 0-3 or all; default {index}",
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


def pull_options(options: Options) -> PullOptions:
    """Read the unit and the layers of an edit.

    Args:
        options: Parsed options of `lever_parameters`.

    Returns:
        The argument for functions of `edits`.
    """
    return PullOptions(options.unit, options.layers)


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
    settings: dict[str, Any] = {}
    for text in options.option:
        name, sign, value = text.partition("=")
        if not sign:
            raise CheckpointError(f"The option {text!r} has no value", "name=value")
        try:
            settings[name] = json.loads(value)
        except (ValueError, RecursionError):  # not JSON: a word
            settings[name] = value
    try:
        torch.empty(0, device=options.device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).split("\n", 1)[0]
        raise PackError(
            f"The device {options.device!r} cannot be used ({reason})",
            "cpu, or another device of torch on this machine",
        ) from None
    return load_generator(options.generator, options.device, **settings)


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
    return load_directions(options.levers, space=options.levers_space, gan=gan)


def code_seeds(gan: Generator, options: Options) -> list[int | None]:
    """Seeds of the latent codes, without sampling them.

    Args:
        gan: The generator.
        options: Parsed options of `code_parameters`.

    Returns:
        A seed per code; none for a code of a file that has no seed.
    """
    if options.latents is None:
        return list(read_seeds(options.seeds))
    codes = _load_codes(gan, options)
    return [None] * len(codes) if codes.seeds is None else list(codes.seeds)


def code_name(seed: int | None, row: int) -> str:
    """Name a code, for labels.

    Args:
        seed: Its seed, if any.
        row: Its number, from 0.

    Returns:
        Such as "seed 3" or "code 0".
    """
    return f"code {row}" if seed is None else f"seed {seed}"


def code_file(seed: int | None, row: int) -> str:
    """Name a code, for files.

    Args:
        seed: Its seed, if any.
        row: Its number, from 0.

    Returns:
        Such as "seed0003" or "code0000".
    """
    return f"code{row:04d}" if seed is None else f"seed{seed:04d}"


def code_facts(options: Options) -> dict[str, Any]:
    """Describe the origin of codes for text chunks and manifests.

    Args:
        options: Parsed options of `code_parameters`.

    Returns:
        Keywords and values.
    """
    if options.latents is None:
        return {"truncation": options.truncation, "label": options.label}
    return {"latents": Path(options.latents).name}


def _load_codes(gan: Generator, options: Options) -> LatentCode:
    """The codes of `--latents`."""
    if options.label is not None:
        raise LatentError("--label and --latents were given", "one of them; files state classes")
    return load_latents(options.latents, gan, space=options.latents_space)


def draw_codes(gan: Generator, options: Options, rows: Sequence[int] | None = None) -> LatentCode:
    """Sample the latent codes, or load those of `--latents`.

    Args:
        gan: The generator.
        options: Parsed options of `code_parameters`.
        rows: Numbers of the codes, from 0; none means all.

    Returns:
        One code per row.
    """
    if options.latents is not None:
        codes = _load_codes(gan, options)
        return codes if rows is None else concatenate([codes[row] for row in rows])
    seeds = read_seeds(options.seeds)
    chosen = seeds if rows is None else [seeds[row] for row in rows]
    runs: list[list[int]] = []  # first seed and count of each run of consecutive seeds
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
    """Describe an edited image for its text chunks and for manifests.

    Args:
        gan: The generator.
        levers: The directions.
        variation: The edit.
        options: Parsed options of `code_parameters` and `pull_parameters`.

    Returns:
        Keywords and values.
    """
    return {
        "seed": variation.seed,
        "direction": "; ".join(levers.label(index) for index, _ in variation.pulls),
        "strength": "; ".join(signed(strength) for _, strength in variation.pulls),
        "unit": options.unit,
        "caption": variation.caption,
        "levers": Path(options.levers).name,
        "generator": gan.spec.fingerprint,
        **code_facts(options),
    }
