"""Settings of a training with pytorch_GAN_zoo, which its files store beside the networks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ....base.errors import CheckpointError
from ....generators.declared_config import declared_number

_PREFIX = "config/"
_WITH_TANH = {"MSE": True, "DCGAN": True, "WGANGP": False, "Logistic": False}
"""Training loss to whether a tanh follows the image layer."""

ASSUMES = {
    "lod": "0 was assumed: the last scale is drawn alone, fully faded in",
    "final_tanh": "false was assumed, as for the default loss",
}
"""What is assumed of files without these settings."""


def stated(config: Mapping[str, Any], name: str, default: Any = None) -> Any:
    """A setting beside the networks.

    Args:
        config: Settings of the file.
        name: Name there.
        default: Value where it is absent.

    Returns:
        Its value.
    """
    return config.get(_PREFIX + name, default)


def attributes(config: Mapping[str, Any]) -> list[str]:
    """Names of the attributes that have classes.

    Args:
        config: Settings of the file.

    Returns:
        Sorted; empty for an unconditional network.
    """
    prefix = f"{_PREFIX}attribKeysOrder/"
    return sorted({n.removeprefix(prefix).split("/")[0] for n in config if n.startswith(prefix)})


def image_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Level of detail and final tanh, where the file states them.

    Args:
        config: Settings of the file.

    Returns:
        `lod`, from the share of the coarser image, and `final_tanh`, from the loss.

    Raises:
        CheckpointError: The slope of the rectifier is not 0.2, or a value is not a number.
    """
    slope = stated(config, "leakyReluLeak", 0.2)
    if slope != 0.2:
        raise CheckpointError(f"This network has a rectifier of slope {str(slope)[:50]}", "0.2")
    known: dict[str, Any] = {}
    alpha, loss = stated(config, "alpha"), stated(config, "lossCriterion")
    if alpha is not None:
        known["lod"] = declared_number({"alpha": alpha}, "alpha", 0.0)
    if isinstance(loss, str) and loss in _WITH_TANH:
        known["final_tanh"] = _WITH_TANH[loss]
    return known


def he_constant(tensors: Mapping[str, Tensor], layer: str) -> float:
    """The factor on the output of a layer, `sqrt(2 / inputs)`.

    Args:
        tensors: Names to tensors.
        layer: Name of its module.

    Returns:
        The factor.
    """
    return math.sqrt(2 / fan_in(tensors, layer))


def fan_in(tensors: Mapping[str, Tensor], layer: str) -> int:
    """Number of inputs of each output of a layer.

    Args:
        tensors: Names to tensors.
        layer: Name of its module.

    Returns:
        The product of all axes of its weight but the first.
    """
    return math.prod(tensors[f"{layer}.weight"].shape[1:])
