"""A linearisation of any network by automatic differentiation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ..concepts.linearisation import AbstractLinearisation


class ForwardLinearisation(AbstractLinearisation):
    """The linearisation of architectures without one of their own: batched `jvp` and `vjp`.

    Args:
        function: From inputs `[n]` to an image `[C, H, W]`.
        point: `[n]`, where to differentiate.
        inputs: Size of each input; n is their sum.
        image_shape: Channels, height and width of what `function` returns.
    """

    def __init__(
        self,
        function: Callable[[Tensor], Tensor],
        point: Tensor,
        inputs: Sequence[int],
        image_shape: tuple[int, int, int],
    ) -> None:
        self.function, self.point = function, point
        self.inputs, self.image_shape = tuple(inputs), image_shape

    @property
    def device(self) -> torch.device:
        """See `AbstractLinearisation.device`."""
        return self.point.device

    def push(self, tangents: Tensor, first: int = 0) -> Tensor:
        """See `AbstractLinearisation.push`; all layers are computed, whatever `first` is."""

        def one(tangent: Tensor) -> Tensor:
            return torch.func.jvp(self.function, (self.point,), (tangent,))[1]

        return torch.func.vmap(one)(tangents.to(self.point))

    def pull(self, images: Tensor) -> Tensor:
        """See `AbstractLinearisation.pull`."""
        back = torch.func.vjp(self.function, self.point)[1]
        return torch.func.vmap(lambda image: back(image)[0])(images.to(self.point)).detach()
