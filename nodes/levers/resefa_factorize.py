"""ReSeFaFactorize: levers that change a region and preserve the rest."""

from __future__ import annotations

import time

from comfy_api.latest import io, ui
from torch import Tensor

from ...core.base.phases import record_phases
from ...core.concepts.directions import Directions
from ...core.concepts.eigenproblem import SHRINKAGES
from ...core.concepts.latent_code import LatentCode, LatentSpace
from ...core.generators.rendering import render
from ...core.jacobians.options import MODES, JacobianOptions
from ...core.levers.averaging import AVERAGES, agreement
from ...core.levers.factorization import resefa
from ...core.levers.layer_shares import layer_shares
from ...core.levers.solution_directions import with_seconds
from ...core.pictures.images import display_scale, enlarged, to_unit_range
from ...core.regions.overlay import highlight
from .. import host
from ..inputs import AUTO, chosen_layers, chosen_space, gan_input, layers_input, report_output
from ..jacobian_cache import PRECISIONS
from ..masks import read_optional_region, read_region
from ..previews import on_node
from ..sockets import CATEGORY, GAN_DIRECTIONS, GAN_LATENT, LoadedGAN
from ..wording import NODES


class ReSeFaFactorize(io.ComfyNode):
    """Calls `factorization.resefa`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="ReSeFaFactorize",
            display_name="ReSeFa Factorize (regional levers)",
            category=CATEGORY,
            description="Finds levers that change a region most and all else least, from the "
            "derivative of every pixel by the latent (ReSeFa: Zhu et al., ICML 2022).",
            inputs=[
                gan_input(),
                GAN_LATENT.Input(
                    "latents",
                    tooltip="The images at which derivatives are computed. Each one takes time; "
                    "with four to sixteen, levers also work on other images.",
                ),
                io.Mask.Input(
                    "mask",
                    tooltip="The region to change: white inside. From Region Mask, or any mask "
                    "with the proportions of the image; one mask, or one per latent.",
                ),
                io.Int.Input(
                    "count", default=10, min=1, max=512, tooltip="Number of levers, best first."
                ),
                io.Combo.Input(
                    "space",
                    options=[AUTO, *(space.value for space in LatentSpace)],
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
                io.Mask.Input(
                    "background",
                    optional=True,
                    tooltip="What must not change: white there. Without it, everything outside the "
                    "mask.",
                ),
                io.Combo.Input(
                    "precision",
                    options=list(PRECISIONS),
                    default="exact",
                    optional=True,
                    tooltip="exact: derivatives in the generator's own precision. fast: in "
                    "bfloat16, after which the levers are corrected with exact products; for "
                    "large images on hardware that is quick at bfloat16.",
                ),
                io.Combo.Input(
                    "average_by",
                    options=list(AVERAGES),
                    default="rows",
                    optional=True,
                    tooltip="What has equal weight in the average over latents. rows: every pixel. "
                    "trace: every image, however much it changes.",
                ),
                io.Boolean.Input(
                    "tell_layers",
                    default=True,
                    optional=True,
                    tooltip="Whether to report in which layers each lever acts, at the first "
                    "latent. Costs one derivative per lever and layer.",
                ),
            ],
            outputs=[
                GAN_DIRECTIONS.Output(
                    "directions", display_name="directions", tooltip="The levers, best first."
                ),
                report_output("How the levers were found."),
            ],
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
    ) -> io.NodeOutput:
        """Find the levers, and show the images and the region."""
        with host.session(gan, measuring=True) as work:
            size = work.generator.spec.img_size
            region = read_region(mask, size, work.notes)
            rest = read_optional_region(background, size, work.notes, "the background")
            options = work.jacobian_options(precision)
            before = _cache_hits(options)
            begun = time.monotonic()
            with record_phases() as phases:
                levers = resefa(
                    work.generator,
                    latents,
                    region,
                    rest,
                    chosen_space(space),
                    chosen_layers(layers),
                    count,
                    shrinkage,
                    shrinkage_by,
                    mode=mode,
                    progress=host.progress(),
                    effort=options,
                    average_by=average_by,
                )
            levers = with_seconds(levers, phases)
            seconds = time.monotonic() - begun
            if tell_layers:
                shares = layer_shares(work.generator, latents[:1], levers, progress=host.progress())
                levers = shares.with_details(levers)
            reused = _cache_hits(options) - before
            work.notes += [*_report(levers), _cost(seconds, len(latents), reused)]
            images = enlarged(render(work.generator, latents[:4]), display_scale(size))
            shown = ui.PreviewImage(highlight(to_unit_range(images), region))
        return io.NodeOutput(levers, work.report, ui=on_node(work.notes, shown))


def _cache_hits(options: JacobianOptions) -> int:
    """How many Jacobians this thread has taken from the cache."""
    return 0 if options.cache is None else options.cache.hits_here


def _report(levers: Directions) -> list[str]:
    """How levers were found, the eigenvalue and layers of each, and their agreement."""
    lines = [NODES.word(levers.details["explanation"])]
    homes: list[str] = levers.details.get("lives_in", [])
    for index, value in enumerate(levers.eigenvalues.tolist()):
        home = f", lives in layers {homes[index]}" if homes else ""
        lines.append(f"{levers.label(index)}: eigenvalue {value:.4g}{home}")
    if "halves" in levers.details:
        lines.append(agreement(levers.details["halves"]))
    return lines


def _cost(seconds: float, images: int, reused: int) -> str:
    """How long it took, and how many Jacobians came from the cache."""
    text = f"Measured at {images} {'image' if images == 1 else 'images'} in {seconds:.1f} seconds"
    return f"{text}; {reused} of them had been differentiated before." if reused else f"{text}."
