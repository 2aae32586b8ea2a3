"""LowRankGANFactorize: levers of a region by robust PCA, to compare ReSeFa with."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ...core.concepts.latent_code import LatentCode
from ...core.levers.methods.lowrankgan import SPARSITY, lowrankgan
from .. import host
from ..inputs import AUTO, chosen_layers, chosen_space, gan_input, layers_input
from ..region_levers import (
    SPACES,
    RegionInputs,
    average_input,
    background_input,
    latents_input,
    levers_outputs,
    mask_input,
    tell_layers_input,
)
from ..sockets import CATEGORY, LoadedGAN


class LowRankGANFactorize(io.ComfyNode):
    """Calls `lowrankgan.lowrankgan`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="LowRankGANFactorize",
            display_name="LowRankGAN Factorize (regional levers)",
            category=f"{CATEGORY}/levers",
            description="Finds levers of a region by robust PCA, without what also changes the "
            "rest: the method that ReSeFa is compared with (LowRankGAN: Zhu et al., NeurIPS 2021).",
            inputs=[
                gan_input(),
                latents_input(),
                mask_input(),
                io.Int.Input(
                    "count",
                    default=10,
                    min=1,
                    max=512,
                    tooltip="Most levers, strongest first. There are often only two to ten.",
                ),
                io.Combo.Input(
                    "space",
                    options=list(SPACES),
                    default=AUTO,
                    tooltip="auto: W if the generator has it, else Z. Every iteration decomposes a "
                    "matrix as large as the space, which takes long in W+ and S.",
                ),
                layers_input("Layers that the levers may act on; auto means all."),
                io.Float.Input(
                    "sparsity",
                    default=round(SPARSITY, 6),
                    min=0.0001,
                    max=10.0,
                    step=0.001,
                    round=0.000001,
                    tooltip="Smaller values leave fewer levers, and remove less of the rest. The "
                    "paper's code uses 1/60.",
                ),
                io.Int.Input(
                    "relaxation",
                    default=0,
                    min=0,
                    max=512,
                    tooltip="How many of the weakest directions of the rest may change, if too "
                    "little of the levers remains.",
                ),
                background_input(),
                average_input(),
                tell_layers_input(),
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
        space: str,
        layers: str,
        sparsity: float,
        relaxation: int,
        background: Tensor | None = None,
        average_by: str = "rows",
        tell_layers: bool = True,
    ) -> io.NodeOutput:
        """Find the levers, and show the images and the region."""
        exactly = SPARSITY if sparsity == round(SPARSITY, 6) else sparsity
        inputs = RegionInputs(gan, latents, mask, background, tell_layers=tell_layers)
        return inputs.run(
            lambda search: lowrankgan(
                search.generator,
                search.latents,
                search.region,
                search.background,
                chosen_space(space),
                chosen_layers(layers),
                count,
                exactly,
                relaxation,
                progress=host.progress(),
                effort=search.effort,
                average_by=average_by,
            )
        )
