"""GANRender: latent codes to images."""

from __future__ import annotations

from comfy_api.latest import io, ui

from ...core.concepts.conditions import NOISE_MODES
from ...core.concepts.latent_code import LatentCode
from ...core.generators.rendering import render
from ...core.pictures.images import display_scale, enlarged, to_unit_range
from .. import host
from ..inputs import gan_input, scale_input, transparency_output
from ..previews import SHOWN, channel_notes, image_outputs, on_node
from ..sockets import CATEGORY, GAN_LATENT, LoadedGAN


class GANRender(io.ComfyNode):
    """Calls `rendering.render`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANRender",
            display_name="GAN Render",
            category=f"{CATEGORY}/show",
            description="Renders latent codes as images and shows them.",
            is_output_node=True,
            inputs=[
                gan_input(),
                GAN_LATENT.Input("latents", tooltip="The latent codes to render."),
                io.Combo.Input(
                    "noise",
                    options=list(NOISE_MODES),
                    default="const",
                    tooltip="Fine random detail of StyleGAN. const: the same in every image. none: "
                    "no noise. random: from each image's seed.",
                ),
                scale_input("the images"),
                # Optional, so that workflows saved by older versions still run.
                io.Float.Input(
                    "rotation",
                    default=0.0,
                    min=-360.0,
                    max=360.0,
                    step=1.0,
                    round=0.01,
                    optional=True,
                    tooltip="StyleGAN3 only: rotates the content of the image counterclockwise "
                    "about its centre, in degrees. Other generators accept only 0.",
                ),
                _translation_input(
                    "translate_x",
                    "StyleGAN3 only: moves the content of the image to the right, in image widths; "
                    "0.25 is a quarter of the image, negative is to the left.",
                ),
                _translation_input(
                    "translate_y",
                    "StyleGAN3 only: moves the content of the image down, in image widths; "
                    "negative is up.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "images", display_name="images", tooltip="One image per latent code."
                ),
                transparency_output(),
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
        """Render the images."""
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
            images = to_unit_range(enlarged(drawn, factor), alpha=True)
            work.notes.extend(channel_notes(work.generator.spec))
            shown = ui.PreviewImage(images[:SHOWN])
        return io.NodeOutput(*image_outputs(images), ui=on_node(work.notes, shown))


def _translation_input(name: str, tooltip: str) -> io.Float.Input:
    """Translation along one axis."""
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
