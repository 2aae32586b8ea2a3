"""The options of `edit --onto`: a lever pulled on the faces of a photograph."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from torch import Tensor

from ..base.errors import PackError
from ..base.parsing import read_indices, read_numbers
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, concatenate
from ..concepts.region import Region
from ..edits.variations import Variation, apply_variations, plan_variations, signed
from ..generators.rendering import render
from ..photos.blending import MODES
from ..photos.composite import composite
from ..photos.crop import Crop
from ..photos.cropping import crop_photo
from ..photos.inversion import invert
from ..photos.inverter import prepare_inversion
from ..pictures.images import to_bytes
from ..regions.presets import presets_for
from ..regions.shapes import region_from_shapes
from .codes import CodeSource
from .command import Options, Output
from .facts import pulled_facts
from .holding import Hold
from .options import pull_options
from .pictures import read_mask, read_picture

_SPACE = "W+"
"""Where faces are searched for; layers of their own bring composites nearer to a true edit than W
(28.4 dB against 28.1 on 48 renders)."""

NUMBERS = re.compile(
    r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)\w*", re.IGNORECASE
)
"""Numbers in a text file of a matrix."""

_LONGEST_MATRIX = 10_000
"""Most bytes of a file of a matrix."""

_ONLY_WITH = ("region", "mask", "box", "matrix", "blend", "no_refine")
"""Options that say nothing without `--onto`."""


def onto_parameters() -> list[click.Parameter]:
    """Declare `--onto` and what belongs to it.

    Returns:
        The options.
    """
    return [
        click.Option(
            ["--onto"],
            type=click.Path(path_type=Path),
            metavar="PHOTO",
            help="photo whose face is edited in place of seeds; it is written at its own size, and "
            "only the region changes",
        ),
        click.Option(
            ["--region"],
            default="",
            help="with --onto, where the photo may change: parts such as mouth, or shapes",
        ),
        click.Option(
            ["--mask"],
            type=click.Path(path_type=Path),
            help="with --onto, a picture of the region in the face as the generator sees it: white "
            "inside, black outside",
        ),
        click.Option(
            ["--box"],
            multiple=True,
            metavar="X,Y,W,H",
            help="with --onto, a rough box around a face in pixels of the photo: left, top, width, "
            "height; repeat it for several faces; default the whole photo",
        ),
        click.Option(
            ["--matrix"],
            multiple=True,
            type=click.Path(path_type=Path),
            help="with --onto, a file of a 2x3 matrix of any alignment in place of a box (.npy or "
            "text): x, y of the photo to x, y of the generator's picture, as cv2.warpAffine takes it",
        ),
        click.Option(
            ["--blend"],
            type=click.Choice(MODES),
            default=MODES[0],
            help="with --onto, what the photo gets: fill (the change, with what the photo shows "
            "beside it), difference (the change alone) or paste (the generator's picture); "
            f"default {MODES[0]}",
        ),
        click.Option(
            ["--no-refine"],
            is_flag=True,
            help="with --onto, take the box or matrix as it is; otherwise it is moved to where the "
            "generator draws the face best, unless --latents gives the face",
        ),
    ]


def check_onto(options: Options) -> None:
    """Refuse options that contradict each other.

    Args:
        options: Parsed options of `edit`.

    Raises:
        PackError: Something was given without, or beside, `--onto`.
    """
    if options.onto is None:
        default = {"region": "", "box": (), "matrix": (), "blend": MODES[0], "no_refine": False}
        given = [name for name in _ONLY_WITH if getattr(options, name) != default.get(name)]
        if given:
            name = given[0].replace("_", "-")
            raise PackError(f"--{name} was given without --onto", "both, or neither")
        return
    context = click.get_current_context(silent=True)
    typed = click.core.ParameterSource.COMMANDLINE
    for name in ("seeds", "composite", "rotate", "shift", "scale", "columns"):
        if context is not None and context.get_parameter_source(name) is typed:
            raise PackError(f"--{name} and --onto were given", "one of them")
    if options.box and options.matrix:
        raise PackError("--box and --matrix were given", "one of them")


@dataclass(frozen=True)
class _Faces:
    """The faces of a photo."""

    crops: list[Crop]
    """Where each lies."""
    codes: LatentCode
    """What each is for the generator, one code per crop."""
    before: Tensor
    """`[N, C, h, w]`, the images of the codes."""


def edit_onto(
    gan: Generator, levers: Directions, hold: Hold | None, options: Options, output: Output
) -> dict[str, Any]:
    """Pull each lever at each strength on all faces of a photo, and write the photo.

    Args:
        gan: The generator.
        levers: The directions.
        hold: What a pull must leave as it is, if anything.
        options: Parsed options of `edit`.
        output: Output of the command.

    Returns:
        The object that `--json` prints.

    Raises:
        PackError: The photo, a box, a matrix or the codes cannot be used.
        RegionError: The region cannot be read.
    """
    photo = read_picture(options.onto)
    region = _region(gan, options)
    indices, strengths = read_indices(options.indices, len(levers)), read_numbers(options.strengths)
    faces = _faces(gan, photo, options, output)
    plan = plan_variations([None] * len(faces.crops), levers, indices, strengths)
    pull = pull_options(gan, options, None if hold is None else hold.request)
    told: list[dict[str, Any]] = []
    with output.progress("compositing") as progress:
        total = len(indices) * len(strengths)
        for number, pulled in enumerate(_grouped(plan)):
            after = render(gan, apply_variations(faces.codes, levers, pulled, pull), options.noise)
            edited = photo
            for row, crop in enumerate(faces.crops):
                each = slice(row, row + 1)
                images = faces.before[each], after[each]
                edited = composite(edited, *images, region, options.blend, crop=crop)
            ((index, strength),) = pulled[0].pulls
            path = options.out / f"{options.onto.stem}_lever{index}_{signed(strength)}.png"
            facts = {
                **pulled_facts(gan, levers, pulled[0], options),
                **_facts(options, region),
            }
            output.save_picture(path, to_bytes(edited)[0], facts)
            told.append({**facts, "strength": strength, "file": str(path)})
            progress(number + 1, total)
    if hold is not None:
        hold.report(output)
    crops = [
        {"corners": [[round(v, 2) for v in point] for point in crop.corners.tolist()]}
        for crop in faces.crops
    ]
    return {"images": told, "crops": crops}


def _grouped(plan: list[Variation]) -> list[list[Variation]]:
    """The edits of all faces with the same lever and strength together, in order."""
    groups: dict[tuple[tuple[int, float], ...], list[Variation]] = {}
    for variation in plan:
        groups.setdefault(variation.pulls, []).append(variation)
    return list(groups.values())


def _facts(options: Options, region: Region) -> dict[str, Any]:
    """What made the photo, for its text chunks; codes of seeds have no part in it."""
    places = {"box": "; ".join(options.box), "matrix": ", ".join(p.name for p in options.matrix)}
    return {
        "caption": None,
        "truncation": None,
        "label": None,
        "onto": options.onto.name,
        "region": region.name,
        "blend": options.blend,
        **{name: text for name, text in places.items() if text},
    }


def _region(gan: Generator, options: Options) -> Region:
    """Where the photo may change."""
    if not options.region and options.mask is None:
        raise PackError(
            "--onto was given without a region",
            "--region, such as mouth, or --mask: the rest of the photo stays as it is",
        )
    painted = None if options.mask is None else read_mask(options.mask)
    return region_from_shapes(options.region, gan.spec.img_size, presets_for(gan.details), painted)


def _faces(gan: Generator, photo: Tensor, options: Options, output: Output) -> _Faces:
    """Crop all faces and find their codes, or take those of `--latents`."""
    rows, columns = photo.shape[2], photo.shape[3]
    places: list[Any] = [read_box(text) for text in options.box]
    places += [read_matrix(path) for path in options.matrix]
    whole = not places
    if whole:
        _check_whole(gan, photo)
        places = [[0.0, 0.0, float(columns), float(rows)]]
    if options.latents is not None:
        codes = CodeSource.of(gan, options).draw()
        if len(codes) != len(places):
            raise PackError(
                f"--latents holds {len(codes)} codes, and {len(places)} faces were given",
                "a code for each box or matrix",
            )
        crops = [crop_photo(gan, photo, place) for place in places]
        _say(crops, output)
        return _Faces(crops, codes, render(gan, codes, options.noise))
    with output.progress("preparing") as progress:
        inverter = prepare_inversion(gan, label=options.label, progress=progress)
    refine = not options.no_refine and not whole
    crops, found = [], []
    for place in places:
        with output.progress("cropping") as progress:
            crops.append(crop_photo(gan, photo, place, inverter, refine, progress=progress))
    _say(crops, output)
    images: list[Tensor] = []
    for number, crop in enumerate(crops):
        with output.progress("finding the face") as progress:
            inversion = invert(gan, crop.cut, _SPACE, inverter=inverter, progress=progress)
        found.append(inversion.codes)
        images.append(inversion.reconstruction)
        output.print(f"Face {number + 1}: {inversion.report(gan)[0]}")
    return _Faces(crops, concatenate(found), torch.cat(images))


def _check_whole(gan: Generator, photo: Tensor) -> None:
    """Refuse a photo of other proportions without a box."""
    (rows, columns), (height, width) = photo.shape[2:], gan.spec.img_size
    if abs(rows * width - columns * height) > max(rows, columns, height, width):
        raise PackError(
            f"The photo is {columns}x{rows} pixels, and neither --box nor --matrix was given",
            f"the proportions of the generator's picture, {width}x{height}",
            "Give a rough box around the face, such as --box 200,100,400,400",
        )


def _say(crops: list[Crop], output: Output) -> None:
    """Print what cropping assumed and found."""
    for number, crop in enumerate(crops):
        for note in crop.notes:
            output.print(f"Face {number + 1}: {note}")


def read_box(text: str) -> list[float]:
    """Read `--box`.

    Args:
        text: Four numbers, separated by commas.

    Returns:
        Left, top, width and height.

    Raises:
        PackError: It is something else.
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4:
        raise PackError(
            f"--box is {text!r}", "left, top, width and height in pixels, such as 200,100,400,400"
        )
    return numbers


def read_matrix(path: Path) -> Tensor:
    """Read `--matrix`.

    Args:
        path: A `.npy`, or text or JSON with six numbers (or nine, whose last row is 0 0 1).

    Returns:
        `[2, 3]` or `[3, 3]` float64.

    Raises:
        PackError: There is no such file, or it holds something else.
    """
    expected = "a 2x3 matrix: a .npy, or a text of six numbers, row by row"
    if not path.is_file():
        raise PackError(f"There is no file {str(path)!r}", expected)
    if path.stat().st_size > _LONGEST_MATRIX:
        raise PackError(f"{path.name!r} has {path.stat().st_size:,} bytes", expected)
    try:
        if path.suffix.lower() == ".npy":
            values = np.load(path, allow_pickle=False).astype(np.float64)
        else:
            text = path.read_text(encoding="utf-8")
            values = np.array([float(number) for number in NUMBERS.findall(text)])
    except (OSError, ValueError, TypeError, EOFError) as error:
        raise PackError(f"{path.name!r} cannot be read ({error})", expected) from None
    if values.size not in (6, 9):
        raise PackError(f"{path.name!r} holds {values.size} numbers", expected)
    return torch.from_numpy(values.reshape(-1, 3).copy())
