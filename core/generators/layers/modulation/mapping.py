"""The mapping network of StyleGAN, StyleGAN2 and StyleGAN3 (Karras et al., 2019, 2020, 2021)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import Module, Parameter

from ...declared_config import numbers_in_names
from .dense import EqualizedDense, leaky_relu, normalize_second_moment


def mapping_widths(tensors: Mapping[str, Tensor]) -> tuple[int, ...]:
    """Outputs of each mapping layer, `mapping.fc<i>.weight`.

    Args:
        tensors: Canonical names to tensors.

    Returns:
        In the order of the layers.
    """
    numbers = numbers_in_names(tensors, r"mapping\.fc(\d{1,5})\.weight")
    return tuple(tensors[f"mapping.fc{number}.weight"].shape[0] for number in numbers)


class MappingNetwork(Module):
    """Normalise z, and the embedded class apart from it or with it; then fully connected layers.

    Args:
        z_dim: Size of z.
        widths: Outputs of each layer; the last is w_dim.
        c_dim: Number of classes; 0 for none.
        embed_features: Size of the class embedding; used where `c_dim` is not 0.
        lr_multiplier: Learning-rate multiplier of the layers; see `EqualizedDense`.
        label_concat: Whether the embedding is a plain matrix `label_weight [c_dim, features]` whose
            row is normalised together with z, as in StyleGAN and the first StyleGAN2; else it is a
            layer `embed` whose output is normalised alone.
    """

    def __init__(
        self,
        z_dim: int,
        widths: Sequence[int],
        c_dim: int = 0,
        embed_features: int = 0,
        lr_multiplier: float = 0.01,
        label_concat: bool = False,
    ) -> None:
        super().__init__()
        width = z_dim
        if c_dim and label_concat:
            self.label_weight = Parameter(torch.randn(c_dim, embed_features))
        elif c_dim:
            self.embed = EqualizedDense(c_dim, embed_features)
        width += embed_features if c_dim else 0
        self.depth = len(widths)
        for index, out in enumerate(widths):
            self.add_module(f"fc{index}", EqualizedDense(width, out, lr_multiplier=lr_multiplier))
            width = out
        self.register_buffer("w_avg", torch.zeros(width))

    def forward(self, z: Tensor, c: Tensor | None) -> Tensor:
        """Map `z [N, z_dim]` and `c [N, c_dim]` to `[N, w_dim]`."""
        if c is None:
            x = normalize_second_moment(z)
        elif hasattr(self, "label_weight"):
            x = normalize_second_moment(torch.cat([z, c @ self.label_weight], dim=1))
        else:
            embedded = normalize_second_moment(self.embed(c))
            x = torch.cat([normalize_second_moment(z), embedded], dim=1)
        for index in range(self.depth):
            x = leaky_relu(self.get_submodule(f"fc{index}")(x))
        return x
