"""`resefa`: levers of a region."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import click

from ...base.errors import PackError
from ...base.phases import record_phases
from ...base.precision import PRECISIONS
from ...concepts.eigenproblem import SHRINKAGES
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentSpace
from ...concepts.region import Region
from ...jacobians.options import MODES, JacobianOptions
from ...jacobians.strategies import JACOBIANS
from ...levers.averaging import AVERAGES, agreement
from ...levers.factorization import resefa
from ...levers.layer_shares import ENOUGH_CODES, layer_shares
from ...levers.solution_directions import with_seconds
from ...regions.presets import borrowed_names, presets_for
from ...regions.shapes import region_from_shapes
from ..codes import draw_codes
from ..command import AbstractCommand, Options, Output
from ..options import (
    generator_parameters,
    open_generator,
)
from ..pictures import read_mask
from ..search import finish_levers, search_parameters

_PASSES = 64
"""Most times that all columns of a Jacobian are computed again for want of memory."""


class ReSeFa(AbstractCommand):
    """Finds levers with `factorization.resefa`."""

    example = (
        "latent-levers resefa portraits --region mouth --seeds 0-7 --out out/mouth.safetensors"
    )

    def parameters(self) -> list[click.Parameter]:
        """See `AbstractCommand.parameters`."""
        return [
            *generator_parameters(),
            click.Option(
                ["--region"],
                default="",
                help="parts such as mouth or mouth,nose, or shapes such as "
                "'[{\"box\": [0.6, 0.3, 0.2, 0.4]}]': top, left, height and width as fractions",
            ),
            click.Option(
                ["--mask"],
                type=click.Path(path_type=Path),
                help="picture of the region, or of more of it: white inside, black outside",
            ),
            click.Option(
                ["--background"], help="region that must stay the same; default all but --region"
            ),
            click.Option(
                ["--space"],
                type=click.Choice([space.value for space in LatentSpace]),
                help="latent space of the levers; default W, or Z without a mapping network",
            ),
            click.Option(
                ["--layers"], help="layers that the levers change, such as 0-3; default all"
            ),
            click.Option(
                ["--shrinkage"],
                type=float,
                default=1e-3,
                help="tau, the regularisation of the background; default 0.001",
            ),
            click.Option(
                ["--shrinkage-by"],
                type=click.Choice(SHRINKAGES),
                default=SHRINKAGES[0],
                help="factor of tau: trace or mean eigenvalue of the background Gram; "
                f"default {SHRINKAGES[0]}",
            ),
            click.Option(
                ["--mode"],
                type=click.Choice(MODES),
                default=MODES[0],
                help="exact, or as the published code above 256 pixels (paper); default exact",
            ),
            click.Option(
                ["--average-by"],
                type=click.Choice(AVERAGES),
                default=AVERAGES[0],
                help="what has equal weight over several seeds: every pixel (rows), or every image "
                "however strongly it changes (trace); default rows",
            ),
            click.Option(
                ["--strategy"],
                type=click.Choice(JACOBIANS.ids),
                help="how the Jacobian is computed; default linearised, reverse for tiny regions",
            ),
            click.Option(
                ["--precision"],
                type=click.Choice(PRECISIONS.ids),
                default=PRECISIONS.ids[0],
                help="float32 is exact; fast computes in bfloat16 and corrects directions with "
                "exact products; tf32 (CUDA) and bfloat16 are approximate; default float32",
            ),
            click.Option(
                ["--memory"],
                type=float,
                metavar="GB",
                help="memory for the Jacobian in gigabytes; less is slower, with the same levers; "
                "default half of the free memory",
            ),
            *search_parameters("out/resefa.safetensors", "0-7"),
        ]

    def run(self, options: Options, output: Output) -> dict[str, Any]:
        """See `AbstractCommand.run`."""
        gan = open_generator(options)
        memory = self._bytes(gan, options)
        codes = draw_codes(gan, options)
        region = self._region(gan, options.region, options.mask)
        for name in borrowed_names(options.region, gan.details):
            output.print(
                f"note: the file defines no {name}; its place in aligned portraits was used"
            )
        background = None
        if options.background is not None:
            background = self._region(gan, options.background, None)
        start = time.monotonic()
        with output.progress("measuring") as progress, record_phases() as phases:
            levers = resefa(
                gan,
                codes,
                region,
                background,
                options.space,
                options.layers,
                options.count,
                options.shrinkage,
                options.shrinkage_by,
                options.noise,
                options.mode,
                progress,
                solver=options.solver,
                effort=JacobianOptions(options.strategy, options.precision, memory=memory),
                average_by=options.average_by,
            )
        seconds = time.monotonic() - start
        levers = with_seconds(levers, phases)
        with output.progress("measuring layers") as progress:
            levers = layer_shares(
                gan, codes[:ENOUGH_CODES], levers, noise_mode=options.noise, progress=progress
            ).with_details(levers)
        facts = finish_levers(gan, levers, options, output, codes, region)
        if "halves" in levers.details:
            output.print(agreement(levers.details["halves"]))
        output.print(f"Measured and solved in {seconds:.1f} seconds.")
        return {**facts, "seconds": round(seconds, 3)}

    @staticmethod
    def _bytes(gan: Generator, options: Options) -> int | None:
        """Convert `--memory` to bytes; it must hold some columns of the Jacobian."""
        gigabytes: float | None = options.memory
        if gigabytes is None:
            return None
        if not (math.isfinite(gigabytes) and gigabytes > 0):
            raise PackError(f"--memory is {gigabytes:g}", "a number of gigabytes above 0")
        spec = gan.spec
        space = spec.native_space if options.space is None else LatentSpace.parse(options.space)
        column = 4 * spec.img_channels * spec.img_size[0] * spec.img_size[1]
        least = column * max(2, spec.direction_dim(space) // _PASSES) / 1e9
        if gigabytes < least:
            raise PackError(
                f"--memory is {gigabytes:g} gigabytes, with which the Jacobian of this generator "
                f"in {space.value} would be computed more than {_PASSES} times",
                f"at least {math.ceil(least * 1e5) / 1e5:g}",
            )
        return int(min(gigabytes, 1e9) * 1e9)

    @staticmethod
    def _region(gan: Generator, text: str, mask: Path | None) -> Region:
        """Build a region from text, a picture, or both."""
        painted = None if mask is None else read_mask(mask)
        return region_from_shapes(text, gan.spec.img_size, presets_for(gan.details), painted)


COMMAND = ReSeFa()
