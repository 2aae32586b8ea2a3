"""Vectors as states of explorers store them: base64 of little-endian float32, row after row."""

from __future__ import annotations

import base64
import binascii

import numpy as np
import torch
from torch import Tensor

from ..base.errors import FieldError
from ..base.json_fields import Fields

_LONGEST = 8 << 20
"""Most characters of one."""

_MOST_NUMBERS = 1 << 20
"""Most numbers of one."""


def read_vector(fields: Fields, what: str) -> Tensor:
    """Decode the fields "vector" and "shape".

    Args:
        fields: The fields of a lever or of a code.
        what: What they belong to, for messages, such as "Lever 2".

    Returns:
        `[rows, numbers per row]` float32 on the CPU, finite and not zero.

    Raises:
        FieldError: They cannot be read.
    """
    shape = [Fields({"size": size}, f"The shape of {what.lower()}") for size in
             fields.array("shape", 2)]  # fmt: skip
    sizes = [each.integer("size", 1, _MOST_NUMBERS) for each in shape]
    if len(sizes) != 2 or sizes[0] * sizes[1] > _MOST_NUMBERS:
        raise FieldError(f"{what} has the shape {sizes}", "[rows, numbers per row]")
    text = fields.text("vector", _LONGEST)
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
    if not 1e-6 < length < 1e6:  # NaN and infinity fail both comparisons
        raise FieldError(f"The vector of {what.lower()} has length {length:g}", "about 1")
    return vector


def write_vector(vector: Tensor) -> str:
    """Encode a vector as the state stores it.

    Args:
        vector: Any shape.

    Returns:
        Base64 of little-endian float32, row after row.
    """
    data = vector.detach().to("cpu", torch.float32).contiguous().numpy().astype("<f4").tobytes()
    return base64.b64encode(data).decode("ascii")
