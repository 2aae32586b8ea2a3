"""Numbers that a file states, beside its tensors or in their names; it is never trusted to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor

from ..base.errors import CheckpointError


def declared_number(config: Mapping[str, Any], name: str, default: float) -> float:
    """A finite number of at least 0.

    Args:
        config: Settings that a file or a person states.
        name: The setting.
        default: What holds where it is absent or none.

    Returns:
        The number.

    Raises:
        CheckpointError: Something else is stated.
    """
    value = config.get(name)
    try:
        number = default if value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 <= number < math.inf:
        raise CheckpointError(f"{name} is stated as {str(value)[:50]!r}", "a number, 0 or more")
    return number


def declared_scalar(tensors: Mapping[str, Tensor], name: str) -> float:
    """A tensor of a single finite number of at least 0, such as a level of detail.

    Args:
        tensors: Names to tensors.
        name: The tensor.

    Returns:
        Its value; 0 where it is absent.

    Raises:
        CheckpointError: It holds something else.
    """
    tensor = tensors.get(name)
    if tensor is None:
        return 0.0
    if tensor.numel() != 1:
        raise CheckpointError(f"{name} is {list(tensor.shape)}", "a single number")
    return declared_number({name: tensor.item()}, name, 0.0)


def numbers_in_names(names: Iterable[str], pattern: str) -> list[int]:
    """The numbers of layers or blocks, as their tensors are named.

    Args:
        names: Names of tensors.
        pattern: Regular expression that fits whole names; its first group is the number.

    Returns:
        Ascending, each once; empty where no name fits.
    """
    found = (re.fullmatch(pattern, name) for name in names)
    return sorted({int(match[1]) for match in found if match})
