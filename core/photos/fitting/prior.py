"""Where the codes of random images lie: mean and covariance, and coordinates that whiten them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ...base.execution import plain_tensors
from ...concepts.generator import Generator
from ...latents.code_statistics import covariance_of_w
from ...latents.sampling import DISTRIBUTIONS, sample_latents
from ...latents.truncation import average_latent

_RANK = 1e-9
"""Share of the largest variance below which a direction of w counts as one that no code uses."""

_CLASS_CODES = 2000
"""Random codes of one class, for its covariance."""


@dataclass(frozen=True)
class CodePrior:
    """Random latents are about `mean + root u`, u standard normal."""

    mean: Tensor
    """`[D]` float64: the mean w, or 0 in Z."""
    root: Tensor
    """`[D, d]` float64: C with `C C^T = cov(w)`; columns of falling length."""
    inverse: Tensor
    """`[d, D]` float64: its left inverse."""

    @classmethod
    def of(cls, gan: Generator, label: int | None = None) -> CodePrior:
        """The prior of a generator.

        Args:
            gan: The generator.
            label: Its class, for a conditional one.

        Returns:
            The prior: with a mapping network that of w, of the class where there is one; else that
            of z, whose entries are independent.

        Raises:
            LatentError: The label is missing, superfluous, or does not exist.
        """
        spec = gan.spec
        with plain_tensors():
            mean = average_latent(gan, label).values[0, 0].to(torch.float64)
            if spec.w_dim is None:
                scale = DISTRIBUTIONS[spec.distribution]
                return cls.with_covariance(mean, torch.eye(spec.z_dim).double() * scale**2)
            if label is None:
                return cls.with_covariance(mean, covariance_of_w(gan))
            codes = sample_latents(gan, _CLASS_CODES, 0, 1.0, labels=label)
            w = codes.values[:, 0].to(torch.float64)
            return cls.with_covariance(mean, torch.cov(w.T).reshape(w.shape[1], w.shape[1]))

    @classmethod
    def with_covariance(cls, mean: Tensor, covariance: Tensor) -> CodePrior:
        """The prior with a mean and a covariance.

        Args:
            mean: `[D]`.
            covariance: `[D, D]`, not 0.

        Returns:
            The prior; directions without variance are left out.
        """
        values, vectors = torch.linalg.eigh(covariance.to("cpu", torch.float64))
        values, vectors = values.flip(0), vectors.flip(1)
        used = values > _RANK * values[0].clamp_min(torch.finfo(torch.float64).tiny)
        scales, basis = values[used].sqrt(), vectors[:, used]
        return cls(mean.to("cpu", torch.float64), basis * scales, (basis / scales).T.contiguous())

    @property
    def size(self) -> int:
        """Number d of whitened coordinates of one latent."""
        return self.root.shape[1]

    def whiten(self, latents: Tensor) -> Tensor:
        """Whitened coordinates of latents.

        Args:
            latents: `[..., D]`.

        Returns:
            `[..., d]` float64 on the CPU.
        """
        return (latents.to("cpu", torch.float64) - self.mean) @ self.inverse.T
