"""`resefa`: levers of a region."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import click

from ...base.errors import PackError
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
from ...regions.presets import borrowed_names, presets_for
from ...regions.shapes import region_from_shapes
from ..command import AbstractCommand, Options, Talk
from ..options import draw_codes, generator_parameters, open_generator
from ..pictures import read_mask
from ..search import finish_levers, search_parameters


class ReSeFa(AbstractCommand):
    """See `factorization.resefa`."""

    example = "latent-levers resefa portraits --region mouth --seeds 0-7 --out out/mouth"

    def parameters(self) -> list[click.Parameter]:
        """A generator, a region, seeds, a file."""
        return [
            *generator_parameters(),
            click.Option(
                ["--region"],
                default="",
                help='a part such as mouth, several as "mouth,nose", or shapes such as '
                "'[{\"box\": [0.6, 0.3, 0.2, 0.4]}]': top, left, height, width as fractions",
            ),
            click.Option(
                ["--mask"],
                type=click.Path(path_type=Path),
                help="a picture instead of or besides: white inside, black outside",
            ),
            click.Option(["--background"], help="what shall stay; default all but the region"),
            click.Option(
                ["--space"],
                type=click.Choice([space.value for space in LatentSpace]),
                help="default the generator's own",
            ),
            click.Option(["--layers"], help='layers displaced, such as "0-3"; default all'),
            click.Option(["--shrinkage"], type=float, default=1e-3, help="tau; default 0.001"),
            click.Option(["--shrinkage-by"], type=click.Choice(SHRINKAGES), default=SHRINKAGES[0]),
            click.Option(
                ["--mode"],
                type=click.Choice(MODES),
                default=MODES[0],
                help='"paper" does what the published code does above 256 pixels',
            ),
            click.Option(
                ["--average-by"],
                type=click.Choice(AVERAGES),
                default=AVERAGES[0],
                help="what has equal weight over several seeds: every pixel (rows), or every image "
                "however much it moves (trace); default rows",
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
                help="float32, the default, is exact; fast corrects bfloat16 directions with exact "
                "products; tf32 (CUDA) and bfloat16 stay approximate",
            ),
            click.Option(
                ["--memory"],
                type=float,
                metavar="GB",
                help="room for the Jacobian; less takes longer and finds the same; default half of "
                "what is free",
            ),
            *search_parameters("out/resefa.safetensors", "0-7"),
        ]

    def run(self, options: Options, talk: Talk) -> dict[str, Any]:
        """Measure, find and save."""
        memory = self._bytes(options.memory)
        gan = open_generator(options)
        codes = draw_codes(gan, options)
        region = self._region(gan, options.region, options.mask)
        for name in borrowed_names(options.region, gan.details):
            talk.say(f"note: the file names no {name}; its place in aligned portraits was taken")
        background = None
        if options.background is not None:
            background = self._region(gan, options.background, None)
        begun = time.monotonic()
        with talk.bar("measuring") as bar:
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
                bar,
                solver=options.solver,
                effort=JacobianOptions(options.strategy, options.precision, memory=memory),
                average_by=options.average_by,
            )
        seconds = time.monotonic() - begun
        with talk.bar("looking at layers") as bar:
            levers = layer_shares(
                gan, codes[:ENOUGH_CODES], levers, noise_mode=options.noise, progress=bar
            ).with_details(levers)
        facts = finish_levers(gan, levers, options, talk, codes, region)
        if "halves" in levers.details:
            talk.say(agreement(levers.details["halves"]))
        talk.say(f"Measured and solved in {seconds:.1f} seconds.")
        return {**facts, "seconds": round(seconds, 3)}

    @staticmethod
    def _bytes(gigabytes: float | None) -> int | None:
        """A budget as it was typed, in bytes."""
        if gigabytes is None:
            return None
        if not (math.isfinite(gigabytes) and gigabytes > 0):
            raise PackError(f"--memory is {gigabytes:g}", "a number of gigabytes above 0")
        return int(gigabytes * 1e9)

    @staticmethod
    def _region(gan: Generator, text: str, mask: Path | None) -> Region:
        """A region as it was typed or painted."""
        painted = None if mask is None else read_mask(mask)
        return region_from_shapes(text, gan.spec.img_size, presets_for(gan.details), painted)


COMMAND = ReSeFa()
