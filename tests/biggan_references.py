"""Files of the published BigGANs as generators: what they were built with, and their images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import latent_levers as ll
import torch
from golden import FOLDER, parameters
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.files.loading import assemble
from latent_levers.core.files.recognition import recognise
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

BROCK = (
    "brock_biggan64",
    "brock_biggan32_standing",
    "brock_biggan32_unshared",
    "brock_biggan32_hub",
    "brock_biggan24_raw",
    "brock_biggan_deep64",
)
"""Chunks of z and two self-attentions; sums of "mybn"; a table of norms per class; no `sv0`; no
spectral norm and 3 pixels to begin with; deep."""


def stated(name: str) -> dict[str, Any]:
    """What the reference's constructor was given."""
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        return json.loads(file.metadata()["config"])


def write_folder(name: str, folder: Path, safe: bool = False, **config: Any) -> Path:
    """A folder as Hugging Face lays it out."""
    (folder / "config.json").write_text(json.dumps({**stated(name), **config}))
    if safe:
        save_file(parameters(name), folder / "model.safetensors")
    else:
        torch.save(parameters(name), folder / "pytorch_model.bin")
    return folder


def load(tensors: dict[str, Tensor], **config: Any) -> Generator:
    """A generator from tensors, without a file."""
    return assemble(recognise(Checkpoint(tensors, "test", config=config)))


def drawn(
    gan: Generator, data: dict[str, Tensor], psi: float = 1.0, label: str = "in.label"
) -> Tensor:
    """Images of a reference file's latents."""
    return ll.render(gan, ll.map_latents(gan, data["in.z"], data[label], truncation_psi=psi))
