"""GANAverageLatent: the average image."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.concepts.latent_code import LatentCode
from ...core.latents.truncation import average_codes, average_latent
from .. import host
from ..inputs import chosen_class, class_input, gan_input, latents_output
from ..previews import on_node, preview_codes
from ..sockets import CATEGORY, GAN_LATENT, LoadedGAN


class GANAverageLatent(io.ComfyNode):
    """Calls `truncation.average_latent` or `truncation.average_codes`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANAverageLatent",
            display_name="GAN Average Latent",
            category=f"{CATEGORY}/latents",
            description="The average image of a generator, of one of its classes, or of the "
            "images that are connected: for portraits, the average face.",
            is_output_node=True,
            inputs=[
                gan_input(),
                class_input("Class whose average is computed"),
                GAN_LATENT.Input(
                    "latents",
                    optional=True,
                    tooltip="Images to average, instead of all images of the generator.",
                ),
            ],
            outputs=[
                latents_output("average", "The latent code of the average image."),
            ],
        )

    @classmethod
    def execute(
        cls, gan: LoadedGAN, class_index: int, latents: LatentCode | None = None
    ) -> io.NodeOutput:
        """Average."""
        with host.session(gan) as work:
            if latents is None:
                average = average_latent(work.generator, chosen_class(class_index))
            else:
                average = average_codes(work.generator, latents)
            shown = preview_codes(work, average)
        return io.NodeOutput(average, ui=on_node(work.notes, shown))
