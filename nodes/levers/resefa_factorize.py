"""ReSeFaFactorize: levers that change a region and preserve the rest."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ...core.concepts.eigenproblem import SHRINKAGES
from ...core.concepts.latent_code import LatentCode
from ...core.jacobians.options import MODES
from ...core.levers.factorization import resefa
from ...core.levers.locality import DEFAULT_SHRINKAGE, LOCALITIES
from .. import host
from ..inputs import AUTO, chosen_layers, chosen_space, gan_input, layers_input
from ..jacobian_cache import PRECISIONS
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

AS_SET = "as set"
"""Option of the input "locality": space and shrinkage decide."""


class ReSeFaFactorize(io.ComfyNode):
    """Calls `factorization.resefa`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="ReSeFaFactorize",
            display_name="ReSeFa Factorize (regional levers)",
            category=f"{CATEGORY}/levers",
            description="Finds levers that change a region most and all else least, from the "
            "derivative of every pixel by the latent (ReSeFa: Zhu et al., ICML 2022).",
            inputs=[
                gan_input(),
                latents_input(),
                mask_input(),
                io.Int.Input(
                    "count", default=10, min=1, max=512, tooltip="Number of levers, best first."
                ),
                io.Combo.Input(
                    "space",
                    options=list(SPACES),
                    default=AUTO,
                    tooltip="auto: W if the generator has it, else Z. W: one vector for all "
                    "layers; quick, and works well on other images. W+: a vector per layer; finer, "
                    "slower. S: the single style channels of a StyleGAN; finest and slowest. "
                    "Z and Z+: the same for generators without a mapping network.",
                ),
                layers_input("Layers that the levers may act on; auto means all."),
                io.Float.Input(
                    "shrinkage",
                    default=0.001,
                    min=0.0,
                    max=10.0,
                    step=0.0005,
                    round=0.000001,
                    tooltip="Larger values prefer levers that change much, smaller ones those that "
                    "stay strictly inside the mask. The paper uses 0.001.",
                ),
                io.Combo.Input(
                    "shrinkage_by",
                    options=list(SHRINKAGES),
                    default="trace",
                    tooltip="What the shrinkage is multiplied by. trace: the trace, as in the "
                    "paper. mean: the mean eigenvalue, which does not grow with the size of the "
                    "latent and suits W+.",
                ),
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default="exact",
                    tooltip="exact: every pixel. paper: images above 256 pixels are reduced as in "
                    "the published code, for comparison with it.",
                ),
                background_input(),
                io.Combo.Input(
                    "precision",
                    options=list(PRECISIONS),
                    default="exact",
                    optional=True,
                    tooltip="exact: derivatives in the generator's own precision. fast: the "
                    "quickest way on this device to levers that are as good as exact, which the "
                    "report names; never a slower one. Pays for large images.",
                ),
                average_input(),
                tell_layers_input(),
                io.Combo.Input(
                    "locality",
                    options=[AS_SET, *LOCALITIES],
                    default=AS_SET,
                    optional=True,
                    tooltip="as set: space and shrinkage decide. standard: W+ with the paper's "
                    "shrinkage, which stays in the mask better than W and takes longer. strict: W+ "
                    "with a thousandth of it, for one of a pair or a tiny region. Leave space, "
                    "shrinkage and shrinkage_by at their defaults then.",
                ),
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
        shrinkage: float,
        shrinkage_by: str,
        mode: str,
        background: Tensor | None = None,
        precision: str = "exact",
        average_by: str = "rows",
        tell_layers: bool = True,
        locality: str = AS_SET,
    ) -> io.NodeOutput:
        """Find the levers, and show the images and the region."""
        named = None if locality == AS_SET else locality
        # A widget always has a value: with a locality, its default counts as not given.
        given = None if named and abs(shrinkage - DEFAULT_SHRINKAGE) < 1e-9 else shrinkage
        inputs = RegionInputs(gan, latents, mask, background, precision, tell_layers)
        return inputs.run(
            lambda search: resefa(
                search.generator,
                search.latents,
                search.region,
                search.background,
                chosen_space(space),
                chosen_layers(layers),
                count,
                given,
                shrinkage_by,
                mode=mode,
                progress=host.progress(),
                effort=search.effort,
                average_by=average_by,
                locality=named,
                announce=search.announce,
            )
        )
