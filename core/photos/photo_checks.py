"""What a photograph must be before anything is done with it."""

from __future__ import annotations

import torch
from torch import Tensor

from ..base.errors import PackError

LEAST_SIDE = 16
"""Shorter side of the smallest photo, in pixels."""

_SLACK = 1e-3
"""How far values may lie outside of [-1, 1]."""


def require_tensor(photo: object, name: str = "The photo") -> None:
    """Refuse what is no tensor, such as a path or nothing.

    Args:
        photo: What was given.
        name: For messages.

    Raises:
        PackError: It is none.
    """
    if not isinstance(photo, Tensor):
        kind = "missing (None)" if photo is None else f"of type {type(photo).__name__}"
        raise PackError(
            f"{name} is {kind}",
            "a tensor [N, 3, H, W] in [-1, 1]",
            "Divide bytes by 127.5, subtract 1, and move the channels to the second axis",
        )


def check_photo(photo: Tensor, name: str = "The photo") -> Tensor:
    """Refuse what is no photograph as networks take it.

    Args:
        photo: `[N, 3, H, W]` in [-1, 1].
        name: For messages.

    Returns:
        The photo itself.

    Raises:
        PackError: It has another shape or range, is not finite, or is tiny.
    """
    require_tensor(photo, name)
    shape = list(photo.shape)
    if photo.ndim != 4 or shape[1] != 3 or not shape[0]:
        last = photo.ndim in (3, 4) and shape[-1] in (1, 3, 4)
        remedy = "Move the channels to the second axis" if last else ""
        if photo.ndim == 4 and shape[1] in (1, 4):
            remedy = (
                "Repeat a grey channel three times" if shape[1] == 1 else "Drop the fourth channel"
            )
        raise PackError(f"{name} has shape {shape}", "[N, 3, H, W]: colours, no opacity", remedy)
    if min(shape[2:]) < LEAST_SIDE:
        raise PackError(
            f"{name} is {shape[3]}x{shape[2]} pixels", f"at least {LEAST_SIDE} pixels a side"
        )
    if not photo.is_floating_point():
        kind = str(photo.dtype).removeprefix("torch.")
        remedy = "Divide by 127.5 and subtract 1" if photo.dtype is torch.uint8 else ""
        raise PackError(f"{name} holds {kind}", "floating-point numbers in [-1, 1]", remedy)
    low, high = (float(value) for value in photo.aminmax())
    if not (low >= -1 - _SLACK and high <= 1 + _SLACK):  # NaN fails both
        remedy = "Divide by 127.5 and subtract 1" if low >= 0 and 2 < high <= 255 else ""
        raise PackError(f"{name} has values from {low:g} to {high:g}", "values in [-1, 1]", remedy)
    return photo
