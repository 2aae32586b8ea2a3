"""GANExamplePhoto: a photograph to begin with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from comfy_api.latest import io, ui
from PIL import Image

from ...core.base.errors import PackError
from .. import host
from ..previews import on_node
from ..sockets import CATEGORY

_FILE = Path(__file__).resolve().parents[2] / "assets" / "example_photo.jpg"


class GANExamplePhoto(io.ComfyNode):
    """Reads `assets/example_photo.jpg`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANExamplePhoto",
            display_name="GAN Example Photo",
            category=f"{CATEGORY}/photos",
            description="A photograph to begin with, of a person that the pack drew itself. Put "
            "Load Image in its place for a photograph of your own.",
            is_output_node=True,
            inputs=[],
            outputs=[
                io.Image.Output(
                    "photo", display_name="photo", tooltip="The photograph, 640 x 480 pixels."
                ),
            ],
        )

    @classmethod
    def execute(cls) -> io.NodeOutput:
        """Read the picture."""
        with host.collect_notes() as notes:
            if not _FILE.is_file():
                raise PackError(
                    f"The photograph {_FILE} is missing",
                    "",
                    "Install or update the pack again, so that its folder assets is complete",
                )
            with Image.open(_FILE) as picture:
                pixels = np.asarray(picture.convert("RGB"), np.float32) / 255
            photo = torch.from_numpy(pixels)[None]
            notes.append(
                "A rendered photograph, held out from the training of the bundled generators. "
                "For your own use Load Image instead."
            )
        return io.NodeOutput(
            host.to_intermediate_device(photo), ui=on_node(notes, ui.PreviewImage(photo))
        )
