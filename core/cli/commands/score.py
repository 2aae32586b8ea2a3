"""`score`: a lever for an attribute of portraits, or for the change between two pictures."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ...base.errors import PackError
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode, LatentSpace
from ...edits.ranking import rank_levers, ranked
from ...files.writing import save_directions
from ...levers.layer_shares import ENOUGH_CODES, layer_shares
from ...levers.score_lever import score_lever
from ...measures.wanted_scores import WantedScore, attribute_score, pair_score
from ...pictures.picture_files import read_picture
from ..codes import draw_codes
from ..command import AbstractCommand, Options, Output
from ..options import generator_parameters, load_levers, open_generator
from ..search import finish_levers, search_parameters

_SHRINKAGE = 1e-3
"""Default of tau."""


class ScoreCommand(AbstractCommand):
    """Finds a lever with `score_lever.score_lever`."""

    example = (
        "latent-levers score portraits --attribute light --truncation 1 --out out/light.safetensors"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            click.Option(
                ["--attribute"],
                help="what the lever changes, such as light, age or head_turn, for generators of "
                "the bundled kind; a wrong name lists them all",
            ),
            click.Option(
                ["--like"],
                nargs=2,
                type=click.Path(path_type=Path),
                metavar="BEFORE AFTER",
                help="two pictures of one kind: the lever makes the change from the first to the "
                "second",
            ),
            click.Option(
                ["--space"],
                type=click.Choice([space.value for space in LatentSpace]),
                help="latent space of the lever; default W, or Z without a mapping network",
            ),
            click.Option(
                ["--layers"], help="layers that the lever changes, such as 0-3; default all"
            ),
            click.Option(
                ["--shrinkage"],
                type=float,
                default=_SHRINKAGE,
                help="tau; larger values need less pull and move other attributes more; default "
                "0.001",
            ),
            click.Option(
                ["--rank"],
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="file of levers that are ranked by how much they do this, in place of a new "
                "one; --out gets them best first",
            ),
            *[
                parameter
                for parameter in search_parameters("out/score.safetensors", "0-63")
                if parameter.name not in ("count", "solver")
            ],
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        if (options.attribute is None) == (not options.like):
            raise PackError(
                "Neither --attribute nor --like was given"
                if options.attribute is None
                else "Both --attribute and --like were given",
                "one of them",
            )
        _check_rank(options)
        gan = open_generator(options)
        wanted = _wanted(gan, options)
        codes = draw_codes(gan, options)
        if options.rank is not None:
            return _rank(gan, codes, wanted, options, output)
        start = time.monotonic()
        with output.progress("measuring") as progress:
            levers = score_lever(
                gan,
                codes,
                wanted.score,
                wanted.target,
                options.space,
                options.layers,
                shrinkage=options.shrinkage,
                name=wanted.name,
                noise_mode=options.noise,
                progress=progress,
            )
        seconds = time.monotonic() - start
        with output.progress("measuring layers") as progress:
            shares = layer_shares(
                gan, codes[:ENOUGH_CODES], levers, noise_mode=options.noise, progress=progress
            )
        facts = finish_levers(gan, shares.with_details(levers), options, output, codes)
        output.print(f"Measured and solved in {seconds:.1f} seconds.")
        return {**facts, "seconds": round(seconds, 3)}


def _check_rank(options: Options) -> None:
    """Raise if an option of a new lever was given beside the levers of a file."""
    if options.rank is None:
        return
    given = {
        "--space": options.space is not None,
        "--layers": options.layers is not None,
        "--shrinkage": options.shrinkage != _SHRINKAGE,
    }
    beside = [name for name, set_ in given.items() if set_]
    if beside:
        raise PackError(
            f"{' and '.join(beside)} beside --rank were given",
            "--rank alone: the levers of a file are ranked as they are",
        )


def _wanted(gan: Generator, options: Options) -> WantedScore:
    """The score that the options ask for."""
    if options.like:
        before, after = (read_picture(path) for path in options.like)
        return pair_score(gan, before, after)
    return attribute_score(gan, options.attribute)


def _rank(
    gan: Generator,
    codes: LatentCode,
    wanted: WantedScore,
    options: Options,
    output: Output,
) -> dict[str, Any]:
    """Rank the levers of a file, and save them in that order."""
    levers = load_levers(gan, options.rank, None)
    with output.progress("measuring") as progress:
        ranking = rank_levers(gan, levers, codes, wanted.score, wanted.target, progress=progress)
    output.add_file(save_directions(ranked(levers, ranking), options.out))
    output.print(f"Levers by how much they change {wanted.name}, in its deviations per sigma:")
    output.print(f"{'lever':<20}{'change':>9}{'share':>8}{'agreement':>11}")
    for entry in ranking:
        label = levers.label(entry.index)
        output.print(f"{label:<20}{entry.change:>+9.3f}{entry.share:>8.0%}{entry.agreement:>11.0%}")
    return {"score": wanted.name, "ranking": [asdict(entry) for entry in ranking]}


COMMAND = ScoreCommand()
