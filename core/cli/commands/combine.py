"""`combine`: sums and projections of levers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click

from ...base.errors import DirectionsError
from ...base.parsing import read_indices, read_names, read_numbers
from ...edits.combining import add_levers, choose, gather, remove_levers
from ...edits.units import UNITS, unit_distance
from ...files.writing import save_directions
from ...levers.inner_products import METRICS
from ..command import AbstractCommand, Options, Output
from ..options import (
    generator_parameters,
    load_levers,
    open_generator,
    open_levers,
    space_parameter,
)
from ..outputs import output_file


def _counted(values: Sequence[object], name: str) -> str:
    """A number of things, such as "1 lever"."""
    return f"{len(values)} {name}{'' if len(values) == 1 else 's'}"


class Combine(AbstractCommand):
    """Combines levers with the functions of `edits.combining`."""

    example = (
        "latent-levers combine portraits --levers out/mouth.safetensors --index 0 "
        "--without out/sefa.safetensors --out out/clean.safetensors"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            click.Option(["--levers"], type=click.Path(), required=True, help="file of levers"),
            click.Option(
                ["--index", "--indices", "indices"],
                default="all",
                help="numbers of levers, such as 0, 0-3 or all; default all",
            ),
            click.Option(
                ["--sum"],
                metavar="STRENGTHS",
                help="add the levers up to one; a strength for each, such as --sum=1,-0.5",
            ),
            click.Option(
                ["--without"],
                type=click.Path(),
                metavar="FILE",
                help="remove from the levers their share of these levers",
            ),
            click.Option(
                ["--and", "more"], type=click.Path(), metavar="FILE", help="append these levers"
            ),
            click.Option(
                ["--unit"],
                type=click.Choice(UNITS),
                default="sigma",
                help="unit of the strengths of --sum; default sigma",
            ),
            click.Option(
                ["--metric"],
                type=click.Choice(METRICS),
                default=METRICS[0],
                help=f"inner product of --without; default {METRICS[0]}",
            ),
            click.Option(
                ["--names"], default="", help="names of the new levers, separated by commas"
            ),
            *output_file(None, "file of levers", ".safetensors", keep=True),
            space_parameter("--levers-space", "--levers"),
            space_parameter("--other-space", "--without or --and"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        if options.other_space is not None and options.sum is not None:
            raise click.UsageError("--other-space belongs to --without or --and.")
        operations = [options.sum, options.without, options.more]
        if len(operations) - operations.count(None) != 1:
            raise click.UsageError("Give exactly one of --sum, --without and --and.")
        gan = open_generator(options)
        levers = open_levers(gan, options)
        chosen = read_indices(options.indices, len(levers))
        selected = choose(levers, chosen)
        facts: dict[str, Any] = {}
        if options.sum is not None:
            numbers = read_numbers(options.sum)
            if len(numbers) != len(chosen):
                raise DirectionsError(
                    f"{_counted(numbers, 'strength')} for {_counted(chosen, 'lever')}",
                    "a strength per lever",
                    "Give --sum as many strengths as --index names levers",
                )
            pulls = [(levers, i, s) for i, s in zip(chosen, numbers, strict=True)]
            combined, distance = add_levers(pulls, options.unit, gan=gan)
            facts["strength"] = distance / unit_distance(combined, 0, options.unit)
            output.print(f"strength {facts['strength']:.4g} {options.unit} is {combined.label(0)}")
        elif options.without is not None:
            others = load_levers(gan, options.without, options.other_space)
            combined = remove_levers(selected, others, options.metric, gan)
            facts["lost"] = combined.details["lost"]
            for index, share in enumerate(facts["lost"]):
                output.print(
                    f"{combined.label(index)}: {share:.1%} of its squared length was removed"
                )
        else:
            more = load_levers(gan, options.more, options.other_space)
            combined = gather([selected, more], gan)
        names = read_names(options.names, len(combined), combined.names)
        combined = replace(combined, names=names)
        output.add_file(save_directions(combined, options.out))
        return {**facts, "levers": [combined.label(i) for i in range(len(combined))]}


COMMAND = Combine()
