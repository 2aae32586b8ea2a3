"""RegionMask: the part of the image that levers shall change."""

from __future__ import annotations

import json

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.base.errors import RegionError
from ...core.generators.rendering import render
from ...core.latents.sampling import sample_latents
from ...core.pictures.images import display_scale, enlarged, to_unit_range
from ...core.regions.presets import FACE_PRESETS, Fractions, borrowed_names, presets_for
from ...core.regions.shapes import region_from_shapes
from .. import host
from ..masks import EMPTY, notes_on
from ..previews import on_node
from ..sockets import CATEGORY, GAN, LoadedGAN

_DEFAULT_SIZE = (256, 256)
"""Height and width of the mask if nothing is connected; ReSeFa resamples it."""

_NAMES = ", ".join(FACE_PRESETS)


class RegionMask(io.ComfyNode):
    """Calls `shapes.region_from_shapes`; the page draws with `web/region_widget.js`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="RegionMask",
            display_name="Region Mask",
            category=f"{CATEGORY}/levers",
            description="Selects a part of the image: draw boxes, ellipses, free shapes and brush "
            "strokes on it, or choose parts of a face, such as the mouth. The selection becomes a "
            "mask.",
            is_output_node=True,
            inputs=[
                io.String.Input(
                    "shapes",
                    default='[{"preset": "mouth"}]',
                    multiline=True,
                    tooltip="The shapes; drawing on the picture writes them. Or type: names such "
                    f'as "eyes, mouth", of {_NAMES}; or JSON in fractions of the image: '
                    '[{"box": [top, left, height, width]}, {"ellipse": [centre row, centre column, '
                    'height, width]}, {"polygon": [[row, column], ...]}, {"stroke": [[row, '
                    'column], ...], "width": 0.05}]; add "mode": "subtract" to cut out, '
                    '"feather": 0.05 for a soft edge.',
                ),
                GAN.Input(
                    "gan",
                    optional=True,
                    tooltip="The generator: the mask gets the size of its images, one of them is "
                    "shown to draw on, and the regions that its file names are added.",
                ),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The image to draw on, such as from GAN Render. Without a "
                    "generator it also gives the size.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="Any mask, painted or segmented: the shapes are added to it, or cut "
                    "out of it. Clear the shapes to use it alone.",
                ),
            ],
            outputs=[
                io.Mask.Output("region", display_name="mask", tooltip="White inside the region."),
            ],
        )

    @classmethod
    def execute(
        cls,
        shapes: str,
        gan: LoadedGAN | None = None,
        image: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> io.NodeOutput:
        """Draw the region."""
        with host.collect_notes() as notes:
            if gan is not None:
                size = gan.generator.spec.img_size
            elif image is not None:
                size = (image.shape[1], image.shape[2])
            else:
                size = _DEFAULT_SIZE if mask is None else (mask.shape[-2], mask.shape[-1])
            presets = presets_for({} if gan is None else gan.generator.details)
            try:
                region = region_from_shapes(shapes, size, presets, mask)
            except RegionError as error:
                if mask is None or mask.any():
                    raise
                raise error.advised(EMPTY) from None
            notes.append(f"The region covers {region.coverage}.")
            notes.extend(() if mask is None else notes_on(mask))
            if gan is not None:
                notes.extend(
                    f"The file names no {name}; its position in aligned portraits was used."
                    for name in borrowed_names(shapes, gan.generator.details)
                )
            if mask is not None and tuple(mask.shape[-2:]) != size:
                before = f"{mask.shape[-1]} x {mask.shape[-2]}"
                notes.append(
                    f"The mask was resampled from {before} to {size[1]} x {size[0]} pixels."
                )
        if image is None and gan is not None:
            with host.session(gan) as work:
                label = 0 if gan.generator.spec.c_dim else None
                codes = sample_latents(work.generator, 1, 0, 0.7, labels=label)
                image = to_unit_range(enlarged(render(work.generator, codes), display_scale(size)))
        first = None if mask is None else mask.reshape(-1, *mask.shape[-2:])[:1]
        about = {
            "size": size,
            "picture": image is not None and _place(ui.PreviewImage(_colours(image[:1]))),
            "mask": first is not None and _place(ui.PreviewMask(first)),
            "presets": {name: _short(box) for name, box in presets.items()},
        }
        data = {**on_node(notes), "region": (json.dumps(about),)}
        return io.NodeOutput(host.to_intermediate_device(region.weights), ui=data)


def _colours(image: Tensor) -> Tensor:
    """An image `[1, H, W, C]` with three channels."""
    return image[..., :3] if image.shape[3] >= 3 else image[..., :1].expand(-1, -1, -1, 3)


def _place(shown: ui.PreviewImage) -> dict[str, str]:
    """Where the page loads a picture from: file name, folder and type of folder."""
    (place,) = shown.as_dict()["images"]
    return {key: str(place[key]) for key in ("filename", "subfolder", "type")}


def _short(box: Fractions) -> list[float]:
    """A box with few digits, since users also read it."""
    return [round(value, 4) for value in box]
