"""Paths for file names that users type, and numbering of names that are taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..core.base.errors import PackError

KEEP_BOTH, REPLACE = "keep both", "replace"
"""Choices for a name that a file already has."""

_SUFFIX = ".safetensors"


def named_file(folder: Path, name: str, example: str, error: type[PackError]) -> tuple[Path, str]:
    """The path of the safetensors file of a name.

    Args:
        folder: Folder of the file.
        name: The typed name, perhaps with subfolders; ".safetensors" may be missing.
        example: A valid name, for the message.
        error: Class of the exception.

    Returns:
        The path, and the path relative to the folder.

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
    path_of: Callable[[str], tuple[Path, str]], name: str, is_same: Callable[[Path], bool]
) -> tuple[Path, str]:
    """A path that is free, or whose file already contains what is to be saved.

    Args:
        path_of: Returns the path of a name, and the path relative to its folder.
        name: The typed name; a number is appended where the file exists with other contents.
        is_same: Whether a file contains what is to be saved.

    Returns:
        The path, and the path relative to its folder.
    """
    path, file = path_of(name)
    number = 2
    while path.exists() and not is_same(path):
        path, file = path_of(f"{name.strip().removesuffix(_SUFFIX)}_{number}")
        number += 1
    return path, file
