"""Slow reference implementations: the full Jacobian by autograd, and scipy's eigensolver."""

from __future__ import annotations

from collections.abc import Callable

import latent_levers as ll
import numpy as np
import scipy.linalg
import torch
from latent_levers.core.concepts.conditions import Conditions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.linearisation import AbstractLinearisation
from torch import Tensor


def full_jacobian(function: Callable[[Tensor], Tensor], point: Tensor) -> Tensor:
    """`[C, H, W, D]` by reverse mode, one row at a time."""
    return torch.autograd.functional.jacobian(function, point.clone())


def grams_of(jacobian: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """A and B, divided by their rows, from `[C, H, W, D]` and weights `[H, W]`."""
    pair = []
    for weight in (weights.double(), 1 - weights.double()):
        scaled = jacobian.double() * weight.sqrt()[..., None]
        rows = scaled.flatten(0, 2)
        pair.append(rows.T @ rows / (weight.sum() * jacobian.shape[0]))
    return pair[0], pair[1]


def generalised_eigenpairs(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues, descending, and eigenvectors as unit rows, by `scipy.linalg.eigh`."""
    values, columns = scipy.linalg.eigh(a.numpy(), b.numpy())
    rows = columns.T[::-1] / np.linalg.norm(columns.T[::-1], axis=1, keepdims=True)
    return torch.from_numpy(values[::-1].copy()), torch.from_numpy(rows.copy())


def forward_jacobian(function: Callable[[Tensor], Tensor], point: Tensor) -> Tensor:
    """Columns `[d, C, H, W]` by forward mode."""
    basis = torch.eye(len(point), dtype=point.dtype)
    return torch.func.vmap(lambda t: torch.func.jvp(function, (point,), (t,))[1])(basis)


class PlainLinearisation(AbstractLinearisation):
    """The derivative of any network by its inputs: the full Jacobian, by forward mode."""

    def __init__(self, gan: Generator, code: ll.LatentCode) -> None:
        labels = None if code.labels is None else code.labels.to(gan.dtype)
        conditions = Conditions(labels, "const", truncation_psi=code.truncation_psi)
        styles, network = gan.spec.styles, gan.network
        point = (gan.style_codes(code) if styles else gan.layer_codes(code)).detach()
        draw = network.synthesize_styles if styles else network.synthesize
        self.jacobian = forward_jacobian(
            lambda flat: draw(flat.reshape(point.shape), conditions)[0], point.flatten()
        )
        layers = [gan.spec.latent_dim] * gan.spec.num_ws
        self.inputs = tuple(style.channels for style in styles) or tuple(layers)
        self.image_shape = (gan.spec.img_channels, *gan.spec.img_size)

    @property
    def device(self) -> torch.device:
        """See `AbstractLinearisation.device`."""
        return self.jacobian.device

    def push(self, tangents: Tensor, first: int = 0) -> Tensor:
        """See `AbstractLinearisation.push`; tangents before `first` must be zero."""
        assert not tangents[:, : sum(self.inputs[:first])].any()
        return torch.einsum("bn,nchw->bchw", tangents.to(self.jacobian), self.jacobian)

    def pull(self, images: Tensor) -> Tensor:
        """See `AbstractLinearisation.pull`."""
        return torch.einsum("nchw,bchw->bn", self.jacobian, images.to(self.jacobian))
