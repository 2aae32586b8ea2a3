"""GANSampleLatents: random images, as latent codes."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.latents.sampling import sample_latents
from .. import host
from ..inputs import chosen_class, class_input, gan_input, latents_output, seed_input
from ..previews import on_node, preview_codes
from ..sockets import CATEGORY, LoadedGAN


class GANSampleLatents(io.ComfyNode):
    """Calls `sampling.sample_latents`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANSampleLatents",
            display_name="GAN Sample Latents",
            category=f"{CATEGORY}/latents",
            description="Samples random latent codes and shows their images. Image n depends only "
            "on seed + n, so a larger batch keeps the images of a smaller one.",
            is_output_node=True,
            inputs=[
                gan_input(),
                seed_input("Seed of the first image; each further image adds 1."),
                io.Int.Input(
                    "batch_size",
                    default=4,
                    min=1,
                    max=4096,
                    tooltip="Number of images. For ReSeFa, four to sixteen are a good number.",
                ),
                io.Float.Input(
                    "truncation",
                    default=0.7,
                    min=-2.0,
                    max=2.0,
                    step=0.05,
                    tooltip="Variety against quality: 1 is the full variety of the generator, 0.7 "
                    "looks cleaner, 0 is the average image.",
                ),
                class_input("Class of the images"),
            ],
            outputs=[
                latents_output("latents", "The latent codes, one per image."),
            ],
        )

    @classmethod
    def execute(
        cls, gan: LoadedGAN, seed: int, batch_size: int, truncation: float, class_index: int
    ) -> io.NodeOutput:
        """Sample the codes."""
        label = chosen_class(class_index)
        with host.session(gan) as work:
            codes = sample_latents(work.generator, batch_size, seed, truncation, labels=label)
            shown = preview_codes(work, codes)
        return io.NodeOutput(codes, ui=on_node(work.notes, shown))
