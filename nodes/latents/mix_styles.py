"""GANMixStyles: some layers of one image in another."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.concepts.latent_code import LatentCode
from ...core.latents.style_mixing import mix_styles
from .. import host
from ..inputs import amount_input, gan_input, latents_output, layers_input
from ..previews import on_node, preview_codes
from ..sockets import CATEGORY, GAN_LATENT, LoadedGAN


class GANMixStyles(io.ComfyNode):
    """Calls `style_mixing.mix_styles`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANMixStyles",
            display_name="GAN Mix Styles",
            category=f"{CATEGORY}/latents",
            description="Takes some layers from another image: coarse ones give pose and outline, "
            "fine ones colours and light. The other layers stay as they are.",
            is_output_node=True,
            inputs=[
                gan_input(),
                GAN_LATENT.Input("content", tooltip="The images whose other layers are kept."),
                GAN_LATENT.Input(
                    "style", tooltip="The images that give their layers: as many, or one."
                ),
                layers_input("Layers that are taken from the style.", default="0-3"),
                amount_input(
                    "Share of the style in these layers: 0 leaves them as they are, 1 replaces "
                    "them.",
                    default=1.0,
                ),
            ],
            outputs=[
                latents_output("mixed", "The latent codes of the mixed images."),
            ],
        )

    @classmethod
    def execute(
        cls, gan: LoadedGAN, content: LatentCode, style: LatentCode, layers: str, amount: float
    ) -> io.NodeOutput:
        """Mix."""
        with host.session(gan) as work:
            mixed = mix_styles(work.generator, content, style, layers, amount)
            shown = preview_codes(work, mixed)
        return io.NodeOutput(mixed, ui=on_node(work.notes, shown))
