"""What an explorer was set to, as text: region, image, truncation, and the levers with their pulls.

The text is JSON; absent keys have their defaults, unknown keys are ignored:

    {"v": 1, "shapes": [...], "image": 0, "psi": 1.0,
     "levers": [{"name": "mouth 1", "pull": 2.5, "layers": "auto", "own": "all", "space": "W",
                 "method": "resefa", "eigenvalue": 12.3, "range": [-6, 6], "lives": "8-11",
                 "vector": "<base64>", "shape": [1, 512]}]}

- "shapes": the region, as `region_shapes` reads it; none means the whole image;
- "image": which code is shown, from 0;
- "psi": truncation on top of that of the codes;
- "pull": latent distance; "layers": layers on which a lever acts, "auto" for those in "own", which
  it was found for; "range": how far it is worth pulling;
- "vector": little-endian float32, row after row: one row in Z, W and S, one per layer in Z+ and W+.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..base.errors import FieldError
from ..base.json_fields import Fields, parse_json
from ..concepts.directions import Directions
from ..concepts.latent_code import LatentSpace, format_layers

VERSION = 1
"""Version of the text; another one is refused rather than misread."""

MOST_LEVERS = 32
"""Levers that are pinned at once."""

LARGEST_TEXT = 8 << 20
"""Characters of the text: 32 levers in W+ of the largest generators take four million."""

FARTHEST_PULL = 1e4
"""Latent distance; random codes lie some tens from each other."""

PSI_BOUNDS = (-2.0, 2.0)
"""Truncation that makes pictures at all."""

_MOST_SHAPES, _MOST_IMAGES, _MOST_NUMBERS = 500, 1_000_000, 1 << 20
_LONGEST_NAME, _LONGEST_WORD = 200, 100

AUTO = "auto"
"""Layers of a lever that are its own."""


@dataclass(frozen=True)
class PinnedLever:
    """One lever, and how far it is pulled."""

    name: str
    """What people call it."""
    pull: float
    """Latent distance; 0 changes nothing."""
    layers: str
    """Layers on which it acts, as people write them; "auto" means `own`."""
    own: str
    """Layers that it was found for."""
    space: LatentSpace
    """Space of the vector."""
    method: str
    """Id of the method that found it."""
    eigenvalue: float
    """What the method says it is worth; NaN where that is not known."""
    range: tuple[float, float]
    """Lowest and highest distance that is worth pulling."""
    lives: str
    """Layers in which most of its effect is made, in words; may be empty."""
    vector: Tensor
    """`[L', D]` float32 on the CPU, finite, not zero; L' is 1 in Z, W and S."""

    @property
    def acting(self) -> str:
        """Layers on which it acts, none of them "auto"."""
        return self.own if self.layers.strip().lower() in ("", AUTO) else self.layers


@dataclass(frozen=True)
class ExplorerState:
    """What an explorer was set to."""

    shapes: str = "[]"
    """The region as JSON; see `region_shapes`."""
    image: int = 0
    """Which code is shown."""
    psi: float = 1.0
    """Share of the distance to the centre that is kept, on top of the codes' own truncation."""
    levers: tuple[PinnedLever, ...] = ()
    """Pinned levers, in order."""


def read_state(content: str | Mapping[str, Any]) -> ExplorerState:
    """Read a state; see the top of this file.

    Args:
        content: The text, or what it says; empty for all defaults.

    Returns:
        The state; whether it fits a generator shows when it is applied.

    Raises:
        FieldError: It cannot be read, or a field is wrong.
    """
    if isinstance(content, str):
        if len(content) > LARGEST_TEXT:
            raise FieldError(
                f"The state has {len(content)} characters",
                f"at most {LARGEST_TEXT}",
                "Unpin levers",
            )
        content = parse_json(content, "The state") if content.strip() else {}
    fields = Fields.of(content, "The state")
    version = fields.integer("v", 0, 1 << 30, VERSION)
    if version != VERSION:
        raise FieldError(
            f"The state is of version {version}", f"version {VERSION}", "Update the pack"
        )
    levers = fields.array("levers", MOST_LEVERS, ())
    return ExplorerState(
        read_shape_list(fields),
        fields.integer("image", 0, _MOST_IMAGES, 0),
        fields.number("psi", *PSI_BOUNDS, 1.0),
        tuple(_lever(entry, number) for number, entry in enumerate(levers, 1)),
    )


def read_shape_list(fields: Fields) -> str:
    """The region among some fields.

    Args:
        fields: Where "shapes" may be.

    Returns:
        JSON for `region_shapes`; "[]" where there is none.

    Raises:
        FieldError: It is no list, or too long.
    """
    try:
        return json.dumps(fields.array("shapes", _MOST_SHAPES, ()))
    except RecursionError:
        raise FieldError("The shapes are nested too deeply", "a list of shapes") from None


def _lever(entry: Any, number: int) -> PinnedLever:
    """One pinned lever."""
    what = f"Lever {number}"
    fields = Fields.of(entry, what)
    ends = Fields(
        dict(zip(("low end", "high end"), fields.array("range", 2, (0.0, 0.0)), strict=False)),
        f"The range of lever {number}",
    )
    low, high = (ends.number(key, -FARTHEST_PULL, FARTHEST_PULL) for key in ("low end", "high end"))
    if low > high:
        raise FieldError(f"The range of lever {number} is [{low:g}, {high:g}]", "the low end first")
    name = fields.text("space", _LONGEST_WORD, LatentSpace.W.value)
    if name not in {space.value for space in LatentSpace}:
        raise FieldError(
            f"{what} has {name!r} as 'space'", f"one of {', '.join(s.value for s in LatentSpace)}"
        )
    return PinnedLever(
        fields.text("name", _LONGEST_NAME, f"lever {number}"),
        fields.number("pull", -FARTHEST_PULL, FARTHEST_PULL, 0.0),
        fields.text("layers", _LONGEST_WORD, AUTO),
        fields.text("own", _LONGEST_WORD, "all"),
        LatentSpace(name),
        fields.text("method", _LONGEST_WORD, ""),
        fields.optional_number("eigenvalue"),
        (low, high),
        fields.text("lives", _LONGEST_NAME, ""),
        _vector(fields, what),
    )


def _vector(fields: Fields, what: str) -> Tensor:
    """The numbers of a lever, `[L', D]`."""
    shape = [Fields({"size": size}, f"The shape of {what.lower()}") for size in
             fields.array("shape", 2)]  # fmt: skip
    sizes = [each.integer("size", 1, _MOST_NUMBERS) for each in shape]
    if len(sizes) != 2 or sizes[0] * sizes[1] > _MOST_NUMBERS:
        raise FieldError(f"{what} has the shape {sizes}", "[rows, numbers per row]")
    text = fields.text("vector", LARGEST_TEXT)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FieldError(f"The vector of {what.lower()} cannot be read", "base64") from None
    if len(data) != 4 * sizes[0] * sizes[1]:
        raise FieldError(
            f"The vector of {what.lower()} has {len(data)} bytes",
            f"{4 * sizes[0] * sizes[1]}, four for each number of {sizes[0]} x {sizes[1]}",
        )
    vector = torch.from_numpy(np.frombuffer(data, dtype="<f4").astype(np.float32)).reshape(sizes)
    length = float(vector.to(torch.float64).norm())
    if not 1e-6 < length < 1e6:  # NaN and infinity lie in no bounds
        raise FieldError(f"The vector of {what.lower()} has length {length:g}", "about 1")
    return vector


def write_vector(vector: Tensor) -> str:
    """Numbers as the state has them.

    Args:
        vector: Any shape.

    Returns:
        Base64 of little-endian float32, row after row.
    """
    data = vector.detach().to("cpu", torch.float32).contiguous().numpy().astype("<f4").tobytes()
    return base64.b64encode(data).decode("ascii")


def lever_entry(
    levers: Directions, index: int, name: str, span: tuple[float, float], lives: str = ""
) -> dict[str, Any]:
    """A lever as the state has it, not pulled.

    Args:
        levers: Directions that say for how many layers they are.
        index: Which one.
        name: What people call it.
        span: How far it is worth pulling.
        lives: See `PinnedLever.lives`.

    Returns:
        Plain data for JSON.
    """
    rows = levers.num_ws if levers.space.is_plus else 1
    vector = levers.vectors[levers.check_index(index)].reshape(rows, -1)
    value = float(levers.eigenvalues[index])
    return {
        "name": name,
        "pull": 0.0,
        "layers": AUTO,
        "own": format_layers(levers.layers, levers.num_ws),
        "space": levers.space.value,
        "method": levers.method,
        "eigenvalue": value if abs(value) < 1e300 else None,
        "range": [span[0], span[1]],
        "lives": lives,
        "vector": write_vector(vector),
        "shape": list(vector.shape),
    }
