"""GANSaveDirections: levers to a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from comfy_api.latest import io

from ...core.base.errors import PackError
from ...core.base.parsing import read_names
from ...core.concepts.directions import Directions
from ...core.concepts.latent_code import LatentCode
from ...core.explorer.previews import add_previews, range_sentence, thumbnail_strip
from ...core.files.writing import save_directions
from ...core.levers.direction_loading import load_directions
from .. import host
from ..folders import DIRECTIONS
from ..sockets import CATEGORY, GAN, GAN_DIRECTIONS, GAN_LATENT, LoadedGAN
from ..widgets import existing_input, on_node, preview


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
                io.String.Input(
                    "names",
                    default="",
                    optional=True,
                    tooltip="Names of the levers, between commas: smile, age. An empty place "
                    "keeps the name that there is.",
                ),
                GAN.Input(
                    "gan",
                    optional=True,
                    tooltip="The generator: connect it and latents, and the file also holds a "
                    "picture of each lever and how far it is worth pulling.",
                ),
                GAN_LATENT.Input(
                    "latents", optional=True, tooltip="The first of these images is pictured."
                ),
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
    def execute(
        cls,
        directions: Directions,
        name: str,
        existing: str,
        names: str = "",
        gan: LoadedGAN | None = None,
        latents: LatentCode | None = None,
    ) -> io.NodeOutput:
        """Write the file."""
        DIRECTIONS.new_path(name)  # a name that cannot be is told before anything is drawn
        levers = replace(directions, names=read_names(names, len(directions), directions.names))
        shown = None
        if gan is not None and latents is not None:
            with host.session(gan) as work:
                levers = add_previews(work.generator, latents, levers, host.progress())
            strip = thumbnail_strip(levers)
            shown = None if strip is None else preview(strip)
        with host.collect_notes() as notes:
            path, file = DIRECTIONS.path_to_save(name, existing, lambda path: _holds(path, levers))
            save_directions(levers, path)
            notes.append(f"{len(levers)} directions are in models/gan_directions/{file}")
            if (gan is None) != (latents is None):
                notes.append("For pictures of the levers connect gan and latents, both.")
            if levers.ranges is not None:
                notes.extend(range_sentence(levers, index) for index in range(len(levers)))
        return io.NodeOutput(file, ui=on_node(notes, shown))


def _holds(path: Path, levers: Directions) -> bool:
    """Whether a file holds the same levers, so that running again makes no second copy."""
    try:
        saved = load_directions(path)
    except PackError:
        return False
    same = saved.vectors.shape == levers.vectors.shape and saved.names == levers.names
    return same and torch.equal(saved.vectors, levers.vectors) and saved.layers == levers.layers
