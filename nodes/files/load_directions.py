"""GANLoadDirections: levers from a file of this pack or of another program."""

from __future__ import annotations

import contextlib

from comfy_api.latest import io

from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import format_layers
from ...core.explorer.previews import range_sentence, thumbnail_strip
from ...core.levers.compatibility import compatibility, rank_files
from ...core.levers.direction_loading import load_directions
from .. import folders, host
from ..file_inputs import file_to_load_inputs
from ..folders import DIRECTIONS
from ..inputs import AUTO, chosen_space, file_space_input, report_output
from ..previews import on_node, preview
from ..sockets import CATEGORY, GAN, GAN_DIRECTIONS, LoadedGAN

_SOURCES = {
    "stated": "the name of the array",
    "a vector per layer": "the file has a vector per layer",
}
"""How a space was determined, where core's word for it needs an explanation."""

_SURVEYED = 100
"""Most files whose compatibility is reported."""


class GANLoadDirections(io.ComfyNode):
    """Calls `direction_loading.load_directions`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANLoadDirections",
            display_name="GAN Load Directions",
            category=f"{CATEGORY}/files",
            description="Loads levers from models/gan_directions: saved ones, and directions from "
            "other programs (.npy, .npz, .pt, safetensors). They fit the generator that they were "
            "found with, and often fine-tuned versions of it.",
            inputs=[
                *file_to_load_inputs(DIRECTIONS),
                file_space_input(
                    "directions",
                    "a vector per layer, and as many rows as the generator has layers, are in W+; "
                    "an array named z, w or s in that space; all others in the generator's only "
                    "space of their size, else in W",
                ),
                io.Int.Input(
                    "num_ws",
                    default=0,
                    min=0,
                    max=1000,
                    optional=True,
                    tooltip="Number of the generator's layers, for directions from other programs; "
                    "0 takes it from the file or the generator.",
                ),
                GAN.Input(
                    "gan",
                    optional=True,
                    tooltip="The generator that the levers are for. The node then reports which "
                    "files fit it, and infers space, layers and sigma of directions from other "
                    "programs.",
                ),
            ],
            outputs=[
                GAN_DIRECTIONS.Output(
                    "directions", display_name="directions", tooltip="The levers."
                ),
                report_output("What the file says about the levers."),
            ],
        )

    @classmethod
    def validate_inputs(cls, saved: str) -> bool | str:
        """Report a missing file and its folder before anything runs."""
        return DIRECTIONS.validate(saved)

    @classmethod
    def fingerprint_inputs(cls, saved: str, file: str | None = None, **_: object) -> str:
        """Load again when the file has changed."""
        return DIRECTIONS.fingerprint(file or saved)

    @classmethod
    def execute(
        cls,
        saved: str,
        file: str | None = None,
        space: str = AUTO,
        num_ws: int = 0,
        gan: LoadedGAN | None = None,
    ) -> io.NodeOutput:
        """Read the file."""
        with contextlib.ExitStack() as stack:
            if gan is None:
                notes, generator = stack.enter_context(host.collect_notes()), None
            else:
                work = stack.enter_context(host.session(gan))
                notes, generator = work.notes, work.generator
            path = DIRECTIONS.path(file or saved, notes)
            with folders.folder_in_errors(path):
                levers = load_directions(
                    path,
                    space=chosen_space(space),
                    num_ws=num_ws or None,
                    gan=generator,
                )
            layers = format_layers(levers.layers, levers.num_ws)
            count = f"{len(levers)} direction{'s' if len(levers) > 1 else ''}"
            notes.append(
                f"{path.name}: {count} of {levers.method or 'unknown origin'} in "
                f"{levers.space.value}, layers {layers}"
            )
            notes.extend(
                f"{key}: {value}" for key, value in levers.details.items() if key == "region"
            )
            facts = _source_of_space(levers, path.name, space)
            if levers.ranges is not None:
                facts += [range_sentence(levers, index) for index in range(len(levers))]
            elif any(levers.names):
                facts += [", ".join(levers.label(index) for index in range(len(levers)))]
            if generator is not None:
                facts += [f"This file: {compatibility(levers, generator).sentence}"]
                listed = rank_files(DIRECTIONS.files()[:_SURVEYED], generator)
                facts += [f"{name}: {verdict.sentence}" for name, verdict in listed]
            strip = thumbnail_strip(levers)
            shown = None if strip is None else preview(strip)
        notes += facts  # after the warnings, which are about the chosen file
        return io.NodeOutput(levers, "\n".join(notes), ui=on_node(notes, shown))


def _source_of_space(levers: Directions, name: str, space: str) -> list[str]:
    """How the space of another program's file was determined; warnings say what was assumed."""
    source = str(levers.details.get("space", "assumed"))
    if source == "assumed" or levers.details.get("file") != name:
        return []
    how = "as set on this node" if space != AUTO else _SOURCES.get(source, source)
    return [f"Space {levers.space.value}: {how}."]
