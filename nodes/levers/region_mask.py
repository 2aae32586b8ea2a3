"""RegionMask: the part of the image that a lever may change."""

from __future__ import annotations

import json

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.generators.rendering import render
from ...core.latents.sampling import sample_latents
from ...core.pictures.images import display_scale, enlarged, to_unit_range
from ...core.regions.presets import FACE_PRESETS, Fractions, borrowed_names, presets_for
from ...core.regions.shapes import region_from_shapes
from .. import host
from ..sockets import CATEGORY, GAN, LoadedGAN
from ..widgets import on_node

_DEFAULT_SIZE = (256, 256)
"""Height and width of the mask where nothing is connected; ReSeFa resamples it."""

_NAMES = ", ".join(FACE_PRESETS)


class RegionMask(io.ComfyNode):
    """See `core.region_shapes`; drawn on by `web/region_widget.js`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="RegionMask",
            display_name="Region Mask",
            category=CATEGORY,
            description="Marks a part of the image: draw boxes, ellipses, free shapes and brush "
            "strokes on it, or choose parts of a face. What is marked becomes a mask.",
            is_output_node=True,
            inputs=[
                io.String.Input(
                    "shapes",
                    default='[{"preset": "mouth"}]',
                    multiline=True,
                    tooltip="What is inside; drawing on the picture writes it. Or type: names such "
                    f'as "eyes, mouth", of {_NAMES}; or JSON in fractions of the image: '
                    '[{"box": [top, left, height, width]}, {"ellipse": [centre row, centre column, '
                    'height, width]}, {"polygon": [[row, column], ...]}, {"stroke": [[row, '
                    'column], ...], "width": 0.05}]; add "mode": "subtract" to cut out, '
                    '"feather": 0.05 for a soft edge.',
                ),
                GAN.Input(
                    "gan",
                    optional=True,
                    tooltip="Gives the mask the size of the generator's image, shows an image of "
                    "its own to draw on, and adds the regions that its file names.",
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
            region = region_from_shapes(shapes, size, presets, mask)
            if gan is not None:
                notes.extend(
                    f"The file names no {name}; its place in aligned portraits was taken."
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
            "picture": image is not None and _place(ui.PreviewImage(image[:1, ..., :3])),
            "mask": first is not None and _place(ui.PreviewMask(first)),
            "presets": {name: _short(box) for name, box in presets.items()},
        }
        told = {**on_node(notes), "region": (json.dumps(about),)}
        return io.NodeOutput(host.to_intermediate_device(region.weights), ui=told)


def _place(shown: ui.PreviewImage) -> dict[str, str]:
    """Where the page finds a picture: file name, folder and kind of folder."""
    (place,) = shown.as_dict()["images"]
    return {key: str(place[key]) for key in ("filename", "subfolder", "type")}


def _short(box: Fractions) -> list[float]:
    """A box that is read by people, too."""
    return [round(value, 4) for value in box]
