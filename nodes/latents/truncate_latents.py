"""GANTruncateLatents: images moved towards the average."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.concepts.latent_code import LatentCode
from ...core.latents.truncation import truncate
from .. import host
from ..inputs import gan_input, latents_output, layers_input
from ..previews import on_node, preview_codes
from ..sockets import CATEGORY, GAN_LATENT, LoadedGAN


class GANTruncateLatents(io.ComfyNode):
    """Calls `truncation.truncate`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANTruncateLatents",
            display_name="GAN Truncate Latents",
            category=f"{CATEGORY}/latents",
            description="Moves images towards the average image, edits included, on top of the "
            "truncation that they already have.",
            is_output_node=True,
            inputs=[
                gan_input(),
                GAN_LATENT.Input("latents", tooltip="The images."),
                io.Float.Input(
                    "truncation",
                    default=0.7,
                    min=-2.0,
                    max=2.0,
                    step=0.05,
                    round=0.001,
                    tooltip="Share of the distance to the average image that is kept: 1 changes "
                    "nothing, 0 gives the average image, negative values the opposite.",
                ),
                layers_input("Layers that are truncated.", default="all"),
            ],
            outputs=[
                latents_output("truncated", "The truncated latent codes."),
            ],
        )

    @classmethod
    def execute(
        cls, gan: LoadedGAN, latents: LatentCode, truncation: float, layers: str
    ) -> io.NodeOutput:
        """Truncate."""
        with host.session(gan) as work:
            truncated = truncate(work.generator, latents, truncation, layers)
            shown = preview_codes(work, truncated)
        return io.NodeOutput(truncated, ui=on_node(work.notes, shown))
