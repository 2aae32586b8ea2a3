"""GANConcatenateLatents: batches of latents put together."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.concepts.latent_code import LatentCode
from ...core.latents.alignment import join
from .. import host
from ..sockets import CATEGORY, GAN, GAN_LATENT, LoadedGAN
from ..widgets import on_node, preview_codes

_MORE = ("third", "fourth")
"""Inputs that may stay empty."""


class GANConcatenateLatents(io.ComfyNode):
    """See `core.aligning.join`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANConcatenateLatents",
            display_name="GAN Concatenate Latents",
            category=CATEGORY,
            description="Puts batches of latents together to one, in order.",
            is_output_node=True,
            inputs=[
                GAN.Input("gan", tooltip="The generator, from Load GAN."),
                GAN_LATENT.Input("first", tooltip="The images that come first."),
                GAN_LATENT.Input("second", tooltip="The images that follow them."),
                *(
                    GAN_LATENT.Input(name, optional=True, tooltip=f"A {name} batch, if any.")
                    for name in _MORE
                ),
            ],
            outputs=[
                GAN_LATENT.Output(
                    "all", display_name="latents", tooltip="All images as one batch."
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        gan: LoadedGAN,
        first: LatentCode,
        second: LatentCode,
        third: LatentCode | None = None,
        fourth: LatentCode | None = None,
    ) -> io.NodeOutput:
        """Put them together."""
        batches = [codes for codes in (first, second, third, fourth) if codes is not None]
        with host.session(gan) as work:
            ready = join(work.generator, batches)
            shown = preview_codes(work, ready)
        return io.NodeOutput(ready, ui=on_node(work.notes, shown))
