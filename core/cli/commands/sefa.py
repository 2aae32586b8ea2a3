"""`sefa`: global levers from the weights."""

from __future__ import annotations

from typing import Any

import click

from ...levers.factorization import sefa
from ...levers.methods.sefa_conventions import CONVENTIONS
from ..command import AbstractCommand, Options, Talk
from ..options import draw_codes, generator_parameters, open_generator
from ..search import finish_levers, search_parameters


class SeFa(AbstractCommand):
    """See `factorization.sefa`."""

    example = "latent-levers sefa portraits --layers 0-3 --out out/global.safetensors"

    def parameters(self) -> list[click.Parameter]:
        """A generator, layers, a file."""
        return [
            *generator_parameters(),
            click.Option(["--layers"], default="all", help='such as "0-3"; default all'),
            click.Option(
                ["--convention"],
                type=click.Choice(CONVENTIONS.ids),
                default=CONVENTIONS.ids[0],
                help="whose way to choose and scale the weights; default %(default)s",
            ),
            click.Option(
                ["--no-normalize"], is_flag=True, help="do not scale the weights' rows to length 1"
            ),
            *search_parameters("out/sefa.safetensors", "0"),
        ]

    def run(self, options: Options, talk: Talk) -> dict[str, Any]:
        """Find and save."""
        gan = open_generator(options)
        levers = sefa(
            gan,
            options.layers,
            options.count,
            convention=options.convention,
            normalize=False if options.no_normalize else None,
            solver=options.solver,
        )
        return finish_levers(gan, levers, options, talk, draw_codes(gan, options))


COMMAND = SeFa()
