"""Optional packages, imported when a function needs one."""

from __future__ import annotations

import importlib
from typing import Any

from .errors import PackError

_REASON = 200
"""Characters of the reason why an import failed."""


def import_extra(module: str, package: str, purpose: str) -> Any:
    """Import a module of a package that the pack does not require.

    `pip install latent-levers[extras]` installs all of these packages.

    Args:
        module: Dotted name of the module, such as "sklearn.decomposition".
        package: The package that pip installs, such as "scikit-learn".
        purpose: What needs it, as the start of a sentence, such as "GANSpace".

    Returns:
        The module.

    Raises:
        PackError: The package is not installed, or importing it fails.
    """
    try:
        return importlib.import_module(module)
    except (ImportError, RuntimeError, OSError, AttributeError) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing is not None and f"{module}.".startswith(f"{missing}."):
            raise PackError(
                f"{purpose} needs the package {package}, which is not installed",
                f"{package} in the environment of this program",
                f"Install it with: pip install {package}",
            ) from error
        # One of its own requirements is missing, or it was built for other versions.
        reason = (str(error) or type(error).__name__).split("\n", 1)[0][:_REASON]
        raise PackError(
            f"{purpose} needs the package {package}, which cannot be imported ({reason})",
            f"a {package} that fits the other packages of this environment",
            f"Install it again with: pip install {package}",
        ) from error
