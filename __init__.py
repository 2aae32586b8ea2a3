"""Latent Levers: find edit directions ("levers") of a trained GAN, and pull them.

As a library: `import latent_levers as ll`. As a ComfyUI node pack: put this folder into
`custom_nodes`. On the command line: `latent-levers`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core import *  # noqa: F403

__version__ = "0.1.0"

WEB_DIRECTORY = "./web"
"""Help pages and widgets that ComfyUI serves."""

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
"""Public names; each is imported from `core` on first access."""

_DEPRECATED = ("Effort",)
"""Deprecated public names; `core` warns when one is used."""


def __getattr__(name: str) -> Any:
    """Import a public name from `core` on access, so that importing the package stays fast.

    Args:
        name: Name of the attribute.

    Returns:
        The function or class of that name.

    Raises:
        AttributeError: The name is not public.
    """
    if name not in (*_PUBLIC, *_DEPRECATED):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(".core", __name__), name)


def __dir__() -> list[str]:
    """Public names and the module's own."""
    return sorted({*globals(), *_PUBLIC})


async def comfy_entrypoint() -> Any:
    """Return the extension that lists the nodes; ComfyUI calls this.

    Returns:
        The extension.
    """
    from .nodes import LatentLeversExtension

    return LatentLeversExtension()
