"""Names of pictures by a pattern, which may come from a stranger's plan."""

from __future__ import annotations

import re
import string

from ..base.errors import PackError
from ..base.json_fields import shown
from .entries import FORMATS

USUAL = "{n:05d}"
"""The pattern where nobody chooses."""

FIELDS = ("n", "row", "seed", "lever")
"""What a pattern may name: the row of the plan (twice), its seed, its levers."""

_NUMBERS = {"n", "row", "seed"}

_SPEC = re.compile(r"(0?[1-9]\d?)?d?")
"""Widths of numbers, such as "05d"."""

_PLAIN = re.compile(r"[\w \-+=,.()]*")
"""What may stand between the fields."""

_TAKEN = re.compile(
    r"(sheet|plan|manifest|settings|shard|part|picks)([-_.].*)?|(con|prn|aux|nul|com\d|lpt\d)(\..*)?",
    re.IGNORECASE,
)
"""Names of other files of a batch, and of devices of Windows."""

_ENDINGS = {
    **{ending[1:]: name for name, ending in FORMATS.items()},
    **dict.fromkeys(("jpeg", "jpe"), "jpeg"),
    **{name: name for name in ("gif", "bmp", "tif", "tiff", "avif")},
}
"""Endings of pictures, and the formats that they name."""

_LONGEST_PATTERN, _LONGEST_NAME, _LONGEST_LEVER = 120, 200, 60


def check_pattern(pattern: str) -> str:
    """Check a pattern of file names before anything is written.

    Args:
        pattern: Such as "{n:05d}" or "seed{seed}_{lever}_{n}".

    Returns:
        The pattern.

    Raises:
        PackError: It has other fields or conversions, could leave the folder, or gives several
            rows one name.
    """
    expected = "fields {n}, {row}, {seed} and {lever} between letters, such as {seed}_{n:05d}"
    refused = PackError(f"The pattern of names {shown(pattern)} cannot be used", expected)
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError:
        raise refused from None
    if len(pattern) > _LONGEST_PATTERN or pattern[:1] in (".", " ", "-"):
        raise refused
    for text, name, spec, conversion in parts:
        if not _PLAIN.fullmatch(text) or conversion:
            raise refused
        if name is None:
            continue
        numeric = name in _NUMBERS and _SPEC.fullmatch(spec or "")
        if not (numeric or (name == "lever" and not spec)):
            raise refused
    if not {"n", "row"} & {name for _, name, _, _ in parts}:
        raise PackError(
            f"The pattern of names {shown(pattern)} gives several rows one name",
            "{n} or {row} in it",
        )
    if _TAKEN.fullmatch(file_stem(pattern, 1, 1, "1")):
        raise refused
    return pattern


def file_stem(pattern: str, number: int, seed: int | None, lever: str) -> str:
    """The name of a row's file, without its ending.

    Args:
        pattern: From `check_pattern`.
        number: Row of the plan.
        seed: Seed of its code; 0 where it has none.
        lever: Names of its levers; what a file name cannot hold becomes "_".

    Returns:
        Letters, digits and a few signs, without separators of paths.
    """
    plain = re.sub(r"[^\w+=-]+", "_", lever).strip("_")[:_LONGEST_LEVER] or "none"
    return pattern.format(n=number, row=number, seed=seed or 0, lever=plain)


def without_ending(name: str, image: str) -> str:
    """Take the ending of a picture off a name or a pattern, to which the format adds its own.

    Args:
        name: Such as "smile", "smile.png" or "{n}.png".
        image: Format of the pictures, one of `FORMATS`.

    Returns:
        The name without it.

    Raises:
        PackError: The ending is that of another format.
    """
    stem, dot, ending = name.rpartition(".")
    format_of = _ENDINGS.get(ending.lower()) if dot and stem else None
    if format_of is None:
        return name
    if format_of != image:
        raise PackError(
            f"The name {shown(name)} ends in .{ending}, and the pictures are {image}",
            f"{shown(stem)}, to which {FORMATS[image]} is added",
            "Leave the ending out, or choose the format that it names",
        )
    return stem


def check_stem(name: str) -> str:
    """Check the name of a file that a table gives.

    Args:
        name: Without ending.

    Returns:
        The name.

    Raises:
        PackError: It could leave the folder, is taken, or is no name of a file.
    """
    usable = bool(_PLAIN.fullmatch(name)) and 0 < len(name) <= _LONGEST_NAME
    if not usable or name[0] in ". -" or name[-1] in ". " or _TAKEN.fullmatch(name):
        raise PackError(
            f"The name {shown(name)} cannot be used for a file",
            "letters, digits, spaces and - _ + = , . ( ), not those of other files of a batch",
        )
    return name
