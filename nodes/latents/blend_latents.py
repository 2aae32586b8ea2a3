"""GANBlendLatents: interpolation between two images."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.concepts.latent_code import LatentCode
from ...core.latents.interpolation import BLENDS, blend
from .. import host
from ..inputs import amount_input, gan_input, latents_output, spaced
from ..previews import on_node, preview_codes
from ..sockets import CATEGORY, GAN_LATENT, LoadedGAN

_OWN = "as they are"


class GANBlendLatents(io.ComfyNode):
    """Calls `interpolation.blend`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANBlendLatents",
            display_name="GAN Blend Latents (morph)",
            category=f"{CATEGORY}/latents",
            description="Interpolates between two images in the latent space: one image in "
            "between, or a sequence that morphs the first into the second.",
            is_output_node=True,
            inputs=[
                gan_input(),
                GAN_LATENT.Input("first", tooltip="Where the blend starts: one image, or a batch."),
                GAN_LATENT.Input(
                    "second",
                    tooltip="Where the blend ends: as many images, or one for all.",
                ),
                amount_input(
                    "Share of the second image: 0 is the first image, 1 the second; other values "
                    "extrapolate.",
                    default=0.5,
                ),
                io.Combo.Input(
                    "how",
                    options=list(BLENDS),
                    default=BLENDS[0],
                    tooltip="linear: along a straight line. spherical: around the average image, "
                    "which keeps blends as distinct as their ends; the usual choice in Z.",
                ),
                io.Combo.Input(
                    "space",
                    options=[_OWN, "Z"],
                    default=_OWN,
                    tooltip="as they are: the codes themselves, edits included, which looks "
                    "smoothest. Z: the random vectors of the images, so that every blend is an "
                    "image that the generator also draws at random.",
                ),
                io.Int.Input(
                    "steps",
                    default=1,
                    min=1,
                    max=1024,
                    tooltip="1 gives only the image at amount; more give a sequence of as many "
                    "images from the first image to amount, both ends included.",
                ),
            ],
            outputs=[
                latents_output(
                    "blended", "The blends: all steps of the first pair, then of the next."
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        first: LatentCode,
        second: LatentCode,
        amount: float,
        how: str,
        space: str,
        steps: int,
    ) -> io.NodeOutput:
        """Blend."""
        with host.session(gan) as work:
            where = None if space == _OWN else space
            amounts = spaced(0.0, amount, steps)
            blended = blend(work.generator, first, second, amounts, how, where)
            shown = preview_codes(work, blended)
        return io.NodeOutput(blended, ui=on_node(work.notes, shown))
