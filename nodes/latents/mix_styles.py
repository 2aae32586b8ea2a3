"""GANMixStyles: some layers of one image in another."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.concepts.latent_code import LatentCode
from ...core.latents.style_mixing import mix_styles
from .. import host
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN
from ..widgets import layers_input, on_node, preview_codes


class GANMixStyles(io.ComfyNode):
    """See `core.mixing.mix_styles`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANMixStyles",
            display_name="GAN Mix Styles",
            category=CATEGORY,
            description="Takes some layers from another image: coarse ones give pose and outline, "
            "fine ones colours and light. The other layers stay as they are.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="The generator, from Load GAN."),
                GAN_LATENT.Input("content", tooltip="The images that keep the other layers."),
                GAN_LATENT.Input(
                    "style", tooltip="The images of which layers are taken: as many, or one."
                ),
                layers_input("Layers that are taken from the style.", default="0-3"),
                io.Float.Input(
                    "amount",
                    default=1.0,
                    min=-2.0,
                    max=3.0,
                    step=0.05,
                    round=0.001,
                    tooltip="How much of the style is taken in these layers; 0 leaves all as it "
                    "was, 1 takes it whole.",
                ),
            ],
            outputs=[
                GAN_LATENT.Output(
                    "mixed", display_name="latents", tooltip="The latent codes of the mixture."
                ),
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
