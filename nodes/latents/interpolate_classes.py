"""GANInterpolateClasses: from one class to another."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.concepts.latent_code import LatentCode
from ...core.latents.class_interpolation import interpolate_classes
from .. import host
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN
from ..widgets import on_node, preview_codes, spaced

_LAST_CLASS = 1_000_000


class GANInterpolateClasses(io.ComfyNode):
    """See `core.classing.interpolate_classes`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANInterpolateClasses",
            display_name="GAN Interpolate Classes",
            category=CATEGORY,
            description="Turns images from one class into another, for generators with classes; "
            "what is not of the class stays.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="A generator with classes, from Load GAN."),
                GAN_LATENT.Input(
                    "latents", tooltip="The images, of any class, from GAN Sample Latents."
                ),
                io.Int.Input(
                    "first_class",
                    default=0,
                    min=0,
                    max=_LAST_CLASS,
                    tooltip="Class at the start.",
                ),
                io.Int.Input(
                    "second_class",
                    default=1,
                    min=0,
                    max=_LAST_CLASS,
                    tooltip="Class at the end.",
                ),
                io.Int.Input(
                    "steps",
                    default=5,
                    min=1,
                    max=1024,
                    tooltip="Images per latent, both ends among them; 1 is the image half way.",
                ),
            ],
            outputs=[
                GAN_LATENT.Output(
                    "between",
                    display_name="latents",
                    tooltip="The images in between; all steps of the first latent, then of the "
                    "next.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        latents: LatentCode,
        first_class: int,
        second_class: int,
        steps: int,
    ) -> io.NodeOutput:
        """Interpolate."""
        with host.session(gan) as work:
            amounts = [0.5] if steps == 1 else spaced(0.0, 1.0, steps)
            codes = interpolate_classes(work.generator, latents, first_class, second_class, amounts)
            shown = preview_codes(work, codes)
        return io.NodeOutput(codes, ui=on_node(work.notes, shown))
