"""GANLoadDirections: levers from a file."""

from __future__ import annotations

from comfy_api.latest import io

from ..core.errors import PackError
from ..core.latents import format_layers
from ..core.reading_directions import load_directions
from . import host
from .sockets import CATEGORY, GAN_DIRECTIONS
from .widgets import on_node


class GANLoadDirections(io.ComfyNode):
    """See `core.load_directions`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANLoadDirections",
            display_name="GAN Load Directions",
            category=CATEGORY,
            description="Loads levers from models/gan_directions. They fit the generator that they "
            "were found with, and often its fine-tuned relatives.",
            inputs=[
                io.Combo.Input(
                    "saved",
                    options=host.direction_names(),
                    default=host.NEWEST,
                    tooltip="The file, in models/gan_directions; (newest) is the one saved last.",
                ),
                io.String.Input(
                    "file",
                    optional=True,
                    force_input=True,
                    tooltip="Name of a file, from GAN Save Directions; it wins over the list.",
                ),
            ],
            outputs=[
                GAN_DIRECTIONS.Output(
                    "directions", display_name="directions", tooltip="The levers."
                ),
                io.String.Output(
                    "report", display_name="report", tooltip="What the file says of them."
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, saved: str) -> bool | str:
        """Say which file is missing and where it belongs, before anything runs."""
        try:
            if saved != host.NEWEST:  # whether there is a newest one shows when its turn comes
                host.directions_path(saved)
        except PackError as error:
            return str(error)
        return True

    @classmethod
    def fingerprint_inputs(cls, saved: str, file: str | None = None) -> str:
        """Load again when the file has changed."""
        try:
            return host.stamp(host.directions_path(file or saved))
        except PackError:
            return "missing"

    @classmethod
    def execute(cls, saved: str, file: str | None = None) -> io.NodeOutput:
        """Read the file."""
        path = host.directions_path(file or saved)
        with host.plainly() as notes:
            levers = load_directions(path)
            layers = format_layers(levers.layers, levers.num_ws)
            notes.append(
                f"{path.name}: {len(levers)} directions of {levers.method or 'unknown origin'} in "
                f"{levers.space.value}, layers {layers}"
            )
            notes.extend(
                f"{key}: {value}" for key, value in levers.details.items() if key == "region"
            )
        return io.NodeOutput(levers, "\n".join(notes), ui=on_node(notes))
