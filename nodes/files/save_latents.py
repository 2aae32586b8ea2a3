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
from ..folders import LATENTS
from ..sockets import CATEGORY, GAN_LATENT
from ..widgets import existing_input, on_node


class GANSaveLatents(io.ComfyNode):
    """See `core.saving_latents.save_latents`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """What ComfyUI draws."""
        return io.Schema(
            node_id="GANSaveLatents",
            display_name="GAN Save Latents",
            category=CATEGORY,
            description="Saves latents to models/gan_latents, with seeds, classes and edits.",
            is_output_node=True,
            inputs=[
                GAN_LATENT.Input("latents", tooltip="The images, as latent codes."),
                io.String.Input(
                    "name",
                    default="my_latents",
                    tooltip="Name of the file; a folder may stand before it, as in faces/ada.",
                ),
                existing_input("other latents are"),
            ],
            outputs=[
                io.String.Output(
                    "file",
                    display_name="file",
                    tooltip="Name of the file that was written; GAN Load Latents takes it.",
                ),
            ],
        )

    @classmethod
    def execute(cls, latents: LatentCode, name: str, existing: str) -> io.NodeOutput:
        """Write the file."""
        with host.collect_notes() as notes:
            path, file = LATENTS.path_to_save(name, existing, lambda path: _holds(path, latents))
            save_latents(latents, path)
            count = f"{len(latents)} latent{'s are' if len(latents) > 1 else ' is'}"
            notes.append(f"{count} in models/gan_latents/{file}")
        return io.NodeOutput(file, ui=on_node(notes))


def _holds(path: Path, codes: LatentCode) -> bool:
    """Whether a file holds the same codes, so that running again makes no second copy."""
    try:
        saved = load_latents(path)
    except PackError:
        return False
    return all(
        _equal(getattr(saved, field.name), getattr(codes, field.name))
        for field in fields(LatentCode)
    )


def _equal(one: object, other: object) -> bool:
    """Whether two fields are the same."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.shape == other.shape and torch.equal(one, other)
    return type(one) is type(other) and not isinstance(one, Tensor) and one == other
