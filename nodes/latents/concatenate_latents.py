"""GANConcatenateLatents: batches of latents as one batch."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.concepts.latent_code import LatentCode
from ...core.latents.alignment import join
from .. import host
from ..inputs import gan_input, latents_output
from ..previews import on_node, preview_codes
from ..sockets import CATEGORY, GAN_LATENT, LoadedGAN

_MORE = ("third", "fourth")
"""Optional inputs."""


class GANConcatenateLatents(io.ComfyNode):
    """Calls `alignment.join`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANConcatenateLatents",
            display_name="GAN Concatenate Latents",
            category=f"{CATEGORY}/latents",
            description="Concatenates batches of latents, in order.",
            is_output_node=True,
            inputs=[
                gan_input(),
                GAN_LATENT.Input("first", tooltip="The images that come first."),
                GAN_LATENT.Input("second", tooltip="The images that follow them."),
                *(
                    GAN_LATENT.Input(name, optional=True, tooltip=f"A {name} batch, if any.")
                    for name in _MORE
                ),
            ],
            outputs=[
                latents_output("all", "All images as one batch."),
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
        """Concatenate."""
        batches = [codes for codes in (first, second, third, fourth) if codes is not None]
        with host.session(gan) as work:
            ready = join(work.generator, batches)
            shown = preview_codes(work, ready)
        return io.NodeOutput(ready, ui=on_node(work.notes, shown))
