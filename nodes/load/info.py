"""GANInfo: a description of a generator."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.generators.description import as_text, describe
from .. import host
from ..inputs import gan_input
from ..previews import on_node
from ..sockets import CATEGORY, LoadedGAN
from ..wording import NODES


class GANInfo(io.ComfyNode):
    """Calls `description.describe`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANInfo",
            display_name="GAN Info",
            category=f"{CATEGORY}/load",
            description="Describes a generator: architecture, sizes, coarse, middle and fine "
            "layers, classes, file hash, licence, training.",
            is_output_node=True,
            inputs=[gan_input()],
            outputs=[
                io.String.Output(
                    "text", display_name="text", tooltip="The whole description, as a table."
                ),
            ],
        )

    @classmethod
    def execute(cls, gan: LoadedGAN) -> io.NodeOutput:
        """Describe it."""
        with host.collect_notes() as notes:
            words = as_text(describe(gan.generator, NODES))
            # The node's font is proportional, so columns would not align.
            notes.extend(" ".join(line.split()) for line in words.splitlines() if line)
        return io.NodeOutput(words, ui=on_node(notes))
