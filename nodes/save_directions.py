"""GANSaveDirections: levers to a file."""

from __future__ import annotations

from pathlib import Path

import torch
from comfy_api.latest import io

from ..core.directions import Directions
from ..core.errors import PackError
from ..core.reading_directions import load_directions
from ..core.saving import save_directions
from . import host
from .naming import free_path
from .sockets import CATEGORY, GAN_DIRECTIONS
from .widgets import KEEP_BOTH, existing_input, on_node


class GANSaveDirections(io.ComfyNode):
    """See `core.save_directions`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANSaveDirections",
            display_name="GAN Save Directions",
            category=CATEGORY,
            description="Saves levers to models/gan_directions, with all that is known of them.",
            is_output_node=True,
            inputs=[
                GAN_DIRECTIONS.Input("directions", tooltip="The levers, from SeFa or ReSeFa."),
                io.String.Input(
                    "name",
                    default="my_levers",
                    tooltip="Name of the file; a folder may stand before it, as in faces/smile.",
                ),
                existing_input("other levers are"),
            ],
            outputs=[
                io.String.Output(
                    "file",
                    display_name="file",
                    tooltip="Name of the file that was written; GAN Load Directions takes it.",
                ),
            ],
        )

    @classmethod
    def execute(cls, directions: Directions, name: str, existing: str) -> io.NodeOutput:
        """Write the file."""
        with host.plainly() as notes:
            place = host.new_directions_path
            path, file = (
                free_path(place, name, lambda path: _holds(path, directions))
                if existing == KEEP_BOTH
                else place(name)
            )
            save_directions(directions, path)
            notes.append(f"{len(directions)} directions are in models/gan_directions/{file}")
        return io.NodeOutput(file, ui=on_node(notes))


def _holds(path: Path, levers: Directions) -> bool:
    """Whether a file holds the same levers, so that running again makes no second copy."""
    try:
        saved = load_directions(path)
    except PackError:
        return False
    same = saved.vectors.shape == levers.vectors.shape and saved.names == levers.names
    return same and torch.equal(saved.vectors, levers.vectors) and saved.layers == levers.layers
