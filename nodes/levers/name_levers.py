"""GANNameLevers: levers named after what they do."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.measures.naming import name_levers, naming_text
from .. import host
from ..inputs import directions_input, gan_input, report_output
from ..previews import on_node
from ..sockets import CATEGORY, GAN_DIRECTIONS, GAN_LATENT, LoadedGAN


class GANNameLevers(io.ComfyNode):
    """Calls `naming.name_levers`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANNameLevers",
            display_name="GAN Name Levers",
            category=f"{CATEGORY}/levers",
            description="Names levers after the attribute that they change most, where faces agree "
            "on its sign, and turns them so that + means more of it. For the bundled generator "
            "and others of the same drawings.",
            is_output_node=True,
            inputs=[
                gan_input(),
                directions_input(),
                GAN_LATENT.Input(
                    "latents",
                    optional=True,
                    tooltip="Faces on which the levers are tried, some sixteen, other than those "
                    "that they were found on; nothing means seeds 100 to 115.",
                ),
            ],
            outputs=[
                GAN_DIRECTIONS.Output(
                    "named", display_name="directions", tooltip="The levers with their names."
                ),
                report_output("What each lever does most, and on how many faces."),
            ],
        )

    @classmethod
    def execute(
        cls, gan: LoadedGAN, directions: Directions, latents: LatentCode | None = None
    ) -> io.NodeOutput:
        """Name them."""
        with host.session(gan) as work:
            named = name_levers(work.generator, directions, latents, progress=host.progress())
            work.notes.append(naming_text(named))
        return io.NodeOutput(named, work.report, ui=on_node(work.notes))
