"""The network of DCGAN-type generators (Radford et al., ICLR 2016): convolutions with batch norm.

The first layer is a transposed convolution of the latent as a 1x1 image. Later transposed
convolutions usually double the resolution, plain ones keep it. State dicts contain neither strides
nor activations: strides are inferred from kernels (see `geometry`), activations, unusual strides
and the distribution of z from the batch-norm statistics (see `inference`).
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor
from torch.nn import Module, Parameter

from ....concepts.conditions import Conditions
from ....concepts.network import AbstractNetwork, GeneratorSpec, LayerInfo
from ...layers.activations import activation as activation_of
from ...layers.modulation.batch_norm import FrozenBatchNorm
from .layer import DCGANLayer
from .settings import DCGANSettings


class Convolution(Module):
    """The parameters of one convolution, with its geometry.

    Args:
        layer: Sizes and kind.
    """

    def __init__(self, layer: DCGANLayer) -> None:
        super().__init__()
        self.layer = layer
        ends = (layer.inputs, layer.outputs) if layer.transposed else (layer.outputs, layer.inputs)
        taps = 1 if layer.first else math.prod(layer.kernel) / math.prod(layer.stride)
        # Preserves the energy of a rectified signal; an untrained batch norm does not scale it.
        spread = math.sqrt(2 / (layer.inputs * taps))
        self.weight = Parameter(torch.randn(*ends, *layer.kernel) * spread)
        self.bias = Parameter(torch.zeros(layer.outputs)) if layer.bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Features `[N, inputs, H, W]` to `[N, outputs, H', W']`."""
        return self.layer.convolve(x, self.weight, self.bias)


class NormalizedConvolution(Module):
    """A convolution, named by its kind, and the batch norm after it, if any.

    Args:
        layer: Sizes and kind.
    """

    def __init__(self, layer: DCGANLayer) -> None:
        super().__init__()
        self.kind = "deconv" if layer.transposed else "conv"
        self.add_module(self.kind, Convolution(layer))
        self.norm = FrozenBatchNorm(layer.outputs) if layer.norm else None

    @property
    def convolution(self) -> Convolution:
        """The convolution of either name."""
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
        """The output activation of the image layer, rescaled to [-1, 1]."""
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

    def projection(self, layer: int) -> Tensor:
        """See `AbstractNetwork.projection`: the weight of the first layer, as SeFa of PGGAN.

        The batch norm after it, which scales the rows of each channel, is left out.

        Args:
            layer: 0, the only layer with a latent.

        Returns:
            `[outputs * kernel^2, z_dim]`.
        """
        weight = self.synthesis.layer(layer).convolution.weight  # [D, O, k, k]
        return weight.flatten(1).T  # [O k k, D]
