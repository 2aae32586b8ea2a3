"""GANRender: latent codes to images."""

from __future__ import annotations

from comfy_api.latest import io, ui

from ...core.concepts.conditions import NOISE_MODES
from ...core.concepts.latent_code import LatentCode
from ...core.generators.rendering import render
from ...core.pictures.images import display_scale, enlarged, to_unit_range
from .. import host
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN
from ..widgets import SHOWN, on_node, scale_input


class GANRender(io.ComfyNode):
    """See `core.render`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANRender",
            display_name="GAN Render",
            category=CATEGORY,
            description="Draws the images of latent codes and shows them.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="The generator, from Load GAN."),
                GAN_LATENT.Input("latents", tooltip="The latent codes to draw."),
                io.Combo.Input(
                    "noise",
                    options=list(NOISE_MODES),
                    default="const",
                    tooltip="Fine random detail of StyleGAN: const is the same in every image, "
                    "none leaves it out, random is drawn from each image's seed.",
                ),
                scale_input("the images"),
                # Optional, so that what was saved before they were there still runs.
                io.Float.Input(
                    "rotation",
                    default=0.0,
                    min=-360.0,
                    max=360.0,
                    step=1.0,
                    round=0.01,
                    optional=True,
                    tooltip="StyleGAN3 only: turns what is drawn counterclockwise about the "
                    "centre, in degrees. Other generators take 0 alone.",
                ),
                _translation_input(
                    "translate_x",
                    "StyleGAN3 only: moves what is drawn to the right, in image widths; 0.25 is a "
                    "quarter of the image, negative is to the left.",
                ),
                _translation_input(
                    "translate_y",
                    "StyleGAN3 only: moves what is drawn down, in image widths; negative is up.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "images", display_name="images", tooltip="One image per latent code."
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        latents: LatentCode,
        noise: str,
        scale: int,
        rotation: float = 0.0,
        translate_x: float = 0.0,
        translate_y: float = 0.0,
    ) -> io.NodeOutput:
        """Draw the images."""
        with host.session(gan) as work:
            drawn = render(
                work.generator,
                latents,
                noise,
                host.progress(),
                rotation=rotation,
                translation=(translate_x, translate_y),
            )
            factor = scale or display_scale(work.generator.spec.img_size)
            images = to_unit_range(enlarged(drawn, factor))
            shown = ui.PreviewImage(images[:SHOWN])
        return io.NodeOutput(host.to_intermediate_device(images), ui=on_node(work.notes, shown))


def _translation_input(name: str, tooltip: str) -> io.Float.Input:
    """How far what is drawn is moved along one axis."""
    return io.Float.Input(
        name,
        default=0.0,
        min=-2.0,
        max=2.0,
        step=0.01,
        round=0.0001,
        optional=True,
        tooltip=tooltip,
    )
