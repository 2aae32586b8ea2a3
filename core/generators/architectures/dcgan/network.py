"""DCGAN-type generators (Radford et al., ICLR 2016): a stack of convolutions with batch norm.

The first layer is a transposed convolution that spreads the latent over its kernel; every later
transposed convolution doubles the image, every plain one keeps its size. Files hold neither
strides nor activations: strides follow from kernels (see `DCGANLayer`), activations and the
latent's distribution from the batch-norm statistics (see `dcgan_inference`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import Module, Parameter

from ....base.errors import CheckpointError
from ....concepts.architecture import AbstractArchitecture
from ....concepts.checkpoint import KeySignature
from ....concepts.conditions import Conditions
from ....concepts.linearisation import AbstractLinearisation
from ....concepts.network import AbstractNetwork, GeneratorSpec, LayerInfo
from ...layers.activations import activation as activation_of
from ...layers.modulation.batch_norm import StoredBatchNorm
from .inference import Stage, infer
from .linearisation import linearised_dcgan
from .settings import DCGANLayer, DCGANSettings

NORM_TENSORS = ("weight", "bias", "running_mean", "running_var")
"""Names of a batch norm's tensors."""


class Convolution(Module):
    """The parameters of one convolution, with its geometry.

    Args:
        layer: Sizes and kind.
    """

    def __init__(self, layer: DCGANLayer) -> None:
        super().__init__()
        self.layer = layer
        ends = (layer.inputs, layer.outputs) if layer.transposed else (layer.outputs, layer.inputs)
        taps = 1 if layer.first else math.prod(layer.kernel) / layer.stride**2
        # Keeps the energy of a rectified signal, since an untrained batch norm does not scale it.
        spread = math.sqrt(2 / (layer.inputs * taps))
        self.weight = Parameter(torch.randn(*ends, *layer.kernel) * spread)
        self.bias = Parameter(torch.zeros(layer.outputs)) if layer.bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Features `[N, inputs, H, W]` to `[N, outputs, H', W']`."""
        return self.layer.convolve(x, self.weight, self.bias)


class NormalizedConvolution(Module):
    """A convolution under the name of its kind, and the batch norm after it, if any.

    Args:
        layer: Sizes and kind.
    """

    def __init__(self, layer: DCGANLayer) -> None:
        super().__init__()
        self.kind = "deconv" if layer.transposed else "conv"
        self.add_module(self.kind, Convolution(layer))
        self.norm = StoredBatchNorm(layer.outputs) if layer.norm else None

    @property
    def convolution(self) -> Convolution:
        """The convolution, whatever its name."""
        return cast(Convolution, self.get_submodule(self.kind))

    def forward(self, x: Tensor) -> Tensor:
        """Features `[N, inputs, H, W]` to `[N, outputs, H', W']`."""
        x = self.convolution(x)
        return x if self.norm is None else self.norm(x)


class Synthesis(Module):
    """All layers, from the latent to the image.

    Args:
        settings: Sizes and activations.
    """

    def __init__(self, settings: DCGANSettings) -> None:
        super().__init__()
        self.settings = settings
        for index, layer in enumerate(settings.layers):
            self.add_module(f"layer{index}", NormalizedConvolution(layer))

    def layer(self, index: int) -> NormalizedConvolution:
        """The layer of that number."""
        return cast(NormalizedConvolution, self.get_submodule(f"layer{index}"))

    def forward(self, z: Tensor) -> Tensor:
        """`z [N, z_dim]` to images `[N, img_channels, H, W]`."""
        x = self.layer(0)(z[:, :, None, None])
        for index, name in enumerate(self.settings.activations, start=1):
            x = self.layer(index)(activation_of(name)(x))
        return self.bounded(x)

    def bounded(self, x: Tensor) -> Tensor:
        """What the image layer gives, brought to [-1, 1] by the output activation."""
        x = activation_of(self.settings.output_activation)(x)
        return x * 2 - 1 if self.settings.output_activation == "sigmoid" else x


class DCGAN(AbstractNetwork):
    """The whole generator; parameter names are the canonical ones.

    Args:
        settings: Sizes and activations.
    """

    def __init__(self, settings: DCGANSettings) -> None:
        super().__init__()
        self.settings = settings
        self.synthesis = Synthesis(settings)

    def spec(self) -> GeneratorSpec:
        """See `AbstractNetwork.spec`."""
        first = self.settings.layers[0]
        return GeneratorSpec(
            architecture="dcgan",
            z_dim=first.inputs,
            w_dim=None,
            c_dim=0,
            img_size=self.settings.img_size,
            img_channels=self.settings.layers[-1].outputs,
            layers=(LayerInfo("layer0", max(first.kernel), first.outputs),),
            distribution=self.settings.distribution,
        )

    def map(self, z: Tensor, c: Tensor | None) -> Tensor:
        """See `AbstractNetwork.map`: there is no mapping network."""
        return z

    def synthesize(self, ws: Tensor, conditions: Conditions) -> Tensor:
        """See `AbstractNetwork.synthesize`; there are no classes and no noise."""
        return self.synthesis(ws[:, 0])

    def linearise(
        self, inputs: Tensor, conditions: Conditions, dtype: torch.dtype
    ) -> AbstractLinearisation:
        """See `AbstractNetwork.linearise`."""
        return linearised_dcgan(self.synthesis, inputs[:, 0], dtype)

    def projection(self, layer: int) -> Tensor:
        """See `AbstractNetwork.projection`: the first weight itself, as SeFa takes it of PGGAN.

        The batch norm after it would scale the rows of each channel; it is left out.

        Args:
            layer: 0, the only one that takes the latent.

        Returns:
            `[outputs * kernel^2, z_dim]`.
        """
        weight = self.synthesis.layer(layer).convolution.weight  # [D, O, k, k]
        return weight.flatten(1).T  # [O k k, D]


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
