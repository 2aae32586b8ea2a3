"""RegionMask: the part of the image that a lever may change."""

from __future__ import annotations

from comfy_api.latest import io, ui
from torch import Tensor

from ..core.images import display_scale, enlarged, to_unit_range
from ..core.named_regions import FACE_PRESETS, borrowed_names, presets_for
from ..core.overlays import highlight
from ..core.region_shapes import region_from_shapes
from ..core.rendering import render
from ..core.sampling import sample_latents
from . import host
from .sockets import CATEGORY, GAN, LoadedGAN
from .widgets import SHOWN, on_node

_DEFAULT_SIZE = (256, 256)
"""Height and width of the mask where nothing is connected; ReSeFa resamples it."""

_NAMES = ", ".join(FACE_PRESETS)


class RegionMask(io.ComfyNode):
    """See `core.region_shapes`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="RegionMask",
            display_name="Region Mask",
            category=CATEGORY,
            description="Marks a part of the image with boxes, ellipses or named parts of a face, "
            "and shows it. What is marked becomes a mask.",
            is_output_node=True,
            inputs=[
                io.String.Input(
                    "shapes",
                    default='[{"preset": "mouth"}]',
                    multiline=True,
                    tooltip=f'What is inside. Names such as "eyes, mouth", of {_NAMES}. Or JSON in '
                    'fractions of the image: [{"box": [top, left, height, width]}, {"ellipse": '
                    '[centre row, centre column, height, width]}]; add "mode": "subtract" to cut '
                    'out, "feather": 0.05 for a soft edge.',
                ),
                GAN.Input(
                    "gan",
                    optional=True,
                    tooltip="Gives the mask the size of the generator's image, shows the region on "
                    "an image of its own, and adds the regions that its file names.",
                ),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The image to show the region on, such as from GAN Render. Without a "
                    "generator it also gives the size.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="Any mask, painted or segmented: it joins the shapes (what is in "
                    "either is inside). Clear the shapes to use it alone.",
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
        with host.plainly() as notes:
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
        if image is None:
            shown = ui.PreviewMask(region.weights[:SHOWN])
        else:
            shown = ui.PreviewImage(highlight(image[:SHOWN, ..., :3], region)[:SHOWN])
        return io.NodeOutput(host.hand_out(region.weights), ui=on_node(notes, shown))
