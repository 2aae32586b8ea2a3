"""`edit --onto`: a lever pulled on the faces of a photograph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..base.errors import PackError
from ..base.parsing import read_indices, read_numbers
from ..batch.rendering.held_region import Hold
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, concatenate
from ..concepts.region import Region
from ..edits.variations import Variation, apply_variations, plan_variations, signed
from ..generators.rendering import render
from ..photos.composite import composite
from ..photos.crop import Crop
from ..photos.cropping import crop_photo
from ..photos.focus import focus_on
from ..photos.inversion import invert
from ..photos.photo_input import drawn_channels
from ..pictures.images import to_bytes
from ..pictures.picture_files import read_mask, read_picture
from ..regions.presets import presets_for
from ..regions.shapes import region_from_shapes
from .codes import CodeSource
from .command import Options, Output
from .facts import pulled_facts
from .holding import print_hold
from .inverters import open_inverter
from .onto_options import read_box, read_matrix
from .options import pull_options

_SPACE = "W+"
"""Where faces are searched for; layers of their own bring composites nearer to a true edit than W
(28.4 dB against 28.1 on 48 renders)."""

_FAR = 40.0
"""Grey levels above which a composite is doubted."""


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
    faces = _faces(gan, photo, region, options, output)
    _compare(faces, region, output)
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
        print_hold(hold, output)
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


def _faces(
    gan: Generator, photo: Tensor, region: Region, options: Options, output: Output
) -> _Faces:
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
    inverter = open_inverter(gan, options, output)
    refine = not options.no_refine and not whole and inverter is not None
    crops, found = [], []
    for place in places:
        with output.progress("cropping") as progress:
            crops.append(crop_photo(gan, photo, place, inverter, refine, progress=progress))
    _say(crops, output)
    images: list[Tensor] = []
    for number, crop in enumerate(crops):
        with output.progress("finding the face") as progress:
            inversion = invert(
                gan,
                crop.cut,
                _SPACE,
                mask=focus_on(region.weights[0]),
                inverter=inverter,
                progress=progress,
            )
        found.append(inversion.codes)
        images.append(inversion.reconstruction)
        output.print(f"Face {number + 1}: {inversion.report(gan)[0]}")
    return _Faces(crops, concatenate(found), torch.cat(images))


def _compare(faces: _Faces, region: Region, output: Output) -> None:
    """Print how far the generator's picture is from each face within the region."""
    inside = region.weights[:1, None]
    for row, crop in enumerate(faces.crops):
        rest = (drawn_channels(faces.before[row : row + 1]).clamp(-1, 1) - crop.cut) * inside
        share = float(inside.mean()) * rest[0].numel()
        levels = 127.5 * float(rest.square().sum() / share) ** 0.5
        text = f"Face {row + 1}: within the region the generator's picture is {levels:.0f} grey "
        text += "levels (root mean square) from the photo"
        if levels > _FAR:
            text += (
                "; parts may lie elsewhere in it, and show through. Another box, or a generator "
                "of such photos, helps"
            )
        output.print(f"{text}.")


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
