"""GANAverageLatent: the image in the middle."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.concepts.latent_code import LatentCode
from ...core.latents.truncation import average_codes, average_latent
from .. import host
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN
from ..widgets import class_input, on_node, preview_codes


class GANAverageLatent(io.ComfyNode):
    """See `core.centring.average_latent` and `average_codes`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANAverageLatent",
            display_name="GAN Average Latent",
            category=CATEGORY,
            description="The average image of a generator, of one of its classes, or of the "
            "images that are connected: for portraits, the average face.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="The generator, from Load GAN."),
                class_input("Class whose average is drawn"),
                GAN_LATENT.Input(
                    "latents",
                    optional=True,
                    tooltip="Images whose average is drawn instead of that of all images.",
                ),
            ],
            outputs=[
                GAN_LATENT.Output("average", display_name="latents", tooltip="Its latent code."),
            ],
        )

    @classmethod
    def execute(
        cls, gan: LoadedGAN, class_index: int, latents: LatentCode | None = None
    ) -> io.NodeOutput:
        """Average."""
        with host.session(gan) as work:
            if latents is None:
                label = None if class_index < 0 else class_index
                average = average_latent(work.generator, label)
            else:
                average = average_codes(work.generator, latents)
            shown = preview_codes(work, average)
        return io.NodeOutput(average, ui=on_node(work.notes, shown))
