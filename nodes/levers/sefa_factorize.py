"""SeFaFactorize: global levers from the weights alone."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.levers.factorization import sefa
from ...core.levers.methods.sefa_conventions import CONVENTIONS
from .. import host
from ..inputs import gan_input, layers_input, report_output
from ..previews import on_node
from ..sockets import CATEGORY, GAN_DIRECTIONS, LoadedGAN
from ..wording import NODES


class SeFaFactorize(io.ComfyNode):
    """Calls `factorization.sefa`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="SeFaFactorize",
            display_name="SeFa Factorize (latent directions)",
            category=f"{CATEGORY}/levers",
            description="Finds global levers (latent directions) that change the whole image: "
            "pose, hair, light. It takes the weights alone and a second (SeFa: Shen and Zhou, "
            "CVPR 2021).",
            inputs=[
                gan_input(),
                io.Int.Input(
                    "count",
                    default=10,
                    min=1,
                    max=512,
                    tooltip="Number of levers, strongest first.",
                ),
                layers_input(
                    "Layers whose weights are used, and on which the levers act: the first ones "
                    "shape pose and outline, the last ones colour.",
                    default="all",
                ),
                io.Combo.Input(
                    "convention",
                    options=list(CONVENTIONS.ids),
                    default=CONVENTIONS.ids[0],
                    optional=True,
                    tooltip="How the weights are chosen and scaled. genforce: as SeFa's authors "
                    "do. rosinality: for StyleGAN2, the factors of rosinality's repository.",
                ),
            ],
            outputs=[
                GAN_DIRECTIONS.Output(
                    "directions", display_name="directions", tooltip="The levers, strongest first."
                ),
                report_output("How the levers were found."),
            ],
        )

    @classmethod
    def execute(
        cls, gan: LoadedGAN, count: int, layers: str, convention: str = "genforce"
    ) -> io.NodeOutput:
        """Find the levers."""
        with host.session(gan) as work:
            levers = sefa(work.generator, layers, count, convention=convention)
            work.notes.append(NODES.word(levers.details["explanation"]))
        return io.NodeOutput(levers, work.report, ui=on_node(work.notes))
