"""GANInterpolateClasses: from one class to another."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.concepts.latent_code import LatentCode
from ...core.latents.class_interpolation import interpolate_classes
from .. import host
from ..inputs import latents_output, spaced
from ..previews import on_node, preview_codes
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN


class GANInterpolateClasses(io.ComfyNode):
    """Calls `class_interpolation.interpolate_classes`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANInterpolateClasses",
            display_name="GAN Interpolate Classes",
            category=f"{CATEGORY}/latents",
            description="Interpolates images from one class to another, for generators with "
            "classes; what does not depend on the class stays.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="A generator with classes, from Load GAN."),
                GAN_LATENT.Input(
                    "latents", tooltip="The images, of any class, from GAN Sample Latents."
                ),
                _class_input("first_class", 0, "Class at the start."),
                _class_input("second_class", 1, "Class at the end."),
                io.Int.Input(
                    "steps",
                    default=5,
                    min=1,
                    max=1024,
                    tooltip="Images per latent, both ends included; 1 gives the image half way.",
                ),
            ],
            outputs=[
                latents_output(
                    "between", "The images: all steps of the first latent, then of the next."
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


def _class_input(name: str, default: int, tooltip: str) -> io.Int.Input:
    """The class at one end."""
    return io.Int.Input(name, default=default, min=0, max=1_000_000, tooltip=tooltip)
