"""StyleSpaceChannels: single style channels that act in a region."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ...core.concepts.latent_code import LatentCode
from ...core.levers.methods.stylespace import SHRINKAGE, stylespace
from .. import host
from ..inputs import chosen_layers, gan_input, layers_input
from ..region_levers import (
    RegionInputs,
    average_input,
    background_input,
    latents_input,
    levers_outputs,
    mask_input,
)
from ..sockets import CATEGORY, LoadedGAN


class StyleSpaceChannels(io.ComfyNode):
    """Calls `stylespace.stylespace`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="StyleSpaceChannels",
            display_name="StyleSpace Channels (regional levers)",
            category=f"{CATEGORY}/levers",
            description="Finds single style channels of a StyleGAN that change a region and little "
            "else (StyleSpace: Wu et al., CVPR 2021).",
            inputs=[
                gan_input(),
                latents_input(),
                mask_input(),
                io.Int.Input(
                    "count", default=10, min=1, max=512, tooltip="Number of channels, best first."
                ),
                layers_input("Layers whose channels are considered; auto means all."),
                io.Float.Input(
                    "shrinkage",
                    default=SHRINKAGE,
                    min=0.0,
                    max=10.0,
                    step=0.0001,
                    round=0.0000001,
                    tooltip="Larger values prefer channels that change much, smaller ones those "
                    "that stay strictly inside the mask.",
                ),
                background_input(),
                average_input(),
            ],
            outputs=levers_outputs(),
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        latents: LatentCode,
        mask: Tensor,
        count: int,
        layers: str,
        shrinkage: float,
        background: Tensor | None = None,
        average_by: str = "rows",
    ) -> io.NodeOutput:
        """Find the channels, and show the images and the region."""
        return RegionInputs(gan, latents, mask, background).run(
            lambda search: stylespace(
                search.generator,
                search.latents,
                search.region,
                search.background,
                chosen_layers(layers),
                count,
                shrinkage,
                progress=host.progress(),
                effort=search.effort,
                average_by=average_by,
            )
        )
