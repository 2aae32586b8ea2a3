"""Encoders of photographs as a network: a residual body, and heads that read three sizes of it.

Richardson et al., Encoding in Style, CVPR 2021 (pSp); Tov et al., Designing an Encoder for StyleGAN
Image Manipulation, ACM TOG 2021 (e4e); the body is that of ArcFace (Deng et al., CVPR 2019) with
squeeze-and-excitation (Hu et al., CVPR 2018). Modules are named as in the published files.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import (
    BatchNorm2d,
    Conv2d,
    LeakyReLU,
    Module,
    ModuleList,
    Parameter,
    PReLU,
    Sequential,
)
from torch.nn import functional as F

from .settings import EncoderSettings, UnitSettings


class SqueezeExcitation(Module):
    """Scales channels by what their averages say."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.fc1 = Conv2d(channels, squeezed, 1, bias=False)
        self.fc2 = Conv2d(squeezed, channels, 1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """`[N, C, H, W]` to the same shape."""
        averages = features.mean(dim=(2, 3), keepdim=True)
        return features * self.fc2(self.fc1(averages).relu()).sigmoid()


class ResidualUnit(Module):
    """Two convolutions, and a way around them."""

    def __init__(self, settings: UnitSettings) -> None:
        super().__init__()
        inputs, outputs, stride = settings.inputs, settings.outputs, settings.stride
        self.stride = stride
        parts: list[Module] = [
            BatchNorm2d(inputs),
            Conv2d(inputs, outputs, 3, 1, 1, bias=False),
            PReLU(outputs),
            Conv2d(outputs, outputs, 3, stride, 1, bias=False),
            BatchNorm2d(outputs),
        ]
        if settings.squeezed:
            parts.append(SqueezeExcitation(outputs, settings.squeezed))
        self.res_layer = Sequential(*parts)
        self.shortcut_layer = (
            Sequential(Conv2d(inputs, outputs, 1, stride, bias=False), BatchNorm2d(outputs))
            if settings.projected
            else None
        )

    def forward(self, features: Tensor) -> Tensor:
        """`[N, inputs, H, W]` to `[N, outputs, H / stride, W / stride]`, sizes rounded up."""
        if self.shortcut_layer is None:
            around = features[:, :, :: self.stride, :: self.stride]
        else:
            around = self.shortcut_layer(features)
        return self.res_layer(features) + around


class EqualizedLinear(Module):
    """A linear map whose stored weights have unit variance."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = Parameter(torch.empty(outputs, inputs))
        self.bias = Parameter(torch.empty(outputs))

    def forward(self, inputs: Tensor) -> Tensor:
        """`[N, inputs]` to `[N, outputs]`."""
        return F.linear(inputs, self.weight * inputs.shape[1] ** -0.5, self.bias)


class StyleHead(Module):
    """map2style: convolutions that halve features until one pixel is left, then a linear map."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        parts: list[Module] = []
        for inputs, outputs in pairwise(widths):
            parts += [Conv2d(inputs, outputs, 3, 2, 1), LeakyReLU()]
        self.convs = Sequential(*parts)
        self.linear = EqualizedLinear(widths[-1], widths[-1])

    def forward(self, features: Tensor) -> Tensor:
        """`[N, C, H, W]` to `[N, w_dim]`."""
        return self.linear(self.convs(features).flatten(1))


class EncoderNetwork(Module):
    """Photographs to what the heads say."""

    def __init__(self, settings: EncoderSettings) -> None:
        super().__init__()
        self.settings = settings
        width = settings.width
        self.input_layer = Sequential(
            Conv2d(3, width, 3, 1, 1, bias=False), BatchNorm2d(width), PReLU(width)
        )
        self.body = ModuleList(ResidualUnit(unit) for unit in settings.units)
        if not settings.heads:
            self.linear = EqualizedLinear(settings.units[-1].outputs, settings.w_dim)
            return
        self.styles = ModuleList(StyleHead(head) for head in settings.heads)
        for number, (inputs, outputs) in enumerate(settings.laterals, 1):
            self.add_module(f"latlayer{number}", Conv2d(inputs, outputs, 1))

    def forward(self, photos: Tensor) -> Tensor:
        """Read photographs.

        Args:
            photos: `[N, 3, side, side]` in [-1, 1].

        Returns:
            `[N, heads, w_dim]`, what each head says; `[N, 1, w_dim]` for an encoder into W.
        """
        stages = self._stages(self.input_layer(photos))
        if not self.settings.heads:
            return self.linear(stages[-1].mean(dim=(2, 3)))[:, None]
        features = [stages[-1]]
        for number, finer in enumerate(stages[-2 : -2 - len(self.settings.laterals) : -1], 1):
            lateral = self.get_submodule(f"latlayer{number}")(finer)
            size = lateral.shape[2:]
            coarser = F.interpolate(features[-1], size, mode="bilinear", align_corners=True)
            features.append(coarser + lateral)
        coarse = self.settings.coarse
        said = [
            head(features[len(widths) - 1 - coarse])
            for head, widths in zip(self.styles, self.settings.heads, strict=True)
        ]
        return torch.stack(said, dim=1)

    def _stages(self, features: Tensor) -> list[Tensor]:
        """Features at the end of each stage, before they are halved again."""
        ends: list[Tensor] = []
        for number, (unit, settings) in enumerate(zip(self.body, self.settings.units, strict=True)):
            if settings.stride == 2 and number:
                ends.append(features)
            features = unit(features)
        return [*ends, features]
