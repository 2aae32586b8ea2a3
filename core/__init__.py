"""All that computes; knows torch, numpy and safetensors, never ComfyUI.

Letters in shapes: N batch, L layers, D latent size, C H W image, P rows of a Jacobian (weighted
pixels times channels), K directions.
"""

from .blending import blend
from .caching import JacobianCache
from .centring import average_latent, truncate
from .combining import add_levers, remove_levers
from .describing import describe
from .directions import Directions
from .editing import edit, sweep
from .errors import PackError
from .generator import Generator
from .latents import LatentCode, LatentSpace
from .loading import load_generator
from .measuring import Effort
from .memory import Memory
from .mixing import mix_styles
from .reading_directions import load_directions
from .regions import Region
from .rendering import render
from .sampling import map_latents, sample_latents, to_styles
from .saving import save_directions, save_generator
from .saving_latents import load_latents, save_latents
from .seed_search import nearest_seeds
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
