"""All that computes; knows torch, numpy and safetensors, never ComfyUI.

Letters in shapes: N batch, L layers, D latent size, C H W image, P rows of a Jacobian (weighted
pixels times channels), K directions.
"""

from .caching import JacobianCache
from .describing import describe
from .directions import Directions
from .editing import edit, sweep
from .errors import PackError
from .generator import Generator
from .latents import LatentCode, LatentSpace
from .loading import load_generator
from .measuring import Effort
from .memory import Memory
from .reading_directions import load_directions
from .regions import Region
from .rendering import render
from .sampling import map_latents, sample_latents, to_styles
from .saving import save_directions, save_generator
from .solving import resefa, sefa

__all__ = [
    "Directions",
    "Effort",
    "Generator",
    "JacobianCache",
    "LatentCode",
    "LatentSpace",
    "Memory",
    "PackError",
    "Region",
    "describe",
    "edit",
    "load_directions",
    "load_generator",
    "map_latents",
    "render",
    "resefa",
    "sample_latents",
    "save_directions",
    "save_generator",
    "sefa",
    "sweep",
    "to_styles",
]
