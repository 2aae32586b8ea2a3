"""Options that specify latent codes, and the codes: of seeds, or of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..base.errors import LatentError
from ..base.parsing import read_seeds
from ..base.wording import warn
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
        truncation_parameter(),
        click.Option(
            ["--truncation-cutoff"],
            type=int,
            help="number of leading layers that are truncated; default all",
        ),
        label_parameter(),
        click.Option(
            ["--noise"],
            type=click.Choice(NOISE_MODES),
            default="const",
            help="noise inputs of the layers; default const, as stored in the file",
        ),
    ]


def truncation_parameter() -> click.Parameter:
    """Declare the option for the truncation of sampled codes.

    Returns:
        The parameter.
    """
    return click.Option(
        ["--truncation"],
        type=float,
        default=0.7,
        help="truncation_psi, from 0 (the average image) to 1 (full variety); default 0.7",
    )


def label_parameter() -> click.Parameter:
    """Declare the option for the class of sampled codes.

    Returns:
        The parameter.
    """
    return click.Option(
        ["--label", "--class", "label"],
        type=int,
        help="class number, for a conditional generator",
    )


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
    noise = {} if options.noise == "const" else {"noise": options.noise}
    stated = {"option": " ".join(options.option)} if options.option else {}
    if options.latents is not None:
        space = options.latents_space
        placed = {} if space is None else {"latents_space": space}
        return {"latents": Path(options.latents).name, **placed, **noise, **stated}
    cutoff = options.truncation_cutoff
    cut = {} if cutoff is None else {"truncation_cutoff": cutoff}
    return {"truncation": options.truncation, "label": options.label, **cut, **noise, **stated}


def _truncates(gan: Generator) -> bool:
    """Whether truncation changes an image: that of w, or of z from a truncated normal."""
    return gan.spec.w_dim is not None or gan.spec.distribution == "truncated-normal"


def shown_seeds(options: Options) -> str | None:
    """The seeds of a page, for its text chunks.

    Args:
        options: Parsed options of `code_parameters`.

    Returns:
        As they were written; none where the codes are those of a file.
    """
    return None if options.latents else options.seeds


@dataclass(frozen=True)
class CodeSource:
    """Where the latent codes of a command come from: seeds, sampled when drawn, or a file."""

    gan: Generator
    """The generator."""
    options: Options
    """Parsed options of `code_parameters`."""
    numbers: Sequence[int]
    """The seeds; empty where the codes are those of a file."""
    stored: LatentCode | None
    """The codes of the file, if any."""

    @classmethod
    def of(cls, gan: Generator, options: Options) -> CodeSource:
        """Read the seeds, or the file of `--latents`.

        Args:
            gan: The generator.
            options: Parsed options of `code_parameters`.

        Returns:
            The source.

        Raises:
            LatentError: The seeds or the file cannot be read, or options contradict each other.
        """
        note_ignored_options(gan, options)
        if options.latents is None:
            return cls(gan, options, read_seeds(options.seeds), None)
        stored = load_latents(options.latents, gan, space=options.latents_space)
        return cls(gan, options, (), stored)

    @property
    def seeds(self) -> list[int | None]:
        """A seed per code; none for a code of a file that has no seed."""
        return list(self.numbers) if self.stored is None else seeds_of(self.stored)

    def draw(self, rows: Sequence[int] | None = None) -> LatentCode:
        """The codes.

        Args:
            rows: Their numbers, from 0; none means all.

        Returns:
            One code per row.
        """
        if self.stored is not None:
            if rows is None:
                return self.stored
            return concatenate([self.stored[row] for row in rows])
        chosen = self.numbers if rows is None else [self.numbers[row] for row in rows]
        runs: list[list[int]] = []  # first seed and count of each run of consecutive seeds
        for seed in chosen:
            if runs and seed == sum(runs[-1]):
                runs[-1][1] += 1
            else:
                runs.append([seed, 1])
        psi, cutoff = self.options.truncation, self.options.truncation_cutoff
        return concatenate(
            [
                sample_latents(self.gan, count, first, psi, cutoff, self.options.label)
                for first, count in runs
            ]
        )


def note_ignored_options(gan: Generator, options: Options) -> None:
    """Refuse options of codes that contradict each other, and say which of them change nothing.

    Args:
        gan: The generator.
        options: Parsed options of `code_parameters`.

    Raises:
        LatentError: Options contradict each other.
    """
    if options.latents is None:
        if options.latents_space is not None:
            raise LatentError("--latents-space was given without --latents", "both, or neither")
        if was_given("truncation") and not _truncates(gan):
            warn("This generator has no mapping network, so that --truncation changes nothing")
        return
    if options.label is not None:
        found = "--label and --latents were given"
        raise LatentError(found, "one of them; files state classes")
    if was_given("seeds"):
        raise LatentError("--seeds and --latents were given", "one of them")
    for name in ("truncation", "truncation_cutoff"):
        if was_given(name):
            warn(
                f"--{name.replace('_', '-')} acts on seeds; the codes of --latents stay as "
                "they are",
                stacklevel=2,
            )


def was_given(name: str) -> bool:
    """Whether an option of the running command was typed, and is not the default.

    Args:
        name: Its attribute.

    Returns:
        True where it was typed.
    """
    context = click.get_current_context(silent=True)
    typed = click.core.ParameterSource.COMMANDLINE
    return context is not None and context.get_parameter_source(name) is typed


def draw_codes(gan: Generator, options: Options) -> LatentCode:
    """Sample the latent codes, or load those of `--latents`.

    Args:
        gan: The generator.
        options: Parsed options of `code_parameters`.

    Returns:
        All codes.
    """
    return CodeSource.of(gan, options).draw()


def seeds_of(codes: LatentCode) -> list[int | None]:
    """The seeds of codes.

    Args:
        codes: The codes.

    Returns:
        A seed per code, or none per code where they have no seeds.
    """
    return [None] * len(codes) if codes.seeds is None else list(codes.seeds)
