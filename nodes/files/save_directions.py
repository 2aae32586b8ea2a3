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
from ..file_inputs import file_to_save_inputs, saved_file_output
from ..folders import DIRECTIONS
from ..previews import on_node, preview
from ..sockets import CATEGORY, GAN, GAN_DIRECTIONS, GAN_LATENT, LoadedGAN


class GANSaveDirections(io.ComfyNode):
    """Calls `writing.save_directions`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANSaveDirections",
            display_name="GAN Save Directions",
            category=f"{CATEGORY}/files",
            description="Saves levers to models/gan_directions, with all facts about them.",
            is_output_node=True,
            inputs=[
                GAN_DIRECTIONS.Input("directions", tooltip="The levers, from SeFa or ReSeFa."),
                *file_to_save_inputs("my_levers", "faces/smile", "other levers are"),
                io.String.Input(
                    "names",
                    default="",
                    optional=True,
                    tooltip="Names of the levers, between commas: smile, age. An empty place "
                    "keeps the present name.",
                ),
                GAN.Input(
                    "gan",
                    optional=True,
                    tooltip="The generator: if it and latents are connected, the file also stores "
                    "a picture of each lever and its useful range.",
                ),
                GAN_LATENT.Input(
                    "latents",
                    optional=True,
                    tooltip="The first of these images is used for the pictures.",
                ),
            ],
            outputs=[
                saved_file_output("Name of the written file, for GAN Load Directions."),
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
        DIRECTIONS.new_path(name)  # an invalid name is reported before anything is rendered
        levers = replace(directions, names=read_names(names, len(directions), directions.names))
        shown = None
        if gan is not None and latents is not None:
            with host.session(gan) as work:
                levers = add_previews(work.generator, latents, levers, host.progress())
            strip = thumbnail_strip(levers)
            shown = None if strip is None else preview(strip)
        with host.collect_notes() as notes:
            path, file = DIRECTIONS.path_to_save(
                name, existing, lambda path: _contains(path, levers)
            )
            save_directions(levers, path)
            notes.append(f"{len(levers)} directions are in models/gan_directions/{file}")
            if (gan is None) != (latents is None):
                notes.append("For pictures of the levers, connect both gan and latents.")
            if levers.ranges is not None:
                notes.extend(range_sentence(levers, index) for index in range(len(levers)))
        return io.NodeOutput(file, ui=on_node(notes, shown))


def _contains(path: Path, levers: Directions) -> bool:
    """Whether a file contains the same levers, so that another run writes no second copy."""
    try:
        saved = load_directions(path)
    except PackError:
        return False
    same = saved.vectors.shape == levers.vectors.shape and saved.names == levers.names
    return same and torch.equal(saved.vectors, levers.vectors) and saved.layers == levers.layers
