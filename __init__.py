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


def __getattr__(name: str) -> Any:
    """Fetch a public name from `core`, so that importing the package costs nothing.

    Args:
        name: Attribute that was asked for.

    Returns:
        The function or class of that name.

    Raises:
        AttributeError: It is not public.
    """
    core = importlib.import_module(".core", __name__)
    if name in core.__all__ or name in core.DEPRECATED:
        return getattr(core, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names beside the module's own."""
    core = importlib.import_module(".core", __name__)
    return sorted({*globals(), *core.__all__})


async def comfy_entrypoint() -> Any:
    """Return the extension that lists the nodes; ComfyUI calls this.

    Returns:
        The extension.
    """
    from .nodes import LatentLeversExtension

    return LatentLeversExtension()
