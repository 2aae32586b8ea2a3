"""Folders in which nodes write pictures, and from which they read plans."""

from __future__ import annotations

from pathlib import Path

from ..core.base.errors import PackError
from ..core.batch.plan_file import PLAN, plan_file
from .file_names import path_within
from .folders import input_folder, output_folder

EXAMPLE = "latent_levers/batch"
"""A folder of a batch."""


def batch_folder(name: str) -> tuple[Path, str]:
    """The folder of a batch.

    Args:
        name: Its typed name.

    Returns:
        The folder, which need not exist, and its path within ComfyUI's output folder.

    Raises:
        PackError: The name is empty or leads out of the output folder.
    """
    root = output_folder()
    path = path_within(root, name, EXAMPLE)
    return path, path.relative_to(root.resolve()).as_posix()


def plan_path(name: str) -> Path:
    """The file of a plan.

    Args:
        name: The typed name: the file, or the folder that holds it as plan.json.

    Returns:
        An existing file within ComfyUI's input or output folder.

    Raises:
        PackError: There is none, or the name leads out of these folders.
    """
    roots = [input_folder(), output_folder()]
    for root in roots:
        file = plan_file(path_within(root, name, f"{EXAMPLE}/{PLAN}"))
        if file.is_file():
            return file
    raise PackError(
        f"There is no plan {name!r}",
        f"the name of a plan in {' or '.join(map(str, roots))}",
        "Put the file there; latent-levers plan writes one",
    )
