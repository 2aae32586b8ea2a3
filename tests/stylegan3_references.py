"""Files of the published StyleGAN3s as generators, and what they were built with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import latent_levers as ll
from golden import FOLDER, write_generator
from latent_levers.core.generators.architectures.stylegan3.architecture import (
    StyleGAN3Architecture,
)
from safetensors import safe_open

NVLABS = (
    "nvlabs_stylegan3_t",
    "nvlabs_stylegan3_r",
    "nvlabs_stylegan3_r64",
    "nvlabs_stylegan3_t_options",
)


ARCHITECTURE = StyleGAN3Architecture()


def header(name: str, entry: str) -> Any:
    """An entry of a reference file's header."""
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        return json.loads((file.metadata() or {}).get(entry, "null"))


def stated(name: str) -> dict[str, Any]:
    """What the reference was built with, as far as options tell of it."""
    config = header(name, "config")
    config |= config.get("mapping_kwargs", {})
    return {option: config[option] for option in ARCHITECTURE.options if option in config}


def opened(name: str, folder: Path) -> ll.Generator:
    """The reference generator, with the arguments that shapes cannot tell."""
    options = {} if name.startswith("hammer") else stated(name)
    return ll.load_generator(write_generator(name, folder), **options)
