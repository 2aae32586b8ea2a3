"""`combine`: levers made of levers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ...base.errors import DirectionsError
from ...base.parsing import read_indices, read_names, read_numbers
from ...edits.combining import add_levers, choose, gather, remove_levers
from ...edits.editing import UNITS, unit_distance
from ...files.writing import save_directions
from ...levers.direction_loading import load_directions
from ...levers.inner_products import METRICS
from ..command import AbstractCommand, Options, Talk
from ..options import generator_parameters, open_generator


class Combine(AbstractCommand):
    """See `edits.combining`."""

    example = (
        "latent-levers combine portraits --levers out/mouth.safetensors --index 0 "
        "--without out/sefa.safetensors --out out/clean.safetensors"
    )

    def parameters(self) -> list[click.Parameter]:
        """A generator, levers, what becomes of them."""
        return [
            *generator_parameters(),
            click.Option(["--levers"], required=True, help="a file of levers"),
            click.Option(
                ["--index", "--indices", "indices"],
                default="all",
                help='which of them: 0, "0-3" or "all", the default',
            ),
            click.Option(
                ["--sum"],
                metavar="STRENGTHS",
                help="one lever of all: a strength for each between commas; write --sum=1,-0.5",
            ),
            click.Option(
                ["--without"], metavar="FILE", help="take away their share of these levers"
            ),
            click.Option(["--and", "more"], metavar="FILE", help="put these levers behind them"),
            click.Option(
                ["--unit"], type=click.Choice(UNITS), default="sigma", help="of a sum's strengths"
            ),
            click.Option(
                ["--metric"],
                type=click.Choice(METRICS),
                default=METRICS[0],
                help="what counts as a share",
            ),
            click.Option(["--names"], default="", help="of the new levers, between commas"),
            click.Option(
                ["--out"],
                type=click.Path(path_type=Path),
                required=True,
                help="a .safetensors file",
            ),
        ]

    def run(self, options: Options, talk: Talk) -> dict[str, Any]:
        """Combine and save."""
        given = [options.sum, options.without, options.more]
        if len(given) - given.count(None) != 1:
            raise click.UsageError("Give one of --sum, --without and --and.")
        gan = open_generator(options)
        levers = load_directions(options.levers, gan=gan)
        chosen = read_indices(options.indices, len(levers))
        first = choose(levers, chosen)
        facts: dict[str, Any] = {}
        if options.sum is not None:
            numbers = read_numbers(options.sum)
            if len(numbers) != len(chosen):
                raise DirectionsError(
                    f"{len(numbers)} strengths were given for {len(chosen)} levers",
                    "a strength per lever",
                )
            pulls = [(levers, i, s) for i, s in zip(chosen, numbers, strict=True)]
            made, distance = add_levers(pulls, options.unit, gan=gan)
            facts["strength"] = distance / unit_distance(made, 0, options.unit)
            talk.say(f"strength {facts['strength']:.4g} {options.unit} is {made.label(0)}")
        elif options.without is not None:
            others = load_directions(options.without, gan=gan)
            made = remove_levers(first, others, options.metric, gan)
            facts["lost"] = made.details["lost"]
            for index, share in enumerate(facts["lost"]):
                talk.say(f"{made.label(index)}: {share:.1%} of it was lost")
        else:
            made = gather([first, load_directions(options.more, gan=gan)], gan)
        made = replace(made, names=read_names(options.names, len(made), made.names))
        talk.wrote(save_directions(made, options.out))
        return {**facts, "levers": [made.label(index) for index in range(len(made))]}


COMMAND = Combine()
