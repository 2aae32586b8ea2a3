"""`score`: a lever for an attribute of portraits, or for the change between two pictures."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from ...base.errors import PackError
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentSpace
from ...levers.layer_shares import ENOUGH_CODES, layer_shares
from ...levers.pair_likeness import pair_likeness, small_pictures
from ...levers.score_lever import score_lever
from ...levers.scores import Score
from ...measures.attribute_network import AttributeReader, reader_for
from ..codes import draw_codes
from ..command import AbstractCommand, Options, Output
from ..options import generator_parameters, open_generator
from ..pictures import read_picture
from ..search import finish_levers, search_parameters


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
                default=1e-3,
                help="tau; larger values need less pull and move other attributes more; default "
                "0.001",
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
        gan = open_generator(options)
        score, target, name = _score(gan, options)
        codes = draw_codes(gan, options)
        start = time.monotonic()
        with output.progress("measuring") as progress:
            levers = score_lever(
                gan,
                codes,
                score,
                target,
                options.space,
                options.layers,
                shrinkage=options.shrinkage,
                name=name,
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


def _score(gan: Generator, options: Options) -> tuple[Score, int, str]:
    """The score that the options ask for, its wanted column, and the lever's name."""
    reader = reader_for(gan)
    if options.like:
        return _likeness(gan, reader, options.like), 0, "like the pair"
    if reader is None:
        raise PackError(
            "No bundled network reads attributes of this generator's pictures",
            "the bundled generator portraits, or one that was trained on the same drawings",
            "Give two pictures with --like",
        )
    target = reader.index(options.attribute)
    return reader.to(gan.device).scores, target, options.attribute


def _likeness(gan: Generator, reader: AttributeReader | None, pair: tuple[Path, Path]) -> Score:
    """The likeness to a pair of pictures: by attributes where they can be read, else by colours."""
    before, after = (read_picture(path) for path in pair)
    size = gan.spec.img_size
    describe = small_pictures if reader is None else reader.to(gan.device).scores
    device = gan.device
    return pair_likeness(before.to(device), after.to(device), describe, size=size)


COMMAND = ScoreCommand()
