"""GANCropPhoto: a face cut out of a photograph as a generator expects it."""

from __future__ import annotations

import torch
from comfy_api.latest import io
from torch import Tensor

from ...core.base.errors import PackError, RegionError
from ...core.base.parsing import read_numbers
from ...core.photos.crop import Crop
from ...core.photos.cropping import crop_photo
from ...core.photos.inverter import prepared
from ...core.pictures.images import to_unit_range
from .. import host
from ..inputs import chosen_class, gan_input, report_output
from ..masks import EMPTY, INVERTED
from ..previews import SHOWN, on_node
from ..sockets import CATEGORY, GAN_CROP, LoadedGAN
from .images import box_of_mask, photo_input, read_photos, with_box

_LARGEST = 1_000_000
"""Of numbers of pixels."""

_MOST_WHITE = 0.95
"""Share of the photo above which a mask may be meant the other way round."""

Box = tuple[float, float, float, float]
"""Left, top, width and height in pixels of the photo."""


class GANCropPhoto(io.ComfyNode):
    """Calls `cropping.crop_photo`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANCropPhoto",
            display_name="GAN Crop Photo",
            category=f"{CATEGORY}/photos",
            description="Cuts a face out of a photo as the generator shows faces: from a box that "
            "you draw with Region Mask, from numbers, or from the matrix of an alignment. Several "
            "faces in a photo take several of these nodes.",
            is_output_node=True,
            inputs=[
                gan_input(),
                photo_input("A batch is cut photo by photo, all at the same place."),
                _pixels("x", "Left side of the box in pixels of the photo."),
                _pixels("y", "Top of the box in pixels of the photo."),
                _pixels("width", "Width of the box in pixels. 0 means that no box is given."),
                _pixels("height", "Height of the box in pixels. 0 means that no box is given."),
                io.Boolean.Input(
                    "refine",
                    default=True,
                    tooltip="Whether the box is moved, within a tenth of its size, to where the "
                    "generator draws the photo best; where that is not clearly better it stays. "
                    "Some 190 images are drawn, and the generator is prepared once.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The box is the square round the white of this mask: draw a box on the "
                    "photo with Region Mask, or paint in the mask editor of Load Image. One mask, "
                    "or one per photo. It takes precedence over the numbers.",
                ),
                io.String.Input(
                    "matrix",
                    default="",
                    optional=True,
                    tooltip="Six numbers, the 2 x 3 matrix of any alignment, row by row, from (x, "
                    "y, 1) of the photo to (x, y) of the aligned picture, as warpAffine of OpenCV "
                    "takes it; or nine, of which the last are 0, 0, 1. It takes precedence over "
                    "mask and box. Usually empty.",
                ),
                io.Int.Input(
                    "matrix_size",
                    default=0,
                    min=0,
                    max=65_536,
                    optional=True,
                    tooltip="Side in pixels of the aligned picture that the matrix is for, such "
                    "as 1024; 0 means the size of the generator's images.",
                ),
                io.Int.Input(
                    "class_index",
                    default=-1,
                    min=-1,
                    max=1_000_000,
                    optional=True,
                    tooltip="Class of the photo for refine, for a generator with classes; -1 for "
                    "one without.",
                ),
            ],
            outputs=[
                GAN_CROP.Output(
                    "crop",
                    display_name="crop",
                    tooltip="Where the cut lies in the photo, for GAN Composite Photo.",
                ),
                io.Image.Output(
                    "cut",
                    display_name="cut",
                    tooltip="The face, in the size of the generator's images.",
                ),
                report_output("Which box was used, and how far refining moved it."),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        photo: Tensor,
        x: int,
        y: int,
        width: int,
        height: int,
        refine: bool,
        mask: Tensor | None = None,
        matrix: str = "",
        matrix_size: int = 0,
        class_index: int = -1,
    ) -> io.NodeOutput:
        """Cut the faces out."""
        with host.session(gan, measuring=refine) as work:
            notes = work.notes
            photos = read_photos(photo, notes)
            sizes = (photos.shape[2], photos.shape[3]), work.generator.spec.img_size
            places = _places(matrix, mask, (x, y, width, height), len(photos), sizes, notes)
            label = chosen_class(class_index)
            inverter = None
            if refine and work.generator.spec.c_dim and label is None:
                notes.append(
                    "The box was not refined: the generator has classes, and class_index is -1."
                )
            elif refine:
                inverter = prepared(work.generator, label, host.progress())
            square = (matrix_size, matrix_size) if matrix.strip() and matrix_size else None
            crops = tuple(
                crop_photo(
                    work.generator, one[None], place, inverter, None, square, host.progress()
                )
                for one, place in zip(photos, places, strict=True)
            )
            notes.extend(_report(crops))
            shown = with_box(photos[:SHOWN], crops[:SHOWN])
        cuts = to_unit_range(torch.cat([crop.cut for crop in crops]))
        return io.NodeOutput(
            crops, host.to_intermediate_device(cuts), work.report, ui=on_node(notes, shown)
        )


def _pixels(name: str, tooltip: str) -> io.Int.Input:
    """One number of the box."""
    low = 0 if name in ("width", "height") else -_LARGEST
    return io.Int.Input(name, default=0, min=low, max=_LARGEST, tooltip=tooltip)


def _places(
    matrix: str,
    mask: Tensor | None,
    box: tuple[int, int, int, int],
    count: int,
    sizes: tuple[tuple[int, int], tuple[int, int]],
    notes: list[str],
) -> list[Box | Tensor]:
    """Where the face is in each photo: the matrix, else the mask, else the box, else the middle."""
    drawn = bool(box[2] and box[3])
    if matrix.strip():
        if mask is not None or drawn:
            notes.append("The matrix was used; the mask and the numbers of the box were not.")
        return [_read_matrix(matrix)] * count
    if mask is not None:
        if drawn:
            notes.append("The mask was used; the numbers of the box were not.")
        return _boxes_of_masks(mask, count, sizes[0], notes)
    if drawn:
        return [tuple(float(value) for value in box)] * count
    if box[2] or box[3]:
        raise PackError(
            f"The box is {box[2]} pixels wide and {box[3]} high",
            "both greater than 0, or both 0 for the whole photo",
        )
    (height, width), (rows, columns) = sizes
    pixel = min(height / rows, width / columns)
    wide, high = pixel * columns, pixel * rows
    notes.append(
        f"No box was given: the middle of the photo, {wide:.0f} x {high:.0f} pixels, was taken. "
        "Draw a box round the face with Region Mask and connect it at mask."
    )
    return [((width - wide) / 2, (height - high) / 2, wide, high)] * count


def _read_matrix(text: str) -> Tensor:
    """A matrix `[2, 3]` or `[3, 3]` from numbers, brackets left out."""
    numbers = read_numbers(text.translate(str.maketrans("[](){}", "      ")), "matrix")
    if len(numbers) not in (6, 9):
        raise PackError(
            f"The matrix has {len(numbers)} numbers",
            "six, row by row, such as 0.5, 0, 10, 0, 0.5, 20; or nine, the last of them 0, 0, 1",
        )
    return torch.tensor(numbers, dtype=torch.float64).reshape(-1, 3)


def _boxes_of_masks(mask: Tensor, count: int, size: tuple[int, int], notes: list[str]) -> list[Box]:
    """The box of each photo, round the white of its mask."""
    masks = mask.reshape(-1, *mask.shape[-2:]).float().cpu()
    if len(masks) not in (1, count):
        raise PackError(f"{len(masks)} masks were given for {count} photos", "one, or one for each")
    for number, one in enumerate(masks):
        if not one.any():
            which = f"mask {number}" if len(masks) > 1 else "the mask"
            raise RegionError(
                f"{which} is empty: no pixel is inside",
                "a box round the face",
                f"{EMPTY}, draw a box with Region Mask, or disconnect it for the whole photo",
            )
    height, width = masks.shape[1:]
    if (height, width) != size:
        notes.append(
            f"The mask has {width} x {height} pixels and the photo {size[1]} x {size[0]}: it was "
            "stretched over the photo."
        )
    if float(masks.mean()) > _MOST_WHITE:
        notes.append(f"The mask is white nearly everywhere. {INVERTED}")
    boxes = [box_of_mask(one, size) for one in masks]
    return boxes * (count if len(boxes) == 1 else 1)


def _report(crops: tuple[Crop, ...]) -> list[str]:
    """Where each crop lies, and what was done to it."""
    lines: list[str] = []
    for number, crop in enumerate(crops):
        which = f"Photo {number}: the" if len(crops) > 1 else "The"
        place = crop.placement
        width, height = (place.pixel * side for side in (place.size[1], place.size[0]))
        left, top = place.corners[0].tolist()
        lines.append(
            f"{which} cut is {width:.0f} x {height:.0f} pixels of the photo from ({left:.0f}, "
            f"{top:.0f}), drawn at {place.size[1]} x {place.size[0]}."
        )
        lines.extend(crop.notes)
    return lines
