"""Names that people type for files, and what becomes of a name that is taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..core.base.errors import PackError

KEEP_BOTH, REPLACE = "keep both", "replace"
"""What to do with a file of the same name."""

_SUFFIX = ".safetensors"


def named_file(folder: Path, name: str, example: str, error: type[PackError]) -> tuple[Path, str]:
    """The safetensors file of a name.

    Args:
        folder: Where it shall lie.
        name: What was typed, perhaps with folders; ".safetensors" may be missing.
        example: A name that would do, for the message.
        error: What is raised.

    Returns:
        The path, and its name within the folder.

    Raises:
        PackError: The name is empty or leads out of the folder.
    """
    root = folder.resolve()
    plain = name.strip().removesuffix(_SUFFIX)
    path = (root / f"{plain}{_SUFFIX}").resolve()
    if not plain or plain.endswith(("/", "\\")) or not path.is_relative_to(root):
        raise error(
            f"The name {name!r} was given to save under",
            f"the name of a file within {root}",
            f"Choose a name such as {example}",
        )
    return path, path.relative_to(root).as_posix()


def free_path(
    place: Callable[[str], tuple[Path, str]], name: str, is_same: Callable[[Path], bool]
) -> tuple[Path, str]:
    """A path of a name that no other thing is saved under, numbered where need be.

    Args:
        place: Path and name of what was typed; see `folders.Shelf.new_path`.
        name: What was typed.
        is_same: Whether a file holds what is to be saved, so that it may be taken again.

    Returns:
        See `named_file`.
    """
    path, file = place(name)
    number = 2
    while path.exists() and not is_same(path):
        path, file = place(f"{name.strip().removesuffix(_SUFFIX)}_{number}")
        number += 1
    return path, file
