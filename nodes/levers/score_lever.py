"""GANScoreLever: a lever for an attribute, or for the change between two pictures."""

from __future__ import annotations

from comfy_api.latest import io
from torch import Tensor

from ...core.concepts.latent_code import LatentCode
from ...core.levers.score_lever import score_lever
from .. import host
from ..inputs import AUTO, chosen_layers, chosen_space, gan_input, layers_input, report_output
from ..previews import DETAILS, on_node
from ..region_levers import SPACES
from ..sockets import CATEGORY, GAN_DIRECTIONS, GAN_LATENT, LoadedGAN
from ..wording import NODES
from .wanted_scores import attribute_input, pair_inputs, wanted_score


class GANScoreLever(io.ComfyNode):
    """Calls `score_lever.score_lever`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANScoreLever",
            display_name="GAN Score Lever (age, pose, smile)",
            category=f"{CATEGORY}/levers",
            description="Finds one lever for an attribute, such as age, pose (head turn), smile or "
            "light, which leaves other attributes alone; or one that makes the change between two "
            "pictures.",
            inputs=[
                gan_input(),
                GAN_LATENT.Input(
                    "latents",
                    tooltip="The images at which derivatives are computed; 64 or more, since a "
                    "global change differs from image to image.",
                ),
                attribute_input("What the lever changes."),
                io.Combo.Input(
                    "space",
                    options=list(SPACES),
                    default=AUTO,
                    tooltip="auto: W if the generator has it, else Z. W+: a vector per layer, "
                    "which leaves more of the rest alone. S: single style channels of a StyleGAN. "
                    "Z and Z+: the same for generators without a mapping network.",
                ),
                layers_input("Layers that the lever may act on; auto means all."),
                io.Float.Input(
                    "shrinkage",
                    default=0.001,
                    min=0.0,
                    max=10.0,
                    step=0.0005,
                    round=0.000001,
                    tooltip="Larger values need less pull and move other attributes more; smaller "
                    "ones leave them alone and need more pull.",
                ),
                *pair_inputs(),
            ],
            outputs=[
                GAN_DIRECTIONS.Output(
                    "directions", display_name="directions", tooltip="The lever."
                ),
                report_output("How the lever was found."),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        latents: LatentCode,
        attribute: str,
        space: str,
        layers: str,
        shrinkage: float,
        before: Tensor | None = None,
        after: Tensor | None = None,
    ) -> io.NodeOutput:
        """Find the lever."""
        with host.session(gan, measuring=True) as work:
            wanted = wanted_score(work.generator, attribute, before, after)
            lever = score_lever(
                work.generator,
                latents,
                wanted.score,
                wanted.target,
                chosen_space(space),
                chosen_layers(layers),
                shrinkage=shrinkage,
                name=wanted.name,
                progress=host.progress(),
            )
            work.notes.append(NODES.word(lever.details["explanation"]))
            value = float(lever.eigenvalues[0])
            work.notes += [DETAILS, f"{lever.label(0)}: eigenvalue {value:.4g}"]
        return io.NodeOutput(lever, work.report, ui=on_node(work.notes))
