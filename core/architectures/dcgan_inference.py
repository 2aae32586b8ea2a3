"""Activations and latent distribution of a stack, told by its stored batch-norm statistics.

A batch norm keeps the running mean and variance of what entered it while training. Latents drawn
from the right distribution, sent through the right activations, have the same statistics; the
candidate that comes closest is taken, layer by layer from the latent upwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .layers.activations import activation

ACTIVATIONS = ("none", "relu", "leaky_relu:0.2", "leaky_relu:0.1", "elu", "tanh")
"""Candidates between two layers. Slope 0.01, torch's default, is left out: running statistics are
too noisy to tell it from relu, and every relu network would be called doubtful."""
DISTRIBUTIONS = ("normal", "uniform")
"""Candidates for the entries of z: standard normal, or uniform on [-1, 1]."""
SMALL_MARGIN = 1.5
"""A choice is doubtful when the second best misfit is below this multiple of the best."""
LARGE_MISFIT = 0.5
"""A choice is doubtful when even the best candidate misses the statistics by this much."""
SAMPLES = 128
"""Latents sent through the stack."""
FEATURES = 2**23
"""Numbers in one layer's features above which fewer latents are sent (32 MiB)."""


@dataclass(frozen=True)
class Stage:
    """What inference needs of one layer."""

    convolve: Callable[[Tensor], Tensor]
    """The convolution, bias included: `[N, I, H, W]` to `[N, O, H', W']`."""
    norm: tuple[Tensor, Tensor, Tensor, Tensor] | None
    """Weight, bias, running mean and running variance `[O]` of the batch norm after it, or none."""

    def normalize(self, x: Tensor) -> Tensor:
        """The batch norm as in training, `[N, O, H, W]` to the same.

        The batch's own statistics are used: the next layer's running statistics come from such
        features, and an error made below does not add up.
        """
        if self.norm is None:
            return x
        weight, bias = self.norm[:2]
        variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
        scale = weight * (variance + 1e-5).rsqrt()
        return (x - mean[:, None, None]) * scale[:, None, None] + bias[:, None, None]

    def misfit(self, x: Tensor) -> float:
        """How far the statistics of features before the norm, `[N, O, H, W]`, miss the stored.

        Per channel the squared error of the mean, in stored standard deviations, plus the squared
        logarithm of the ratio of variances, capped at 10 each so that a dead channel cannot
        outvote the others; then the mean over channels. 0 is a perfect fit.
        """
        if self.norm is None:
            raise ValueError("A layer without batch norm has no statistics to miss.")
        _, _, running_mean, running_var = self.norm
        variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=1)
        tiny = 1e-6 * running_var.mean() + 1e-20
        error = (mean - running_mean).square() / (running_var + tiny)
        ratio = ((variance + tiny) / (running_var + tiny)).log().square()
        return float((error.clamp(max=10) + ratio.clamp(max=10)).mean())


@dataclass(frozen=True)
class Choice:
    """What was chosen for one thing that the file does not say, and how sure that is."""

    subject: str
    """"distribution", or "activation of layer 3"."""
    value: str
    """The candidate taken."""
    misfit: float | None = None
    """Its misfit; none where no batch norm follows and the other layers' choice was assumed."""
    runner_up: str = ""
    """The best candidate with another value; empty where none was tried."""
    margin: float | None = None
    """Misfit of the runner-up in multiples of the misfit."""

    @property
    def doubt(self) -> str:
        """Why the choice is doubtful, in words; empty where it is not."""
        if self.misfit is None or self.margin is None:
            return ""
        if self.misfit > LARGE_MISFIT:
            return f"no candidate fits the batch-norm statistics (misfit {self.misfit:.2g})"
        if self.margin < SMALL_MARGIN:
            return f"{self.runner_up} fits almost as well (margin {self.margin:.2f})"
        return ""

    def __str__(self) -> str:
        """One line for people."""
        if self.misfit is None:
            return f"{self.subject}: {self.value} (assumed; no batch norm follows)"
        line = f"{self.subject}: {self.value} (misfit {self.misfit:.2g}"
        if self.margin is not None:
            line += f"; next {self.runner_up}, margin {self.margin:.1f}"
        return f"{line})"


@dataclass(frozen=True)
class _Hypothesis:
    """One way in which the features below the next layer may have come about."""

    distribution: str
    activation: str
    """Of all layers since the last batch norm; empty before the first activation."""
    x: Tensor
    """`[N, C, H, W]`, input of the next layer."""


def draw_latents(distribution: str, count: int, z_dim: int) -> Tensor:
    """Latents that are the same at every call.

    Args:
        distribution: One of `DISTRIBUTIONS`.
        count: Number N.
        z_dim: Size of z.

    Returns:
        `[N, z_dim]`.
    """
    source = torch.Generator().manual_seed(0)
    if distribution == "normal":
        return torch.randn(count, z_dim, generator=source)
    return torch.rand(count, z_dim, generator=source) * 2 - 1


def _applied(
    hypotheses: Sequence[_Hypothesis], candidates: Sequence[str]
) -> Iterator[_Hypothesis]:
    """Every hypothesis with every activation.

    A hypothesis that has met an activation since the last batch norm keeps to it: one norm cannot
    tell two activations apart.
    """
    for hypothesis in hypotheses:
        for name in candidates:
            if hypothesis.activation in ("", name) or len(candidates) == 1:
                x = activation(name)(hypothesis.x)
                yield _Hypothesis(hypothesis.distribution, name, x)


def _choice(subject: str, misfits: Sequence[tuple[str, float]]) -> Choice:
    """The best value of one subject, given values with misfits (a value may come more than once)."""
    value, misfit = min(misfits, key=lambda pair: pair[1])
    others = [pair for pair in misfits if pair[0] != value]
    if not others:
        return Choice(subject, value, misfit)
    runner_up, second = min(others, key=lambda pair: pair[1])
    return Choice(subject, value, misfit, runner_up, second / max(misfit, 1e-12))
