"""`sefa`: global levers from the weights."""

from __future__ import annotations

from typing import Any

import click

from ...levers.factorization import sefa
from ...levers.methods.sefa_conventions import CONVENTIONS
from ..codes import CodeSource
from ..command import AbstractCommand, Options, Output
from ..options import (
    generator_parameters,
    open_generator,
)
from ..search import finish_levers, search_parameters, solver_parameter


class SeFa(AbstractCommand):
    """Finds levers with `factorization.sefa`."""

    example = "latent-levers sefa portraits --layers 0-3 --out out/global.safetensors"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            click.Option(
                ["--layers"],
                default="all",
                help="layers whose weights are used, such as 0-3; default all",
            ),
            click.Option(
                ["--convention"],
                type=click.Choice(CONVENTIONS.ids),
                default=CONVENTIONS.ids[0],
                help="repository whose choice and scaling of the weights is used; default "
                f"{CONVENTIONS.ids[0]}",
            ),
            click.Option(
                ["--no-normalize"],
                is_flag=True,
                help="do not scale the rows of the weights to length 1",
            ),
            *search_parameters("out/sefa.safetensors", "0"),
            solver_parameter(),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        levers = sefa(
            gan,
            options.layers,
            options.count,
            convention=options.convention,
            normalize=False if options.no_normalize else None,
            solver=options.solver,
        )
        first = CodeSource.of(gan, options).draw([0])
        return finish_levers(gan, levers, options, output, first)


COMMAND = SeFa()
