"""`resefa`: levers of a region."""

from __future__ import annotations

import math
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

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
from ...levers.layer_shares import FEW, layer_shares
from ...regions.presets import borrowed_names, presets_for
from ...regions.shapes import region_from_shapes
from ..command import AbstractCommand, Talk
from ..options import add_finding, add_generator, draw_codes, finish_levers, open_generator
from ..pictures import read_mask


class ReSeFa(AbstractCommand):
    """See `factorization.resefa`."""

    id = "resefa"
    summary = "Find levers that change a region and leave the rest (ReSeFa)."
    example = "latent-levers resefa portraits --region mouth --seeds 0-7 --out out/mouth"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """A generator, a region, seeds, a file."""
        add_generator(parser)
        parser.add_argument(
            "--region", default="",
            help='a part such as mouth, several as "mouth,nose", or shapes such as '
            "'[{\"box\": [0.6, 0.3, 0.2, 0.4]}]': top, left, height, width as fractions",
        )  # fmt: skip
        parser.add_argument(
            "--mask", type=Path, help="a picture instead of or besides: white inside, black outside"
        )
        parser.add_argument("--background", help="what shall stay; default all but the region")
        parser.add_argument(
            "--space",
            choices=[space.value for space in LatentSpace],
            help="default the generator's own",
        )
        parser.add_argument("--layers", help='layers displaced, such as "0-3"; default all')
        parser.add_argument("--shrinkage", type=float, default=1e-3, help="tau; default 0.001")
        parser.add_argument("--shrinkage-by", choices=SHRINKAGES, default=SHRINKAGES[0])
        parser.add_argument(
            "--mode", choices=MODES, default=MODES[0],
            help='"paper" does what the published code does above 256 pixels',
        )  # fmt: skip
        parser.add_argument(
            "--average-by", choices=AVERAGES, default=AVERAGES[0],
            help="what counts alike over several seeds: every pixel (rows), or every image however "
            "much it moves (trace); default rows",
        )  # fmt: skip
        parser.add_argument(
            "--strategy", choices=JACOBIANS.ids,
            help="how the Jacobian is computed; default linearised, or reverse for tiny regions",
        )  # fmt: skip
        parser.add_argument(
            "--precision", choices=PRECISIONS.ids, default=PRECISIONS.ids[0],
            help="float32, the default, is exact; fast corrects directions of bfloat16 with exact "
            "products; tf32 (CUDA) and bfloat16 stay approximate",
        )  # fmt: skip
        parser.add_argument(
            "--memory", type=float, metavar="GB",
            help="room for the Jacobian; less takes longer and finds the same; default half of "
            "what is free",
        )  # fmt: skip
        add_finding(parser, "out/resefa.safetensors", "0-7")

    def run(self, options: Namespace, talk: Talk) -> dict[str, Any]:
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
                gan, codes[:FEW], levers, noise_mode=options.noise, progress=bar
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
