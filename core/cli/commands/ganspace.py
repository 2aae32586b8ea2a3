"""`ganspace`: levers along which random codes vary most."""

from __future__ import annotations

from typing import Any

import click

from ...levers.methods.ganspace import SAMPLES_OF_ACTIVATIONS, SAMPLES_OF_W, ganspace
from ..codes import CodeSource
from ..command import AbstractCommand, Options, Output
from ..options import generator_parameters, open_generator
from ..search import finish_levers, search_parameters


class GANSpace(AbstractCommand):
    """Finds levers with `methods.ganspace.ganspace`."""

    example = "latent-levers ganspace portraits --layers 0-3 --out out/components.safetensors"

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            click.Option(
                ["--layers"],
                default="all",
                help="layers that the levers change, such as 0-3; default all",
            ),
            click.Option(
                ["--samples"],
                type=int,
                help=f"random codes that are analysed; default {SAMPLES_OF_W:,}, without a mapping "
                f"network {SAMPLES_OF_ACTIVATIONS:,}",
            ),
            click.Option(
                ["--activation"],
                type=int,
                help="without a mapping network, the stage whose output is analysed; default 0, "
                "the first",
            ),
            *search_parameters("out/ganspace.safetensors", "0"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        source = CodeSource.of(gan, options)
        with output.progress("sampling") as progress:
            levers = ganspace(
                gan,
                options.count,
                options.samples,
                options.layers,
                labels=options.label,
                activation=options.activation,
                progress=progress,
            )
        return finish_levers(gan, levers, options, output, source.draw([0]))


COMMAND = GANSpace()
