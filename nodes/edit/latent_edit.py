"""LatentEdit: one lever, pulled."""

from __future__ import annotations

import torch
from comfy_api.latest import io

from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.edits.editing import edit
from ...core.generators.rendering import render
from ...core.pictures.images import display_scale, enlarged
from .. import host
from ..sockets import CATEGORY, GAN, GAN_DIRECTIONS, GAN_LATENT, LoadedGAN
from ..widgets import SHOWN, chosen_layers, layers_input, on_node, preview, unit_input


class LatentEdit(io.ComfyNode):
    """See `core.edit`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="LatentEdit",
            display_name="Latent Edit",
            category=CATEGORY,
            description="Pulls one lever. Edits chain: the next Latent Edit goes on from here.",
            inputs=[
                GAN_LATENT.Input("latents", tooltip="The images to change, as latent codes."),
                GAN_DIRECTIONS.Input(
                    "directions", tooltip="The levers, from SeFa, ReSeFa or a file."
                ),
                io.Int.Input(
                    "index",
                    default=0,
                    min=0,
                    max=100_000,
                    tooltip="Which lever; 0 is the first and strongest.",
                ),
                io.Float.Input(
                    "strength",
                    default=2.0,
                    min=-1000.0,
                    max=1000.0,
                    step=0.1,
                    round=0.001,
                    tooltip="How far. Negative pulls the other way, 0 changes nothing.",
                ),
                unit_input(),
                layers_input(
                    "Layers that are changed; auto means those that the lever was found for."
                ),
                GAN.Input(
                    "gan",
                    optional=True,
                    tooltip="The generator: connect it to see each image before and after on this "
                    "node.",
                ),
            ],
            outputs=[
                GAN_LATENT.Output(
                    "edited", display_name="latents", tooltip="The changed latent codes."
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        latents: LatentCode,
        directions: Directions,
        index: int,
        strength: float,
        unit: str,
        layers: str,
        gan: LoadedGAN | None = None,
    ) -> io.NodeOutput:
        """Pull the lever."""
        with host.collect_notes() as notes:
            edited = edit(latents, directions, index, strength, unit, chosen_layers(layers))
        if gan is None:
            return io.NodeOutput(edited, ui=on_node(notes))
        with host.session(gan) as work:
            sides = [render(work.generator, codes[: SHOWN // 2]) for codes in (latents, edited)]
            scale = display_scale(work.generator.spec.img_size)
            shown = preview(torch.cat([enlarged(side, scale) for side in sides], dim=3))
        return io.NodeOutput(edited, ui=on_node(notes, shown))
