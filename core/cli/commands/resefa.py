"""`resefa`: levers of a region."""

from __future__ import annotations

from typing import Any

import click

from ...base.errors import PackError
from ...concepts.eigenproblem import SHRINKAGES
from ...concepts.generator import Generator
from ...levers.factorization import resefa
from ...levers.grams.region_grams import RegionTask
from ...levers.locality import DEFAULT_SHRINKAGE, LOCALITIES, Confinement, confinement
from ...levers.routes.choice import by_products
from ..command import AbstractCommand, Options, Output
from ..options import generator_parameters
from ..regions import (
    RegionSearch,
    jacobian_parameters,
    mode_parameter,
    region_parameters,
    space_parameters,
)
from ..search import search_parameters, solver_parameter
from ..sharing import checkpoint_parameter, engine_parameters, shared_grams


class ReSeFa(AbstractCommand):
    """Finds levers with `factorization.resefa`."""

    example = (
        "latent-levers resefa portraits --region mouth --seeds 0-7 --out out/mouth.safetensors"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            *region_parameters(),
            *space_parameters(),
            click.Option(
                ["--shrinkage"],
                type=float,
                help=f"tau, the regularisation of the background; default {DEFAULT_SHRINKAGE}",
            ),
            click.Option(
                ["--shrinkage-by"],
                type=click.Choice(SHRINKAGES),
                default=SHRINKAGES[0],
                help="factor of tau: trace or mean eigenvalue of the background Gram; "
                f"default {SHRINKAGES[0]}",
            ),
            click.Option(
                ["--locality"],
                type=click.Choice(list(LOCALITIES)),
                help="instead of --space and --shrinkage: standard is W+ (Z+ without a mapping "
                "network) with tau 0.001; strict is tau 0.000001 there, for one of a pair or a "
                "tiny region",
            ),
            mode_parameter(),
            *jacobian_parameters(),
            *search_parameters("out/resefa.safetensors", "0-7"),
            solver_parameter(),
            *engine_parameters(None),
            checkpoint_parameter(),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""

        def chosen(gan: Generator) -> Confinement:
            given = (options.locality, options.space, options.shrinkage, options.shrinkage_by)
            return confinement(gan.spec, *given)

        _refuse_shards(options)
        columns = not by_products(options.solver)
        search = RegionSearch.of(
            options, output, lambda gan: chosen(gan).space, columns=columns, announces=True
        )
        task = RegionTask(
            search.gan,
            search.codes,
            search.region,
            search.background,
            chosen(search.gan).space,
            options.layers,
            options.noise,
            options.mode,
            options.average_by,
            search.effort,
        )
        return search.run(
            options,
            output,
            lambda progress: resefa(
                search.gan,
                search.codes,
                search.region,
                search.background,
                options.space,
                options.layers,
                options.count,
                options.shrinkage,
                options.shrinkage_by,
                options.noise,
                options.mode,
                progress,
                solver=options.solver,
                effort=search.effort,
                average_by=options.average_by,
                locality=options.locality,
                sums=shared_grams(task, options, output),
                announce=output.print,
            ),
        )


def _refuse_shards(options: Options) -> None:
    """Refuse shards of what the solver that works by products alone does not use."""
    if not by_products(options.solver):
        return
    for name in ("engine", "checkpoint"):
        value = getattr(options, name)
        if value is not None:
            raise PackError(
                f"--solver {options.solver} and --{name} {value} were given",
                f"one of them: {options.solver} does not use the Grams that are measured in shards",
                f"Leave out --{name}, or choose --solver auto",
            )


COMMAND = ReSeFa()
