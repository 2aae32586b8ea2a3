"""`combine`: levers made of levers."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...base.errors import DirectionsError
from ...base.parsing import read_indices, read_names, read_numbers
from ...edits.combining import add_levers, choose, gather, remove_levers
from ...edits.editing import UNITS, unit_distance
from ...files.writing import save_directions
from ...levers.direction_loading import load_directions
from ...levers.inner_products import METRICS
from ..command import AbstractCommand, Talk
from ..options import add_generator, open_generator


class Combine(AbstractCommand):
    """See `edits.combining`."""

    id = "combine"
    summary = "Make levers of levers: a sum, or what is left of them without others."
    example = (
        "latent-levers combine portraits --levers out/mouth.safetensors --index 0 "
        "--without out/sefa.safetensors --out out/clean.safetensors"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A generator, levers, what becomes of them."""
        add_generator(parser)
        parser.add_argument("--levers", required=True, help="a file of levers")
        parser.add_argument(
            "--index", "--indices", default="all", dest="indices",
            help='which of them: 0, "0-3" or "all", the default',
        )  # fmt: skip
        how = parser.add_mutually_exclusive_group(required=True)
        how.add_argument(
            "--sum", metavar="STRENGTHS",
            help="one lever of all: a strength for each between commas; write --sum=1,-0.5",
        )  # fmt: skip
        how.add_argument("--without", metavar="FILE", help="take away their share of these levers")
        how.add_argument("--and", metavar="FILE", dest="more", help="put these levers behind them")
        parser.add_argument("--unit", choices=UNITS, default="sigma", help="of a sum's strengths")
        parser.add_argument(
            "--metric", choices=METRICS, default=METRICS[0], help="what counts as a share"
        )
        parser.add_argument("--names", default="", help="of the new levers, between commas")
        parser.add_argument("--out", type=Path, required=True, help="a .safetensors file")

    def run(self, options: Namespace, talk: Talk) -> dict[str, Any]:
        """Combine and save."""
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
