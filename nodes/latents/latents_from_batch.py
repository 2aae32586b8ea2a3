"""GANLatentsFromBatch: some images of a batch."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.base.errors import LatentError
from ...core.concepts.latent_code import LatentCode
from .. import host
from ..inputs import latents_output
from ..previews import on_node, preview_codes
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN


class GANLatentsFromBatch(io.ComfyNode):
    """Slices a `LatentCode`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANLatentsFromBatch",
            display_name="GAN Latents From Batch",
            category=f"{CATEGORY}/latents",
            description="Takes one image, or several in a row, out of a batch of latents.",
            is_output_node=True,
            inputs=[
                GAN_LATENT.Input("latents", tooltip="The batch."),
                io.Int.Input(
                    "batch_index",
                    default=0,
                    min=-4096,
                    max=4095,
                    tooltip="The first image that is taken; 0 is the first of the batch, -1 the "
                    "last.",
                ),
                io.Int.Input(
                    "length",
                    default=1,
                    min=1,
                    max=4096,
                    tooltip="How many images are taken; fewer if the batch ends before.",
                ),
                GAN.Input(
                    "gan", optional=True, tooltip="The generator: connect it to see the images."
                ),
            ],
            outputs=[
                latents_output("taken", "The latent codes of these images."),
            ],
        )

    @classmethod
    def execute(
        cls, latents: LatentCode, batch_index: int, length: int, gan: LoadedGAN | None = None
    ) -> io.NodeOutput:
        """Take them."""
        count = len(latents)
        if not -count <= batch_index < count:
            raise LatentError(
                f"Image {batch_index} of a batch of {count} was requested",
                f"a number from 0 to {count - 1}, or from -{count} to -1 counted from the end",
            )
        start = batch_index % count
        taken = latents[start : start + length]
        if gan is None:
            return io.NodeOutput(taken, ui=on_node([]))
        with host.session(gan) as work:
            shown = preview_codes(work, taken)
        return io.NodeOutput(taken, ui=on_node(work.notes, shown))
