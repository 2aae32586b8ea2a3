"""Validated numbers from a file: from its config, from scalar tensors, from tensor names."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor

from ..base.errors import CheckpointError


def declared_number(config: Mapping[str, Any], name: str, default: float) -> float:
    """Read a finite number of at least 0 from a config.

    Args:
        config: Settings from a file or from the user.
        name: Name of the setting.
        default: Value where the setting is absent or none.

    Returns:
        The number.

    Raises:
        CheckpointError: The value is not such a number.
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
    """Read a finite number of at least 0 from a scalar tensor, such as a level of detail.

    Args:
        tensors: Names to tensors.
        name: Name of the tensor.

    Returns:
        Its value; 0 where it is absent.

    Raises:
        CheckpointError: The tensor is not such a number.
    """
    tensor = tensors.get(name)
    if tensor is None:
        return 0.0
    if tensor.numel() != 1:
        raise CheckpointError(f"{name} is {list(tensor.shape)}", "a single number")
    return declared_number({name: tensor.item()}, name, 0.0)


def numbers_in_names(names: Iterable[str], pattern: str) -> list[int]:
    """The numbers of layers or blocks in the names of their tensors.

    Args:
        names: Names of tensors.
        pattern: Regular expression for whole names; its first group is the number.

    Returns:
        Ascending and distinct; empty where no name matches.
    """
    found = (re.fullmatch(pattern, name) for name in names)
    return sorted({int(match[1]) for match in found if match})
