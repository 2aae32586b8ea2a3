"""The photograph in the state of an explorer: its crop, and the latent code that was found for it.

    "photo": {"box": [0.25, 0.1, 0.5, 0.5], "space": "W", "trust": 0.5, "rough": false,
              "inside": true,
              "found": {"of": "<key>", "matrix": [a, b, c, d, e, f], "space": "W", "label": 3,
                        "vector": "<base64>", "shape": [1, 512], "report": "..."}}

- "box": left, top, width and height of the crop in shares of the photo; absent for the largest one
  in the middle;
- "space", "trust": how a code is searched for, as in `photos.inversion`;
- "rough": whether the box is taken as drawn, and not moved to where the generator draws best;
- "inside": whether the page shows the photograph with the change in it;
- "found": the code; "of" names photograph and generator, so that a code of others is not used;
  "matrix" maps (x, y, 1) of the photo to (x, y) of the generator's picture, corners of pixels at
  whole numbers; "label" is the class, absent for an unconditional generator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..base.errors import FieldError
from ..base.json_fields import Fields
from ..concepts.latent_code import LatentSpace
from .vectors import read_vector, write_vector

SPACES = (LatentSpace.W, LatentSpace.W_PLUS)
"""Spaces in which a code is searched for; without a mapping network W means Z, and W+ means Z+."""

TRUST = (0.05, 5.0)
"""Bounds of the trust."""

_LARGEST_ENTRY = 1e9
_MOST_CLASSES = 1 << 20
_LONGEST_KEY, _LONGEST_REPORT = 64, 4000


@dataclass(frozen=True)
class FoundCode:
    """The latent code of a photograph."""

    key: str
    """Names photograph and generator, see `Photograph.key`."""
    matrix: tuple[float, ...]
    """Six numbers, two rows: (x, y, 1) of the photo to (x, y) of the generator's picture."""
    space: LatentSpace
    """Space of the values."""
    values: Tensor
    """`[L, D]` float32 on the CPU."""
    label: int | None
    """Class of a conditional generator."""
    report: str
    """How close and how typical it is, in words."""

    def same(self, other: FoundCode) -> bool:
        """Whether another code draws the same image.

        Args:
            other: A code.

        Returns:
            Whether it is of the same photograph, generator and class, with the same numbers.
        """
        mine, theirs = (
            (each.key, each.space, each.label, each.values.shape) for each in (self, other)
        )
        return mine == theirs and torch.equal(self.values, other.values)

    def entry(self) -> dict[str, Any]:
        """The code as the state stores it; `read_photo` reads it.

        Returns:
            Plain data for JSON.
        """
        return {
            "of": self.key,
            "matrix": list(self.matrix),
            "space": self.space.value,
            **({} if self.label is None else {"label": self.label}),
            "vector": write_vector(self.values),
            "shape": list(self.values.shape),
            "report": self.report[:_LONGEST_REPORT],
        }


@dataclass(frozen=True)
class PhotoState:
    """The photograph's settings."""

    box: tuple[float, float, float, float] | None = None
    """Left, top, width and height of the crop, in shares of the photo; none for the largest one in
    the middle."""
    space: LatentSpace = LatentSpace.W
    """One of `SPACES`."""
    trust: float = 0.5
    """t: smaller is closer to the photograph and less typical."""
    rough: bool = False
    """Whether the box is taken as it was drawn."""
    inside: bool = False
    """Whether the page shows the change in the photograph."""
    found: FoundCode | None = None
    """The code, once it was found."""


def read_photo(fields: Fields) -> PhotoState:
    """Read the field "photo" of a state or a request.

    Args:
        fields: Their fields.

    Returns:
        The settings; all defaults where the field is absent or null.

    Raises:
        FieldError: A field is wrong.
    """
    given = fields.values.get("photo")
    if given is None:
        return PhotoState()
    photo = Fields.of(given, "The photo")
    found = photo.values.get("found")
    return PhotoState(
        None if photo.values.get("box") is None else _box(photo),
        _space(photo, SPACES),
        photo.number("trust", *TRUST, PhotoState.trust),
        photo.flag("rough"),
        photo.flag("inside"),
        None if found is None else _found(Fields.of(found, "The photo's code")),
    )


def _box(photo: Fields) -> tuple[float, float, float, float]:
    """The box, in shares of the photo."""
    names = ("left", "top", "width", "height")
    listed = photo.array("box", 4)
    sides = Fields(dict(zip(names, listed, strict=False)), "The photo's box")
    left, top, width, height = (sides.number(name, -1.0, 2.0) for name in names)
    if min(width, height) <= 0:
        raise FieldError(f"The photo's box is {width:g} wide and {height:g} high", "above 0")
    return left, top, width, height


def _space(fields: Fields, spaces: Sequence[LatentSpace]) -> LatentSpace:
    """One of some spaces."""
    name = fields.text("space", 10, LatentSpace.W.value)
    for space in spaces:
        if space.value == name:
            return space
    raise FieldError(
        f"{fields.what} has {name!r} as 'space'",
        f"one of {', '.join(space.value for space in spaces)}",
    )


def _found(fields: Fields) -> FoundCode:
    """The code."""
    listed = fields.array("matrix", 6)
    named = Fields({str(at): entry for at, entry in enumerate(listed)}, "The photo's matrix")
    matrix = tuple(named.number(str(at), -_LARGEST_ENTRY, _LARGEST_ENTRY) for at in range(6))
    label = None
    if fields.values.get("label") is not None:
        label = fields.integer("label", 0, _MOST_CLASSES)
    values = read_vector(fields, "The photo's code")
    return FoundCode(
        fields.text("of", _LONGEST_KEY),
        matrix,
        _space(fields, [space for space in LatentSpace if space is not LatentSpace.S]),
        values.to(torch.float32),
        label,
        fields.text("report", _LONGEST_REPORT, ""),
    )
