"""LatentEdit: pull one lever."""

from __future__ import annotations

from dataclasses import replace

import torch
from comfy_api.latest import io, ui
from torch import Tensor

from ...core.base.errors import PackError
from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.edits.editing import PullOptions
from ...core.edits.guards import GUARDS, GuardRequest
from ...core.edits.variations import Variation, apply_variations
from ...core.generators.rendering import render
from ...core.pictures.images import display_scale, enlarged
from .. import host
from ..inputs import (
    chosen_layers,
    directions_input,
    index_input,
    latents_output,
    layers_input,
    strength_input,
    unit_input,
)
from ..masks import hold_input, notes_on_hold, read_hold
from ..previews import SHOWN, on_node, preview
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN
from .guard_input import guard_input


class LatentEdit(io.ComfyNode):
    """Calls `editing.edit`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="LatentEdit",
            display_name="Latent Edit (smile, age, pose)",
            category=f"{CATEGORY}/edit",
            description="Pulls one lever (latent direction), such as a smile, on every face. "
            "Edits can be chained: connect another Latent Edit.",
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
                hold_input("About a second per image of 64 pixels. Needs gan."),
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
        hold: Tensor | None = None,
        guard: str = GUARDS[0],
    ) -> io.NodeOutput:
        """Pull the lever, and hold the rest."""
        pull = PullOptions(unit, chosen_layers(layers))
        one = Variation(0, None, ((index, strength),), "")
        plan = [replace(one, row=row) for row in range(len(latents))]
        if gan is None:
            _check_needless(hold, guard)
            with host.collect_notes() as notes:
                edited = apply_variations(latents, directions, plan, pull)
            return io.NodeOutput(edited, ui=on_node(notes))
        with host.session(gan) as work:
            request = read_hold(hold, work.generator, work.notes)
            bound = None if guard == GUARDS[0] else GuardRequest(work.generator, guard)
            pull = replace(pull, hold=request, guard=bound)
            edited = apply_variations(latents, directions, plan, pull, host.progress())
            work.notes.extend(notes_on_hold(request))
            shown = _both_sides(work, latents, edited)
        return io.NodeOutput(edited, ui=on_node(work.notes, shown))


def _check_needless(hold: Tensor | None, guard: str) -> None:
    """Raise if something is asked for that needs the generator."""
    if hold is not None:
        raise PackError(
            "A mask is connected at hold, and no generator at gan",
            "the generator, whose images are held outside the mask",
            "Connect Load GAN at gan",
        )
    if guard != GUARDS[0]:
        raise PackError(
            f"guard is {guard}, and no generator is connected at gan",
            "the generator, whose random images say how far a pull may go",
            "Connect Load GAN at gan, or set guard to off",
        )


def _both_sides(work: host.Session, latents: LatentCode, edited: LatentCode) -> ui.PreviewImage:
    """Images before and after the edit, side by side."""
    sides = [render(work.generator, codes[: SHOWN // 2]) for codes in (latents, edited)]
    scale = display_scale(work.generator.spec.img_size)
    return preview(torch.cat([enlarged(side, scale) for side in sides], dim=3))
