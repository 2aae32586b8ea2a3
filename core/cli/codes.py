"""Options that specify latent codes, and the codes: of seeds, or of a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..base.errors import LatentError
from ..base.parsing import read_seeds
from ..concepts.conditions import NOISE_MODES
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, concatenate
from ..files.latent_files import load_latents
from ..latents.sampling import sample_latents
from .command import Options


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


def code_seeds(gan: Generator, options: Options) -> list[int | None]:
    """Seeds of the latent codes, without sampling them.

    Args:
        gan: The generator.
        options: Parsed options of `code_parameters`.

    Returns:
        A seed per code; none for a code of a file that has no seed.

    Raises:
        LatentError: `--latents-space` was given without `--latents`, or seeds cannot be read.
    """
    if options.latents is None:
        if options.latents_space is not None:
            raise LatentError("--latents-space was given without --latents", "both, or neither")
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
    seeds = [seed for seed in code_seeds(gan, options) if seed is not None]
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
