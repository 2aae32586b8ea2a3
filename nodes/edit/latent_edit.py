"""LatentEdit: pull one lever."""

from __future__ import annotations

import torch
from comfy_api.latest import io

from ...core.base.errors import LatentError
from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.edits.editing import edit
from ...core.edits.guards import GUARDS
from ...core.edits.guards import guard as keep_in_bounds
from ...core.generators.rendering import render
from ...core.pictures.images import display_scale, enlarged
from .. import host
from ..inputs import (
    chosen_layers,
    directions_input,
    guard_input,
    index_input,
    latents_output,
    layers_input,
    strength_input,
    unit_input,
)
from ..previews import SHOWN, on_node, preview
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN


class LatentEdit(io.ComfyNode):
    """Calls `editing.edit`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="LatentEdit",
            display_name="Latent Edit",
            category=CATEGORY,
            description="Pulls one lever. Edits can be chained: connect another Latent Edit.",
            inputs=[
                GAN_LATENT.Input("latents", tooltip="The images to change, as latent codes."),
                directions_input(),
                index_input("Which lever; 0 is the first and strongest."),
                strength_input(
                    "strength",
                    "How far the lever is pulled. Negative values pull the other way, 0 changes "
                    "nothing.",
                    default=2.0,
                ),
                unit_input(),
                layers_input(
                    "Layers that are changed; auto means those that the lever was found for."
                ),
                GAN.Input(
                    "gan",
                    optional=True,
                    tooltip="The generator: connect it to see images before and after the edit.",
                ),
                guard_input(),
            ],
            outputs=[
                latents_output("edited", "The edited latent codes."),
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
        guard: str = GUARDS[0],
    ) -> io.NodeOutput:
        """Pull the lever."""
        with host.collect_notes() as notes:
            edited = edit(latents, directions, index, strength, unit, chosen_layers(layers))
            if gan is None and guard != GUARDS[0]:
                raise LatentError(
                    "The guard needs the generator",
                    "the generator at gan",
                    "Connect it, or set guard to off",
                )
        if gan is None:
            return io.NodeOutput(edited, ui=on_node(notes))
        with host.session(gan) as work:
            if guard != GUARDS[0]:
                edited = keep_in_bounds(work.generator, latents, edited, guard).codes
            sides = [render(work.generator, codes[: SHOWN // 2]) for codes in (latents, edited)]
            scale = display_scale(work.generator.spec.img_size)
            shown = preview(torch.cat([enlarged(side, scale) for side in sides], dim=3))
        return io.NodeOutput(edited, ui=on_node([*notes, *work.notes], shown))
