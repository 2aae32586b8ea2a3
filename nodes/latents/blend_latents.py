"""GANBlendLatents: images between two others."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.concepts.latent_code import LatentCode
from ...core.latents.interpolation import BLENDS, blend
from .. import host
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN
from ..widgets import on_node, preview_codes, spaced, steps_input

_OWN = "as they are"


class GANBlendLatents(io.ComfyNode):
    """See `core.blending.blend`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANBlendLatents",
            display_name="GAN Blend Latents",
            category=CATEGORY,
            description="Blends two images in the latent space: one image in between, or a whole "
            "walk from the one to the other.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="The generator, from Load GAN."),
                GAN_LATENT.Input("first", tooltip="Where the blend starts: one image, or a batch."),
                GAN_LATENT.Input(
                    "second",
                    tooltip="Where it goes: as many images, or one for all.",
                ),
                io.Float.Input(
                    "amount",
                    default=0.5,
                    min=-2.0,
                    max=3.0,
                    step=0.05,
                    round=0.001,
                    tooltip="Share of the second image: 0 is the first, 1 the second, beyond them "
                    "the blend goes on.",
                ),
                io.Combo.Input(
                    "how",
                    options=list(BLENDS),
                    default=BLENDS[0],
                    tooltip="linear: the straight way. spherical: around the average image, which "
                    "keeps blends as distinct as their ends; the usual choice in Z.",
                ),
                io.Combo.Input(
                    "space",
                    options=[_OWN, "Z"],
                    default=_OWN,
                    tooltip="as they are: the codes themselves, edits included, which looks "
                    "smoothest. Z: the numbers that were drawn at random, so that every blend is "
                    "an image that the generator draws by itself.",
                ),
                steps_input("from the first image to amount"),
            ],
            outputs=[
                GAN_LATENT.Output(
                    "blended",
                    display_name="latents",
                    tooltip="The blends; all steps of the first pair, then of the next.",
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
