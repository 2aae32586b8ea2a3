"""GANSpaceComponents: global levers along which random codes vary most."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.levers.methods.ganspace import MOST_SAMPLES, ganspace
from .. import host
from ..inputs import chosen_class, class_input, gan_input, layers_input, report_output
from ..previews import DETAILS, on_node
from ..sockets import CATEGORY, GAN_DIRECTIONS, LoadedGAN
from ..wording import NODES


class GANSpaceComponents(io.ComfyNode):
    """Calls `ganspace.ganspace`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANSpaceComponents",
            display_name="GANSpace Components (global levers)",
            category=f"{CATEGORY}/levers",
            description="Finds levers along which random images vary most: principal components of "
            "w, or of an early activation (GANSpace: Härkönen et al., NeurIPS 2020). Needs "
            "scikit-learn.",
            inputs=[
                gan_input(),
                io.Int.Input(
                    "count",
                    default=10,
                    min=1,
                    max=512,
                    tooltip="Number of levers, those of the largest variance first.",
                ),
                layers_input(
                    "Layers on which the levers act: the first ones shape pose and outline, the "
                    "last ones colour.",
                    default="all",
                ),
                io.Int.Input(
                    "samples",
                    default=0,
                    min=0,
                    max=MOST_SAMPLES,
                    tooltip="Number of random codes that are analysed. 0 chooses: 100,000, or "
                    "10,000 for a generator without a mapping network, which takes longer.",
                ),
                class_input("The class whose codes are analysed"),
                io.Int.Input(
                    "activation",
                    default=0,
                    min=0,
                    max=1000,
                    optional=True,
                    tooltip="For a generator without a mapping network, such as BigGAN or PGGAN: "
                    "the stage whose output is analysed; 0 is the first. Others ignore it.",
                ),
            ],
            outputs=[
                GAN_DIRECTIONS.Output(
                    "directions",
                    display_name="directions",
                    tooltip="The levers, those of the largest variance first.",
                ),
                report_output("How the levers were found, and the variance along each."),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        count: int,
        layers: str,
        samples: int,
        class_index: int,
        activation: int = 0,
    ) -> io.NodeOutput:
        """Find the levers."""
        with host.session(gan) as work:
            mapped = work.generator.spec.w_dim is not None
            levers = ganspace(
                work.generator,
                count,
                samples or None,
                layers,
                labels=chosen_class(class_index),
                activation=None if mapped else activation,
                progress=host.progress(),
            )
            work.notes.append(NODES.word(levers.details["explanation"]))
            work.notes.append(DETAILS)
            work.notes += [
                f"{levers.label(index)}: variance {value:.4g}"
                for index, value in enumerate(levers.eigenvalues.tolist())
            ]
        return io.NodeOutput(levers, work.report, ui=on_node(work.notes))
