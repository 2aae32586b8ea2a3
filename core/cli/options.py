"""Options that several commands share, and what they turn into."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from ..base.errors import CheckpointError, PackError
from ..base.parsing import read_seeds
from ..concepts.conditions import NOISE_MODES
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, concatenate
from ..concepts.region import Region
from ..edits.editing import UNITS, PullOptions
from ..edits.sweep import SweepOptions, plan_sweep
from ..edits.variations import Variation, signed
from ..files.loading import load_generator
from ..files.writing import save_directions
from ..latents.sampling import sample_latents
from ..levers.direction_loading import load_directions
from ..levers.methods import METHODS
from ..pictures.pages import PageLayout, draw_sweep, sweep_page
from ..solvers import SOLVERS
from .command import Talk


def add_generator(parser: ArgumentParser) -> None:
    """Arguments that name a generator.

    Args:
        parser: The command's parser.
    """
    parser.add_argument(
        "generator", nargs="?", default="portraits",
        help='a file, or the bundled generator "portraits" (the default)',
    )  # fmt: skip
    parser.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE",
        help="a setting that the file does not store, such as distribution=uniform; see describe",
    )  # fmt: skip
    parser.add_argument("--device", default="cpu", help="cpu, cuda, mps, ...; default cpu")


def add_codes(parser: ArgumentParser, seeds: str) -> None:
    """Arguments that choose images.

    Args:
        parser: The command's parser.
        seeds: Default seeds.
    """
    parser.add_argument("--seeds", default=seeds, help=f'such as 0-7 or "0,3,9"; default {seeds}')
    parser.add_argument(
        "--truncation", type=float, default=0.7,
        help="truncation_psi: 1 for all variety, 0 for the mean image; default 0.7",
    )  # fmt: skip
    parser.add_argument(
        "--truncation-cutoff", type=int, help="only the first so many layers; default all"
    )
    parser.add_argument("--label", type=int, help="class of a conditional generator")
    parser.add_argument("--noise", choices=NOISE_MODES, default="const", help="default const")


def add_pull(parser: ArgumentParser, index: str, strength: str) -> None:
    """Arguments that say which levers are pulled how far.

    Args:
        parser: The command's parser.
        index: Default levers.
        strength: Default strengths.
    """
    add_levers(parser, index)
    parser.add_argument(
        "--strength", "--strengths", default=strength, dest="strengths",
        help=f"numbers between commas; write --strength=-3,3 with the sign =; default {strength}",
    )  # fmt: skip


def add_levers(parser: ArgumentParser, index: str, required: bool = True) -> None:
    """Arguments that say which levers are pulled, where, and in what unit.

    Args:
        parser: The command's parser.
        index: Default levers.
        required: Whether there must be any.
    """
    parser.add_argument(
        "--levers", required=required,
        help="a file that sefa or resefa wrote, or directions of others: .npy, .pt, safetensors",
    )  # fmt: skip
    parser.add_argument(
        "--levers-space", choices=[space.value for space in LatentSpace],
        help="space of directions of others; default the one whose size fits the generator",
    )  # fmt: skip
    parser.add_argument(
        "--index", "--indices", default=index, dest="indices",
        help=f'which levers: 0, "0-3" or "all"; default {index}',
    )  # fmt: skip
    parser.add_argument(
        "--unit", choices=UNITS, default="sigma",
        help="what a strength of 1 moves: a standard deviation of random images (the default), or "
        "a latent distance of 1",
    )  # fmt: skip
    parser.add_argument("--layers", help='layers that are changed, such as "0-3"; default the '
                        "levers' own")  # fmt: skip


def pull_options(options: Namespace) -> PullOptions:
    """The unit and the layers of a pull.

    Args:
        options: Parsed options of `add_levers`.

    Returns:
        The value that the functions of `edits` take.
    """
    return PullOptions(options.unit, options.layers)


def open_generator(options: Namespace) -> Generator:
    """The generator that was named.

    Args:
        options: See `add_generator`.

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


def open_levers(gan: Generator, options: Namespace) -> Directions:
    """The directions that were named, as far as they fit the generator.

    Args:
        gan: The generator.
        options: See `add_pull`.

    Returns:
        The directions.
    """
    return load_directions(options.levers, space=options.levers_space, gan=gan)


def draw_codes(
    gan: Generator, options: Namespace, seeds: Sequence[int] | None = None
) -> LatentCode:
    """Latent codes of the seeds that were named.

    Args:
        gan: The generator.
        options: See `add_codes`.
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


def add_finding(parser: ArgumentParser, out: str, seeds: str) -> None:
    """Arguments of commands that find levers.

    Args:
        parser: The command's parser.
        out: Default file.
        seeds: Default seeds.
    """
    add_codes(parser, seeds)
    parser.add_argument("--count", type=int, default=10, help="number of levers; default 10")
    parser.add_argument("--solver", choices=SOLVERS.ids, default=SOLVERS.ids[0])
    parser.add_argument("--out", type=Path, default=Path(out), help="a .safetensors file")
    parser.add_argument(
        "--sheet", type=Path, help="also draw the levers on the first seed, as a PNG of this name"
    )


def finish_levers(
    gan: Generator,
    levers: Directions,
    options: Namespace,
    talk: Talk,
    codes: LatentCode,
    region: Region | None = None,
) -> dict[str, Any]:
    """Save levers that were found, print them, draw them where that was asked for.

    Args:
        gan: The generator.
        levers: The directions.
        options: See `add_finding`.
        talk: Where words go.
        codes: Codes of the seeds that were named.
        region: Where the levers shall show; none means everywhere.

    Returns:
        Plain data for `--json`.
    """
    talk.wrote(save_directions(levers, options.out))
    talk.say(str(levers.details.get("explanation", "")))
    talk.say(f"eigenvalue: {METHODS[levers.method].eigenvalue}")
    homes: list[str] = levers.details.get("lives_in", [])
    head = "  lives in layers" if homes else ""
    talk.say(f"{'lever':<14}{'eigenvalue':>12}{'1 sigma':>10}{head}")
    spread = [] if levers.sigma is None else levers.sigma.tolist()
    for index, value in enumerate(levers.eigenvalues.tolist()):
        sigma = f"{spread[index]:>10.3g}" if spread else ""
        home = f"  {homes[index]}" if homes else ""
        talk.say(f"{levers.label(index):<14}{value:>12.4g}{sigma}{home}")
    if options.sheet is not None:
        with talk.bar("drawing") as bar:
            sweep = SweepOptions(region=region)
            rows = plan_sweep(gan, codes[0], levers, range(len(levers)), sweep, progress=bar)
            images, _ = draw_sweep(gan, codes[0], levers, rows)
        page = sweep_page(images, rows, levers, PageLayout("Strength in sigma"))
        talk.picture(options.sheet, page, {"generator": gan.spec.fingerprint})
    return {
        "method": levers.method,
        "space": levers.space.value,
        "eigenvalues": levers.eigenvalues.tolist(),
        "sigma": spread,
        "details": dict(levers.details),
    }


def pulled_facts(
    gan: Generator, levers: Directions, variation: Variation, options: Namespace
) -> dict[str, Any]:
    """What a picture says of itself.

    Args:
        gan: The generator.
        levers: The directions.
        variation: What was done.
        options: See `add_codes` and `add_pull`.

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
