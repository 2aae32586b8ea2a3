"""The library, without ComfyUI: needs torch, numpy and safetensors alone.

Letters in shapes: N batch, L layers, D latent size, C H W image, P rows of a Jacobian (weighted
pixels times channels), K directions.
"""

from typing import Any

from .base.deprecation import renamed
from .base.errors import PackError
from .base.memory import Memory
from .concepts.directions import Directions
from .concepts.generator import Generator
from .concepts.latent_code import LatentCode, LatentSpace
from .concepts.region import Region
from .edits.combining import add_levers, remove_levers
from .edits.editing import edit, sweep
from .files.latent_files import load_latents, save_latents
from .files.loading import load_generator
from .files.writing import save_directions, save_generator
from .generators.description import describe
from .generators.rendering import render
from .jacobians.cache import JacobianCache
from .jacobians.options import JacobianOptions
from .latents.interpolation import blend
from .latents.sampling import map_latents, sample_latents, to_styles
from .latents.seed_search import nearest_seeds
from .latents.style_mixing import mix_styles
from .latents.truncation import average_latent, truncate
from .levers.direction_loading import load_directions
from .levers.factorization import resefa, sefa

__all__ = [
    "Directions",
    "Generator",
    "JacobianCache",
    "JacobianOptions",
    "LatentCode",
    "LatentSpace",
    "Memory",
    "PackError",
    "Region",
    "add_levers",
    "average_latent",
    "blend",
    "describe",
    "edit",
    "load_directions",
    "load_generator",
    "load_latents",
    "map_latents",
    "mix_styles",
    "nearest_seeds",
    "remove_levers",
    "render",
    "resefa",
    "sample_latents",
    "save_directions",
    "save_generator",
    "save_latents",
    "sefa",
    "sweep",
    "to_styles",
    "truncate",
]

DEPRECATED = {"Effort": "JacobianOptions"}
"""Deprecated public names to their new names."""


def __getattr__(name: str) -> Any:
    """Deprecated names, with a warning."""
    return renamed(__name__, name, DEPRECATED, globals())
