"""DCGAN-type stacks: recognised by names, built from shapes, linearised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor

from ....base.errors import CheckpointError
from ....concepts.architecture import AbstractArchitecture
from ....concepts.checkpoint import KeySignature
from ....concepts.conditions import Conditions
from ....concepts.linearisation import AbstractLinearisation
from .inference import Stage, infer
from .linearisation import linearised_dcgan
from .network import DCGAN
from .settings import DCGANLayer, DCGANSettings

NORM_TENSORS = ("weight", "bias", "running_mean", "running_var")
"""Names of a batch norm's tensors."""


def _read_layer(tensors: Mapping[str, Tensor], index: int) -> DCGANLayer:
    """One layer's sizes, from its canonical tensors."""
    root = f"synthesis.layer{index}"
    kinds = [kind for kind in ("deconv", "conv") if f"{root}.{kind}.weight" in tensors]
    if len(kinds) != 1 or tensors[f"{root}.{kinds[0]}.weight"].ndim != 4:
        raise CheckpointError(
            f"{root} holds {' and '.join(kinds) or 'no'} weights",
            f"one convolution's weight of 4 axes, {root}.deconv.weight or {root}.conv.weight",
        )
    lacking = [part for part in NORM_TENSORS if f"{root}.norm.{part}" not in tensors]
    if 0 < len(lacking) < len(NORM_TENSORS):
        raise CheckpointError(
            f"{root}.norm lacks {', '.join(lacking)}", f"all of {', '.join(NORM_TENSORS)}"
        )
    ends = tuple(tensors[f"{root}.{kinds[0]}.weight"].shape)
    transposed = kinds[0] == "deconv"
    return DCGANLayer(
        inputs=ends[0] if transposed else ends[1],
        outputs=ends[1] if transposed else ends[0],
        kernel=(ends[2], ends[3]),
        transposed=transposed,
        first=index == 0,
        bias=f"{root}.{kinds[0]}.bias" in tensors,
        norm=not lacking,
    )


def _stage(tensors: Mapping[str, Tensor], index: int, layer: DCGANLayer) -> Stage:
    """One layer as inference takes it."""
    root = f"synthesis.layer{index}"
    name = f"{root}.deconv" if layer.transposed else f"{root}.conv"
    bias = tensors[f"{name}.bias"].float() if layer.bias else None
    convolve = partial(layer.convolve, weight=tensors[f"{name}.weight"].float(), bias=bias)
    if not layer.norm:
        return Stage(convolve, None)
    weight, shift, mean, variance = (tensors[f"{root}.norm.{p}"].float() for p in NORM_TENSORS)
    return Stage(convolve, (weight, shift, mean, variance))


def _names(value: Any) -> tuple[str, ...] | None:
    """Activations as given: one name, several joined by commas, or a list of names."""
    if value is None:
        return None
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(","))
    names = tuple(cast("list[Any]", value)) if isinstance(value, (list, tuple)) else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise CheckpointError(f"The activation {value!r} was given", "a name or a list of names")
    return names


class DCGANArchitecture(AbstractArchitecture):
    """Recognises and builds DCGAN-type stacks from canonical names."""

    id = "dcgan"
    title = "DCGAN"
    signature = KeySignature(
        {"synthesis.layer0.deconv.weight": 4, "synthesis.layer*.norm.running_mean": 1}
    )
    options = {
        "activation": "after each layer but the last, as one name for all or a list: none, relu, "
        "leaky_relu (slope 0.2), leaky_relu:0.1, elu, tanh and others; inferred unless given",
        "distribution": "of each entry of z, normal or uniform (on [-1, 1]); inferred unless given",
        "output_activation": "after the image layer: tanh (unless changed), sigmoid or none",
    }

    def settings(self, tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> DCGANSettings:
        """See `AbstractArchitecture.settings`; what config lacks is inferred.

        Args:
            tensors: Canonical names to tensors.
            config: Values for `options`, where known; other entries are ignored.

        Returns:
            The settings, with how sure each inferred one is.

        Raises:
            CheckpointError: The shapes contradict each other, or a given name is unknown.
        """
        found = (re.match(r"synthesis\.layer(\d+)\.", name) for name in tensors)
        count = 1 + max(int(match.group(1)) for match in found if match)
        layers = tuple(_read_layer(tensors, index) for index in range(count))
        output = config.get("output_activation") or "tanh"
        activation, distribution = _names(config.get("activation")), config.get("distribution")
        given = DCGANSettings(layers, activation or ("relu",), distribution or "normal", output)
        if activation and distribution:
            return given
        stages = [_stage(tensors, index, layer) for index, layer in enumerate(layers)]
        chosen = infer(
            stages, layers[0].inputs, distribution, given.activations if activation else None
        )
        names = tuple(choice.value for choice in chosen if choice.subject != "distribution")
        return DCGANSettings(
            layers, activation or names, distribution or chosen[0].value, output, chosen
        )

    def build(self, settings: DCGANSettings) -> DCGAN:
        """See `AbstractArchitecture.build`."""
        return DCGAN(settings)

    def linearise(
        self, network: DCGAN, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation:
        """See `AbstractArchitecture.linearise`."""
        return linearised_dcgan(network.synthesis, inputs[:, 0], dtype)
