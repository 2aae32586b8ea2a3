"""`stylespace`: single style channels that act in a region."""

from __future__ import annotations

from typing import Any

import click

from ...levers.methods.stylespace import SHRINKAGE, require_styles, stylespace
from ..command import AbstractCommand, Options, Output
from ..options import generator_parameters
from ..regions import RegionSearch, jacobian_parameters, layers_parameter, region_parameters
from ..search import search_parameters


class StyleSpace(AbstractCommand):
    """Finds levers with `methods.stylespace.stylespace`."""

    example = (
        "latent-levers stylespace portraits --region mouth --seeds 0-7 "
        "--out out/mouth_channels.safetensors"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *region_parameters(),
            layers_parameter(),
            click.Option(
                ["--shrinkage"],
                type=float,
                default=SHRINKAGE,
                help="tau; larger values prefer channels that change much to those that stay in "
                f"the region; default {SHRINKAGE:f}",
            ),
            *jacobian_parameters(corrected=False),
            *search_parameters("out/stylespace.safetensors", "0-7"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        search = RegionSearch.of(options, output, require_styles)
        return search.run(
            options,
            output,
            lambda progress: stylespace(
                search.gan,
                search.codes,
                search.region,
                search.background,
                options.layers,
                options.count,
                options.shrinkage,
                options.noise,
                progress,
                effort=search.effort,
                average_by=options.average_by,
            ),
        )


COMMAND = StyleSpace()
