"""Options of the commands that find levers of a region, and what all of these commands do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..base.errors import PackError
from ..base.phases import record_phases
from ..base.precision import PRECISIONS
from ..base.progress import Progress
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, parse_layers
from ..concepts.region import Region
from ..jacobians.cost import jacobian_cost
from ..jacobians.options import MODES, JacobianOptions
from ..jacobians.strategies import JACOBIANS
from ..levers.grams.averaging import agreement
from ..levers.grams.gram_sum import AVERAGES
from ..levers.layer_shares import ENOUGH_CODES, layer_shares
from ..levers.solution_directions import with_seconds
from ..pictures.picture_files import read_mask
from ..regions.presets import borrowed_names, presets_for
from ..regions.shapes import region_from_shapes
from .codes import draw_codes
from .command import Options, Output
from .options import open_generator
from .search import finish_levers

_PASSES = 64
"""Most times that all columns of a Jacobian are computed again for want of memory."""


def region_parameters() -> list[click.Parameter]:
    """Declare the options that specify the region and the background.

    Returns:
        The options.
    """
    return [
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
    ]


def space_parameters() -> list[click.Parameter]:
    """Declare the options of the space and of the layers.

    Returns:
        The options.
    """
    return [
        click.Option(
            ["--space"],
            type=click.Choice([space.value for space in LatentSpace]),
            help="latent space of the levers; default W, or Z without a mapping network",
        ),
        layers_parameter(),
    ]


def layers_parameter() -> click.Parameter:
    """Declare the option of the layers.

    Returns:
        The option.
    """
    return click.Option(
        ["--layers"], help="layers that the levers change, such as 0-3; default all"
    )


def mode_parameter() -> click.Parameter:
    """Declare the option of what is differentiated.

    Returns:
        The option.
    """
    return click.Option(
        ["--mode"],
        type=click.Choice(MODES),
        default=MODES[0],
        help="exact, or as the published code above 256 pixels (paper); default exact",
    )


def jacobian_parameters(corrected: bool = True) -> list[click.Parameter]:
    """Declare the options of averages and of the computation of Jacobians.

    Args:
        corrected: Whether the command corrects levers of precision "fast".

    Returns:
        The options.
    """
    precisions = (
        "float32 is exact; fast takes the quickest way on this device that ends within 1e-3 of "
        "exact levers; tf32 (CUDA), bfloat16 and float16 are approximate; default float32"
        if corrected
        else "float32 is exact; fast takes the type that is quickest on this device, without "
        "corrections; the others are approximate; default float32"
    )
    return [
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
            help=precisions,
        ),
        click.Option(
            ["--memory"],
            type=float,
            metavar="GB",
            help="memory for the Jacobian in gigabytes; less is slower, with the same levers; "
            "default half of the free memory",
        ),
    ]


@dataclass(frozen=True)
class RegionSearch:
    """What all commands of a region read from their options before they search."""

    gan: Generator
    """The generator."""
    codes: LatentCode
    """The codes of the seeds."""
    region: Region
    """Where the image shall change."""
    background: Region | None
    """Where it shall not change; none means all else."""
    effort: JacobianOptions
    """How Jacobians are computed."""

    @classmethod
    def of(
        cls,
        options: Options,
        output: Output,
        space_of: Callable[[Generator], LatentSpace],
        *,
        columns: bool = True,
        announces: bool = False,
    ) -> RegionSearch:
        """Read the options, and print notes about the region and the cost of the space.

        Args:
            options: Parsed options of the functions above.
            output: Output of the command.
            space_of: From the generator to the space of the levers.
            columns: Whether columns of the Jacobian may be computed, which need memory.
            announces: Whether the method says itself what it will take.

        Returns:
            What they specify.

        Raises:
            PackError: Something cannot be read or does not fit.
        """
        gan = open_generator(options)
        space = space_of(gan)
        memory = _bytes(gan, options.memory, space if columns else None)
        codes = draw_codes(gan, options)
        region = _region(gan, options.region, options.mask)
        for name in borrowed_names(options.region, gan.details):
            output.print(
                f"note: the file defines no {name}; its place in aligned portraits was used"
            )
        text: str | None = options.background
        background = None if text is None else _region(gan, text, None)
        if not announces and (space.is_plus or space is LatentSpace.S):
            layers = options.layers
            chosen = None if layers is None else parse_layers(layers, gan.spec.num_ws)
            output.print(jacobian_cost(gan, space, chosen).sentence)
        effort = JacobianOptions(options.strategy, options.precision, memory=memory)
        return cls(gan, codes, region, background, effort)

    def run(
        self, options: Options, output: Output, find: Callable[[Progress], Directions]
    ) -> dict[str, Any]:
        """Search, measure the layers of the levers, save them and print a table.

        Args:
            options: Parsed options, those of `search` among them.
            output: Output of the command.
            find: Finds the levers; called with a progress callback.

        Returns:
            The object that `--json` prints.
        """
        start = time.monotonic()
        with output.progress("measuring") as progress, record_phases() as phases:
            levers = find(progress)
        levers = with_seconds(levers, phases)
        seconds = time.monotonic() - start
        gan, codes = self.gan, self.codes
        with output.progress("measuring layers") as progress:
            levers = layer_shares(
                gan, codes[:ENOUGH_CODES], levers, noise_mode=options.noise, progress=progress
            ).with_details(levers)
        facts = finish_levers(gan, levers, options, output, codes, self.region)
        if "halves" in levers.details:
            output.print(agreement(levers.details["halves"]))
        output.print(f"Measured and solved in {seconds:.1f} seconds.")
        return {**facts, "seconds": round(seconds, 3)}


def _bytes(gan: Generator, gigabytes: float | None, space: LatentSpace | None) -> int | None:
    """Convert `--memory` to bytes; it must hold some columns of the Jacobian in a space, if any."""
    if gigabytes is None:
        return None
    if not (math.isfinite(gigabytes) and gigabytes > 0):
        raise PackError(f"--memory is {gigabytes:g}", "a number of gigabytes above 0")
    if space is not None:
        _require_columns(gan, gigabytes, space)
    return int(min(gigabytes, 1e9) * 1e9)


def _require_columns(gan: Generator, gigabytes: float, space: LatentSpace) -> None:
    """Raise where columns would be computed too often for want of memory."""
    spec = gan.spec
    column = 4 * spec.img_channels * spec.img_size[0] * spec.img_size[1]
    least = column * max(2, spec.direction_dim(space) // _PASSES) / 1e9
    if gigabytes < least:
        raise PackError(
            f"--memory is {gigabytes:g} gigabytes, with which the Jacobian of this generator "
            f"in {space.value} would be computed more than {_PASSES} times",
            f"at least {math.ceil(least * 1e5) / 1e5:g}",
            "Leave out --memory, or choose a space of fewer dimensions; in W+ and S also "
            "resefa --solver davidson, which computes no columns",
        )


def _region(gan: Generator, text: str, mask: Path | None) -> Region:
    """Build a region from text, a picture, or both."""
    painted = None if mask is None else read_mask(mask)
    return region_from_shapes(text, gan.spec.img_size, presets_for(gan.details), painted)
