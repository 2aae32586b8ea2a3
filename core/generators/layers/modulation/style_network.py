"""Base class of StyleGAN, StyleGAN2 and StyleGAN3: latents control the image through styles."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor

from ....concepts.conditions import Conditions
from ....concepts.network import AbstractNetwork
from .mapping import MappingNetwork
from .styles import StyleMap, each_style, split_styles, stacked_weights


class AbstractStyleNetwork(AbstractNetwork):
    """A mapping network, affine maps from w to styles, and a network from styles to the image."""

    mapping: MappingNetwork
    """z and the class to w; nothing else uses the class."""

    has_space_s = True
    """Whether the styles determine the image; false where a layer also reads w itself."""

    @abstractmethod
    def style_maps(self) -> list[StyleMap]:
        """Every affine map, in the order in which the network uses them."""

    @abstractmethod
    def draw(self, styles: list[Tensor], conditions: Conditions, ws: Tensor | None) -> Tensor:
        """Compute images from styles.

        Args:
            styles: `[N, channels]` for each of `style_maps`.
            conditions: Noise and transform.
            ws: `[N, num_ws, w_dim]`, the latents of the styles; none for a code of the space S.
                Only networks without the space S need it.

        Returns:
            `[N, img_channels, H, W]`.
        """

    def map(self, z: Tensor, c: Tensor | None) -> Tensor:
        """See `AbstractNetwork.map`."""
        return self.mapping(z, c)

    def synthesize(self, ws: Tensor, conditions: Conditions) -> Tensor:
        """See `AbstractNetwork.synthesize`."""
        return self.draw(each_style(self.style_maps(), ws), conditions, ws)

    def styles(self, ws: Tensor) -> Tensor:
        """See `AbstractNetwork.styles`."""
        return torch.cat(each_style(self._maps_of_s(), ws), dim=1)

    def synthesize_styles(self, styles: Tensor, conditions: Conditions) -> Tensor:
        """See `AbstractNetwork.synthesize_styles`."""
        return self.draw(split_styles(self._maps_of_s(), styles), conditions, None)

    def style_weights(self) -> Tensor:
        """See `AbstractNetwork.style_weights`."""
        return stacked_weights(self._maps_of_s())

    def _maps_of_s(self) -> list[StyleMap]:
        """The affine maps, where the network has the space S."""
        if not self.has_space_s:
            raise self._no_styles()
        return self.style_maps()
