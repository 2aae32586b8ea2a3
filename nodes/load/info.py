"""GANInfo: what a generator is."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.generators.description import describe, in_words
from .. import host
from ..sockets import CATEGORY, GAN, LoadedGAN
from ..widgets import on_node


class GANInfo(io.ComfyNode):
    """See `core.describe`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANInfo",
            display_name="GAN Info",
            category=CATEGORY,
            description="Tells what a generator is: kind, sizes, layers and which of them are "
            "coarse, middle and fine, classes, file hash, licence, training.",
            is_output_node=True,
            inputs=[GAN.Input("gan", tooltip="The generator, from Load GAN.")],
            outputs=[
                io.String.Output(
                    "text", display_name="text", tooltip="All that is shown, as a table."
                ),
            ],
        )

    @classmethod
    def execute(cls, gan: LoadedGAN) -> io.NodeOutput:
        """Describe it."""
        with host.collect_notes() as notes:
            words = in_words(describe(gan.generator))
            # The node's letters are not all of one width, which columns would need.
            notes.extend(" ".join(line.split()) for line in words.splitlines() if line)
        return io.NodeOutput(words, ui=on_node(notes))
