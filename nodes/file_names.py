"""File names that users type or that come from workflows of other computers."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from ..core.base.errors import PackError
from ..core.base.json_fields import shown

KEEP_BOTH, REPLACE = "keep both", "replace"
"""Choices for a name that a file already has."""

_SUFFIX = ".safetensors"

_LONGEST_PART = 200
"""Bytes of a folder's or a file's name; file systems allow 255, with suffix and number."""


def plain_spelling(name: str) -> str:
    """A name as this pack writes it, from a name as Windows or macOS write it.

    Args:
        name: Backslashes may separate folders, and accents may be characters of their own.

    Returns:
        With slashes, in Unicode's composed form (NFC).
    """
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def spelled_alike(name: str, names: Sequence[str]) -> list[str]:
    """The names that mean the same file on another computer.

    Args:
        name: A name in a workflow.
        names: The names of the files that exist.

    Returns:
        Those that differ in slashes or in the form of accents; if there are none, those that differ
        in upper and lower case as well.
    """
    plain = plain_spelling(name)
    same = [other for other in names if plain_spelling(other) == plain]
    return same or [
        other for other in names if plain_spelling(other).casefold() == plain.casefold()
    ]


def named_file(folder: Path, name: str, example: str, error: type[PackError]) -> tuple[Path, str]:
    """The path of the safetensors file of a name.

    Args:
        folder: Folder of the file.
        name: The typed name, perhaps with subfolders between slashes or backslashes; ".safetensors"
            may be missing.
        example: A valid name, for the message.
        error: Class of the exception.

    Returns:
        The path, and the path relative to the folder.

    Raises:
        PackError: The name is empty or leads out of the folder.
    """
    root = folder.resolve()
    plain = plain_spelling(name).strip().removesuffix(_SUFFIX)
    if _is_possible(plain):
        path = (root / f"{plain}{_SUFFIX}").resolve()
        if path.is_relative_to(root):
            return path, path.relative_to(root).as_posix()
    raise error(
        f"The name {shown(name)} was given to save under",
        f"the name of a file within {root}",
        f"Choose a name such as {example}",
    )


def path_within(folder: Path, name: str, example: str) -> Path:
    """The path of a name that may not lead out of a folder.

    Args:
        folder: The folder.
        name: The typed name of a file or a folder in it, perhaps with subfolders between slashes or
            backslashes.
        example: A valid name, for the message.

    Returns:
        The path, which need not exist.

    Raises:
        PackError: The name is empty or leads out of the folder.
    """
    root = folder.resolve()
    plain = plain_spelling(name).strip().rstrip("/")
    if _is_possible(plain):
        path = (root / plain).resolve()
        if path != root and path.is_relative_to(root):
            return path
    raise PackError(
        f"The name {shown(name)} was given",
        f"a name within {root}",
        f"Choose one such as {example}",
    )


def _is_possible(name: str) -> bool:
    """Whether a file system can store a name."""
    parts = name.encode(errors="replace").split(b"/")
    encodable = not any("\ud800" <= letter <= "\udfff" or letter < " " for letter in name)
    return encodable and bool(parts[-1]) and max(map(len, parts)) <= _LONGEST_PART


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
