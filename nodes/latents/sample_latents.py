"""GANSampleLatents: random images, as latent codes."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.base.errors import LatentError
from ...core.latents.sampling import sample_latents
from .. import host
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN
from ..widgets import on_node, preview_codes, seed_input

_REMEDY = "Set class_index to a class of the generator, or to -1 where it has none"


class GANSampleLatents(io.ComfyNode):
    """See `core.sample_latents`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANSampleLatents",
            display_name="GAN Sample Latents",
            category=CATEGORY,
            description="Draws latent codes at random and shows their images. Image n depends on "
            "seed + n alone, so a larger batch keeps the images there were.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="The generator, from Load GAN."),
                seed_input("Seed of the first image; the next ones have the seeds that follow."),
                io.Int.Input(
                    "batch_size",
                    default=4,
                    min=1,
                    max=4096,
                    tooltip="Number of images. Four to sixteen make good company for ReSeFa.",
                ),
                io.Float.Input(
                    "truncation",
                    default=0.7,
                    min=-2.0,
                    max=2.0,
                    step=0.05,
                    tooltip="Variety against quality: 1 is all that the generator knows, 0.7 looks "
                    "cleaner, 0 is the average image.",
                ),
                io.Int.Input(
                    "class_index",
                    default=-1,
                    min=-1,
                    max=1_000_000,
                    tooltip="Class to draw, for a generator with classes; -1 for one without.",
                ),
            ],
            outputs=[
                GAN_LATENT.Output(
                    "latents", display_name="latents", tooltip="The latent codes, one per image."
                ),
            ],
        )

    @classmethod
    def execute(
        cls, gan: LoadedGAN, seed: int, batch_size: int, truncation: float, class_index: int
    ) -> io.NodeOutput:
        """Draw the codes."""
        label = None if class_index < 0 else class_index
        with host.session(gan) as work:
            try:
                codes = sample_latents(work.generator, batch_size, seed, truncation, labels=label)
            except LatentError as error:
                raise LatentError(error.found, error.expected, _REMEDY) from None
            shown = preview_codes(work, codes)
        return io.NodeOutput(codes, ui=on_node(work.notes, shown))
