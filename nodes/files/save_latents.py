"""GANSaveLatents: latent codes to a file."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import torch
from comfy_api.latest import io
from torch import Tensor

from ...core.base.errors import PackError
from ...core.concepts.latent_code import LatentCode
from ...core.files.latent_files import load_latents, save_latents
from .. import host
from ..file_inputs import file_to_save_inputs, saved_file_output
from ..folders import LATENTS
from ..previews import on_node
from ..sockets import CATEGORY, GAN_LATENT


class GANSaveLatents(io.ComfyNode):
    """Calls `latent_files.save_latents`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The schema of the node."""
        return io.Schema(
            node_id="GANSaveLatents",
            display_name="GAN Save Latents",
            category=f"{CATEGORY}/files",
            description="Saves latents to models/gan_latents, with seeds, classes and edits.",
            is_output_node=True,
            inputs=[
                GAN_LATENT.Input("latents", tooltip="The images, as latent codes."),
                *file_to_save_inputs("my_latents", "faces/ada", "other latents are"),
            ],
            outputs=[
                saved_file_output("Name of the written file, for GAN Load Latents."),
            ],
        )

    @classmethod
    def execute(cls, latents: LatentCode, name: str, existing: str) -> io.NodeOutput:
        """Write the file."""
        with host.collect_notes() as notes:
            path, file = LATENTS.path_to_save(name, existing, lambda path: _contains(path, latents))
            save_latents(latents, path)
            count = f"{len(latents)} latent{'s are' if len(latents) > 1 else ' is'}"
            notes.append(f"{count} in models/gan_latents/{file}")
        return io.NodeOutput(file, ui=on_node(notes))


def _contains(path: Path, codes: LatentCode) -> bool:
    """Whether a file contains the same codes, so that another run writes no second copy."""
    try:
        saved = load_latents(path)
    except PackError:
        return False
    return all(
        _equal(getattr(saved, field.name), getattr(codes, field.name))
        for field in fields(LatentCode)
    )


def _equal(one: object, other: object) -> bool:
    """Whether two fields are equal."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.shape == other.shape and torch.equal(one, other)
    return type(one) is type(other) and not isinstance(one, Tensor) and one == other
