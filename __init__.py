"""Latent Levers: find the hidden levers of a trained image generator, and pull them.

As a library: `import latent_levers as ll`. As a ComfyUI node pack: put this folder into
`custom_nodes`. As a command line: `latent-levers`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core import *  # noqa: F403

__version__ = "0.1.0"

WEB_DIRECTORY = "./web"
"""Help pages and widgets for ComfyUI's page."""

_PUBLIC = (
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
)
"""Names of the public door; they live in `core` and are fetched when first asked for."""

_DEPRECATED = ("Effort",)
"""Old names of the public door, for which `core` warns."""


def __getattr__(name: str) -> Any:
    """Fetch a public name from `core`, so that importing the package costs nothing.

    Args:
        name: Attribute asked for.

    Returns:
        The verb or noun of that name.

    Raises:
        AttributeError: It is not public.
    """
    if name not in (*_PUBLIC, *_DEPRECATED):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(".core", __name__), name)


def __dir__() -> list[str]:
    """The public names beside the module's own."""
    return sorted({*globals(), *_PUBLIC})


async def comfy_entrypoint() -> Any:
    """Called by ComfyUI for the list of nodes.

    Returns:
        The extension.
    """
    from .nodes import LatentLeversExtension

    return LatentLeversExtension()
