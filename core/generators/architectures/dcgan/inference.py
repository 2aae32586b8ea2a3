"""Activations and latent distribution of a DCGAN, inferred from its batch-norm statistics.

A batch norm stores the running mean and variance of its input during training. With the right
latent distribution and activations, random latents reproduce these statistics. Layer by layer from
the latent upwards, the candidate with the smallest error is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...layers.activations import activation

ACTIVATIONS = ("none", "relu", "leaky_relu:0.1", "leaky_relu:0.2", "leaky_relu:0.3", "elu", "tanh")
"""Candidates between two layers. Slope 0.01, torch's default, is left out: running statistics are
too noisy to distinguish it from relu, and every relu network would be doubtful."""
DISTRIBUTIONS = ("normal", "uniform")
"""Candidates for the entries of z: standard normal, or uniform on [-1, 1]."""
SMALL_MARGIN = 2.0
"""A choice is doubtful when the second best misfit is below this multiple of the best. By
experiment: of 177 activations in stacks of 2 to 96 channels the one wrong choice had 1.2, the
right ones 1.7 to thousands; in small DCGANs trained for 200 to 800 steps wrong ones had 1.1 to
1.2, right ones 1.3 to 15."""
LARGE_MISFIT = 0.02
"""A choice is doubtful when the misfit of the best candidate is larger. In the same
experiments right choices had 0.0001 to 0.02; latents uniform on [0, 1], which are no candidate,
had 0.1, and running statistics after 50 steps, not yet independent of their initial values, 0.03 to
0.2."""
SAMPLES = 128
"""Number of random latents."""
FEATURES = (2**21, 2**26)
"""Bounds on the number of values in the features of one layer, for all latents together. Above the
first (8 MiB) fewer latents are used, at least `FEWEST`; above the second (256 MiB) even fewer."""
FEWEST = 32
"""Number of latents that reliably distinguishes slopes 0.1 and 0.2; 16 are sometimes too few."""


@dataclass(frozen=True)
class Stage:
    """One layer, as the inference needs it."""

    convolve: Callable[[Tensor], Tensor]
    """The convolution, bias included: `[N, I, H, W]` to `[N, O, H', W']`."""
    norm: tuple[Tensor, Tensor, Tensor, Tensor] | None
    """Weight, bias, running mean and running variance `[O]` of the batch norm after it, or none."""


@dataclass(frozen=True)
class Choice:
    """The inferred value of one setting, and its certainty."""

    subject: str
    """"distribution", or "activation of layer 3"."""
    value: str
    """The chosen candidate."""
    misfit: float | None = None
    """Misfit of the chosen candidate; none where no batch norm follows."""
    runner_up: str = ""
    """The best candidate with another value; empty where there is none."""
    margin: float | None = None
    """Misfit of the runner-up divided by `misfit`; none where there is no runner-up."""
    basis: str = "statistics"
    """"statistics", "other layers", or "nothing" where no layer has statistics."""

    @property
    def doubt(self) -> str:
        """The reason why the choice is doubtful; empty where it is not."""
        if self.basis == "nothing":
            return "nothing in the file determines it"
        if self.misfit is not None and not self.misfit <= LARGE_MISFIT:  # so that NaN is doubtful
            return f"no candidate fits the batch-norm statistics (misfit {self.misfit:.2g})"
        if self.margin is not None and self.margin < SMALL_MARGIN:
            return f"{self.runner_up} fits almost as well (margin {self.margin:.2f})"
        return ""

    def __str__(self) -> str:
        """One line for people."""
        if self.misfit is None:
            return f"{self.subject}: {self.value} (assumed from {self.basis})"
        line = f"{self.subject}: {self.value} (misfit {self.misfit:.2g}"
        if self.margin is not None:
            line += f"; next {self.runner_up}, margin {self.margin:.1f}"
        return f"{line})"


def normalize(x: Tensor, stage: Stage) -> Tensor:
    """The batch norm of a stage as in training: with the statistics of the batch.

    The running statistics of the next layer were computed from such features, and errors of lower
    layers do not accumulate.

    Args:
        x: `[N, O, H, W]`, output of the convolution.
        stage: The layer.

    Returns:
        `[N, O, H, W]`; x itself where there is no batch norm.
    """
    if stage.norm is None:
        return x
    weight, bias, _, _ = stage.norm
    variance, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)  # [O]
    scale = weight * (variance + 1e-5).rsqrt()
    return x * scale[:, None, None] + (bias - mean * scale)[:, None, None]


def misfit(x: Tensor, running_mean: Tensor, running_var: Tensor) -> float:
    """Difference between the statistics of features and the stored ones; 0 is a perfect fit.

    Per channel the squared error of the mean, in stored standard deviations, plus the squared
    logarithm of the ratio of variances, each clamped at 10 so that a dead channel cannot dominate;
    then the mean over channels.

    Args:
        x: `[N, O, H, W]`, input of the batch norm.
        running_mean: `[O]`.
        running_var: `[O]`.

    Returns:
        From 0 to 20.
    """
    variance, mean = torch.var_mean(x, dim=(0, 2, 3))  # [O], unbiased as the running variance is
    tiny = 1e-6 * running_var.mean() + 1e-20  # a dead channel has no variance to divide by
    error = (mean - running_mean).square() / (running_var + tiny)
    ratio = ((variance + tiny) / (running_var + tiny)).log().square()
    return float((error.clamp(max=10) + ratio.clamp(max=10)).mean())


def draw_latents(distribution: str, z_dim: int) -> Tensor:
    """`SAMPLES` latents, the same at every call.

    Args:
        distribution: One of `DISTRIBUTIONS`.
        z_dim: Size of z.

    Returns:
        `[N, z_dim, 1, 1]`.
    """
    source = torch.Generator().manual_seed(0)
    if distribution == "normal":
        return torch.randn(SAMPLES, z_dim, 1, 1, generator=source)
    return torch.rand(SAMPLES, z_dim, 1, 1, generator=source) * 2 - 1


@dataclass(frozen=True)
class _Hypothesis:
    """A candidate for the distribution and the activations so far, with its features."""

    distribution: str
    activation: str
    """Of the layers since the last batch norm; empty where there are none."""
    x: Tensor
    """`[N, C, H, W]`."""


def _activated(hypotheses: Iterable[_Hypothesis], names: Sequence[str]) -> Iterator[_Hypothesis]:
    """Every hypothesis with every activation.

    Layers without a batch norm between them share one activation, since the statistics of the next
    norm cannot determine two.

    Args:
        hypotheses: The hypotheses so far.
        names: Activations to try.

    Yields:
        Their combinations.
    """
    for hypothesis in hypotheses:
        for name in names:
            if len(names) == 1 or hypothesis.activation in ("", name):
                x = activation(name)(hypothesis.x)
                yield _Hypothesis(hypothesis.distribution, name, x)


def _affordable(features: int) -> int:
    """Number of latents to use, given the number of values in the features of one."""
    comfortable, largest = FEATURES
    return max(1, min(max(FEWEST, comfortable // features), largest // features))


def _convolved(hypotheses: Iterable[_Hypothesis], stage: Stage) -> Iterator[_Hypothesis]:
    """Every hypothesis after a stage's convolution; lazily, since features are large."""
    for hypothesis in hypotheses:
        x = stage.convolve(hypothesis.x[: _affordable(hypothesis.x[0].numel())])
        yield _Hypothesis(hypothesis.distribution, hypothesis.activation, x)


def _choice(subject: str, misfits: Sequence[tuple[str, float]]) -> Choice:
    """The best value of a subject, given values with misfits; values may repeat."""
    value, least = min(misfits, key=lambda pair: pair[1])
    others = [pair for pair in misfits if pair[0] != value]
    if not others:
        return Choice(subject, value, least)
    runner_up, second = min(others, key=lambda pair: pair[1])
    return Choice(subject, value, least, runner_up, second / max(least, 1e-12))


def _assumed(subject: str, known: Sequence[str]) -> Choice:
    """The most frequent value of the other layers; among equals that nearest to the image."""
    if not known:
        return Choice(subject, "relu", basis="nothing")
    value = max(reversed(known), key=known.count)
    return Choice(subject, value, basis="other layers")


@torch.no_grad()
def infer(
    stages: Sequence[Stage],
    z_dim: int,
    distribution: str | None = None,
    activations: Sequence[str] | None = None,
) -> tuple[Choice, ...]:
    """Infer unknown settings; layers without batch norm between them share one activation.

    Args:
        stages: All layers from the latent to the image; at least one has a batch norm.
        z_dim: Size of z.
        distribution: Where known, one of `DISTRIBUTIONS`.
        activations: Where known, the activation after each layer but the last.

    Returns:
        A choice of the distribution where it is unknown, then one for each activation where they
        are unknown.
    """
    sources = DISTRIBUTIONS if distribution is None else (distribution,)
    hypotheses = [_Hypothesis(name, "", draw_latents(name, z_dim)) for name in sources]
    with_norm = [index for index, stage in enumerate(stages) if stage.norm is not None]
    pending: list[int] = []
    choices: list[Choice] = []
    for index, stage in enumerate(stages[: with_norm[-1] + 1]):
        candidates: Iterable[_Hypothesis] = hypotheses
        if index:
            names = ACTIVATIONS if activations is None else activations[index - 1 : index]
            candidates = _activated(candidates, names)
            pending.append(index - 1)
        candidates = _convolved(candidates, stage)
        if stage.norm is None:
            hypotheses = list(candidates)
            continue
        scores: list[tuple[float, str, str]] = []
        best: _Hypothesis | None = None
        for candidate in candidates:
            scores.append(
                (misfit(candidate.x, *stage.norm[2:]), candidate.distribution, candidate.activation)
            )
            if best is None or scores[-1] <= min(scores):
                best = candidate
        assert best is not None
        if index == with_norm[0] and distribution is None:
            choices.append(_choice("distribution", [(name, score) for score, name, _ in scores]))
        if activations is None:
            pairs = [(name, score) for score, _, name in scores]
            choices += [_choice(f"activation of layer {layer}", pairs) for layer in pending]
        elif index == with_norm[0]:
            break  # only the distribution was unknown
        hypotheses = [_Hypothesis(best.distribution, "", normalize(best.x, stage))]
        pending = []
    if activations is None:
        known = [choice.value for choice in choices if choice.subject != "distribution"]
        rest = range(with_norm[-1], len(stages) - 1)
        choices += [_assumed(f"activation of layer {layer}", known) for layer in rest]
    return tuple(choices)
