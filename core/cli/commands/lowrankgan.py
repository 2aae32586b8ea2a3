"""`lowrankgan`: levers of a region by robust PCA, to compare ReSeFa with."""

from __future__ import annotations

from typing import Any

import click

from ...concepts.latent_code import LatentSpace
from ...levers.methods.lowrankgan import SPARSITY, lowrankgan
from ...levers.robust_pca import MAX_ITERATIONS
from ..command import AbstractCommand, Options, Output
from ..options import generator_parameters
from ..regions import (
    RegionSearch,
    jacobian_parameters,
    mode_parameter,
    region_parameters,
    space_parameters,
)
from ..search import search_parameters


class LowRankGAN(AbstractCommand):
    """Finds levers with `methods.lowrankgan.lowrankgan`."""

    example = (
        "latent-levers lowrankgan portraits --region mouth --seeds 0-7 "
        "--out out/mouth_lowrankgan.safetensors"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *region_parameters(),
            *space_parameters(),
            click.Option(
                ["--sparsity"],
                type=float,
                default=SPARSITY,
                help="lambda of robust PCA; smaller values give lower ranks; default 1/60",
            ),
            click.Option(
                ["--relaxation"],
                type=click.IntRange(min=0),
                default=0,
                help="weakest directions of the background that may change; default 0",
            ),
            click.Option(
                ["--max-iterations"],
                type=click.IntRange(min=1),
                default=MAX_ITERATIONS,
                help=f"most iterations of each robust PCA; default {MAX_ITERATIONS}",
            ),
            mode_parameter(),
            *jacobian_parameters(corrected=False),
            *search_parameters("out/lowrankgan.safetensors", "0-7"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        space: str | None = options.space
        search = RegionSearch.of(
            options,
            output,
            lambda gan: gan.spec.native_space if space is None else LatentSpace.parse(space),
        )
        return search.run(
            options,
            output,
            lambda progress: lowrankgan(
                search.gan,
                search.codes,
                search.region,
                search.background,
                space,
                options.layers,
                options.count,
                options.sparsity,
                options.relaxation,
                options.noise,
                options.mode,
                progress,
                max_iterations=options.max_iterations,
                effort=search.effort,
                average_by=options.average_by,
            ),
        )


COMMAND = LowRankGAN()
