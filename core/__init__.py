"""The library, without ComfyUI: needs torch, numpy and safetensors alone.

Letters in shapes: N batch, L layers, D latent size, C H W image, P rows of a Jacobian (weighted
pixels times channels), K directions.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .base.deprecation import renamed

if TYPE_CHECKING:
    from .base.errors import PackError
    from .base.memory import Memory
    from .batch.plan import Plan
    from .batch.plan_file import create_plan, read_plan
    from .concepts.directions import Directions
    from .concepts.generator import Generator
    from .concepts.latent_code import LatentCode, LatentSpace
    from .concepts.region import Region
    from .edits.combining import add_levers, remove_levers
    from .edits.editing import edit, sweep
    from .edits.guards import guard
    from .edits.holding.hold import hold
    from .edits.ranking import rank_levers
    from .files.latent_files import load_latents, save_latents
    from .files.loading import load_generator
    from .files.tuned_writing import save_tuned
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
    from .levers.grams.gram_sum import GramSum
    from .levers.methods.ganspace import ganspace
    from .levers.methods.interfacegan import interfacegan
    from .levers.methods.lowrankgan import lowrankgan
    from .levers.methods.stylespace import stylespace
    from .levers.pair_likeness import pair_likeness
    from .levers.score_lever import score_lever
    from .measures.naming import name_levers
    from .measures.reports.report import edit_report
    from .photos.composite import composite
    from .photos.crop import Crop
    from .photos.cropping import crop_photo
    from .photos.inversion import Inversion, invert
    from .photos.inverter import Inverter, prepare_inversion
    from .photos.inverter_files import load_inverter, save_inverter
    from .photos.trained_encoders.encoder import Encoder, load_encoder
    from .photos.tuning import tune
    from .solvers.davidson import DavidsonSolver
    from .solvers.low_rank import LowRankSolver

_HOMES = {
    "Crop": "photos.crop",
    "DavidsonSolver": "solvers.davidson",
    "Directions": "concepts.directions",
    "Encoder": "photos.trained_encoders.encoder",
    "Generator": "concepts.generator",
    "GramSum": "levers.grams.gram_sum",
    "JacobianCache": "jacobians.cache",
    "JacobianOptions": "jacobians.options",
    "LatentCode": "concepts.latent_code",
    "LatentSpace": "concepts.latent_code",
    "LowRankSolver": "solvers.low_rank",
    "Memory": "base.memory",
    "PackError": "base.errors",
    "Plan": "batch.plan",
    "Region": "concepts.region",
    "add_levers": "edits.combining",
    "average_latent": "latents.truncation",
    "blend": "latents.interpolation",
    "composite": "photos.composite",
    "create_plan": "batch.plan_file",
    "crop_photo": "photos.cropping",
    "describe": "generators.description",
    "edit": "edits.editing",
    "ganspace": "levers.methods.ganspace",
    "interfacegan": "levers.methods.interfacegan",
    "Inversion": "photos.inversion",
    "Inverter": "photos.inverter",
    "edit_report": "measures.reports.report",
    "hold": "edits.holding.hold",
    "guard": "edits.guards",
    "invert": "photos.inversion",
    "load_directions": "levers.direction_loading",
    "load_encoder": "photos.trained_encoders.encoder",
    "load_generator": "files.loading",
    "load_inverter": "photos.inverter_files",
    "load_latents": "files.latent_files",
    "lowrankgan": "levers.methods.lowrankgan",
    "map_latents": "latents.sampling",
    "mix_styles": "latents.style_mixing",
    "name_levers": "measures.naming",
    "nearest_seeds": "latents.seed_search",
    "pair_likeness": "levers.pair_likeness",
    "prepare_inversion": "photos.inverter",
    "rank_levers": "edits.ranking",
    "read_plan": "batch.plan_file",
    "remove_levers": "edits.combining",
    "render": "generators.rendering",
    "resefa": "levers.factorization",
    "sample_latents": "latents.sampling",
    "save_directions": "files.writing",
    "save_generator": "files.writing",
    "save_inverter": "photos.inverter_files",
    "save_latents": "files.latent_files",
    "save_tuned": "files.tuned_writing",
    "score_lever": "levers.score_lever",
    "sefa": "levers.factorization",
    "stylespace": "levers.methods.stylespace",
    "sweep": "edits.editing",
    "to_styles": "latents.sampling",
    "truncate": "latents.truncation",
    "tune": "photos.tuning",
}
"""Where each public name is defined; a module is imported when its name is first used, so that
`import latent_levers` and `latent-levers --help` need not wait for torch."""

__all__ = [
    "Crop",
    "DavidsonSolver",
    "Directions",
    "Encoder",
    "Generator",
    "GramSum",
    "Inversion",
    "Inverter",
    "JacobianCache",
    "JacobianOptions",
    "LatentCode",
    "LatentSpace",
    "LowRankSolver",
    "Memory",
    "PackError",
    "Plan",
    "Region",
    "add_levers",
    "average_latent",
    "blend",
    "composite",
    "create_plan",
    "crop_photo",
    "describe",
    "edit",
    "edit_report",
    "ganspace",
    "guard",
    "hold",
    "interfacegan",
    "invert",
    "load_directions",
    "load_encoder",
    "load_generator",
    "load_inverter",
    "load_latents",
    "lowrankgan",
    "map_latents",
    "mix_styles",
    "name_levers",
    "nearest_seeds",
    "pair_likeness",
    "prepare_inversion",
    "rank_levers",
    "read_plan",
    "remove_levers",
    "render",
    "resefa",
    "sample_latents",
    "save_directions",
    "save_generator",
    "save_inverter",
    "save_latents",
    "save_tuned",
    "score_lever",
    "sefa",
    "stylespace",
    "sweep",
    "to_styles",
    "truncate",
    "tune",
]

DEPRECATED = {"Effort": "JacobianOptions"}
"""Old public names, and what they are called now."""


def __getattr__(name: str) -> Any:
    """A public name, or an old one with a warning.

    Args:
        name: Attribute that was asked for.

    Returns:
        Its value.
    """
    if name in _HOMES:
        value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value
    return renamed(__name__, name, DEPRECATED, __getattr__)


def __dir__() -> list[str]:
    """The public names beside the module's own."""
    return sorted({*globals(), *__all__})
