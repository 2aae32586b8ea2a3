"""Activations and latent distribution of a stack, told by its stored batch-norm statistics.

A batch norm keeps the running mean and variance of what entered it while training. Latents drawn
from the right distribution, sent through the right activations, have the same statistics; the
candidate that comes closest is taken, layer by layer from the latent upwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...layers.activations import activation

ACTIVATIONS = ("none", "relu", "leaky_relu:0.1", "leaky_relu:0.2", "leaky_relu:0.3", "elu", "tanh")
"""Candidates between two layers. Slope 0.01, torch's default, is left out: running statistics are
too noisy to tell it from relu, and every relu network would be called doubtful."""
DISTRIBUTIONS = ("normal", "uniform")
"""Candidates for the entries of z: standard normal, or uniform on [-1, 1]."""
SMALL_MARGIN = 2.0
"""A choice is doubtful when the second best misfit is below this multiple of the best. By
experiment: of 177 activations in stacks of 2 to 96 channels the one wrong choice had 1.2, the
right ones 1.7 to thousands; in small DCGANs trained for 200 to 800 steps wrong ones had 1.1 to
1.2, right ones 1.3 to 15."""
LARGE_MISFIT = 0.02
"""A choice is doubtful when even the best candidate misses the statistics by this much. In the same
experiments right choices had 0.0001 to 0.02; latents uniform on [0, 1], which are no candidate,
had 0.1, and running statistics after 50 steps, which still remember how they began, 0.03 to 0.2."""
SAMPLES = 128
"""Latents sent through the stack."""
FEATURES = (2**21, 2**26)
"""Numbers in the features of one layer above which fewer latents go on: from the first bound (8
MiB) on no fewer than `FEWEST`, from the second (256 MiB) on as few as must be."""
FEWEST = 32
"""Latents that tell slopes 0.1 and 0.2 apart; 16 do not always."""


@dataclass(frozen=True)
class Stage:
    """What inference needs of one layer."""

    convolve: Callable[[Tensor], Tensor]
    """The convolution, bias included: `[N, I, H, W]` to `[N, O, H', W']`."""
    norm: tuple[Tensor, Tensor, Tensor, Tensor] | None
    """Weight, bias, running mean and running variance `[O]` of the batch norm after it, or none."""


@dataclass(frozen=True)
class Choice:
    """What was taken for one thing that the file does not say, and how sure that is."""

    subject: str
    """"distribution", or "activation of layer 3"."""
    value: str
    """The candidate taken."""
    misfit: float | None = None
    """Its misfit; none where no batch norm follows."""
    runner_up: str = ""
    """The best candidate with another value; empty where none was tried."""
    margin: float | None = None
    """Misfit of the runner-up in multiples of the misfit; none where there is no runner-up."""
    basis: str = "statistics"
    """"statistics", "other layers", or "nothing" where the file tells of no layer."""

    @property
    def doubt(self) -> str:
        """Why the choice is doubtful, in words; empty where it is not."""
        if self.basis == "nothing":
            return "nothing in the file tells"
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
    """The batch norm of a stage as in training: with the batch's own statistics.

    The next layer's running statistics come from such features, and an error made below does not
    add up.

    Args:
        x: `[N, O, H, W]`, what the convolution gives.
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
    """How far the statistics of features miss the stored ones; 0 is a perfect fit.

    Per channel the squared error of the mean, in stored standard deviations, plus the squared
    logarithm of the ratio of variances, each capped at 10 so that a dead channel cannot outvote
    the others; then the mean over channels.

    Args:
        x: `[N, O, H, W]`, what enters the batch norm.
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
    """One way in which the features before the next layer may have come about."""

    distribution: str
    activation: str
    """Of the layers since the last batch norm; empty before the first of them."""
    x: Tensor
    """`[N, C, H, W]`."""


def _activated(hypotheses: Iterable[_Hypothesis], names: Sequence[str]) -> Iterator[_Hypothesis]:
    """Every hypothesis with every activation.

    A hypothesis that met an activation since the last batch norm keeps to it, since the next norm
    cannot tell two activations apart.

    Args:
        hypotheses: Those so far.
        names: Activations to try.

    Yields:
        Their products.
    """
    for hypothesis in hypotheses:
        for name in names:
            if len(names) == 1 or hypothesis.activation in ("", name):
                x = activation(name)(hypothesis.x)
                yield _Hypothesis(hypothesis.distribution, name, x)


def _affordable(features: int) -> int:
    """How many latents may go on, given the numbers in the features of one."""
    comfortable, largest = FEATURES
    return max(1, min(max(FEWEST, comfortable // features), largest // features))


def _convolved(hypotheses: Iterable[_Hypothesis], stage: Stage) -> Iterator[_Hypothesis]:
    """Every hypothesis after a stage's convolution, one at a time since features are large."""
    for hypothesis in hypotheses:
        x = stage.convolve(hypothesis.x[: _affordable(hypothesis.x[0].numel())])
        yield _Hypothesis(hypothesis.distribution, hypothesis.activation, x)


def _choice(subject: str, misfits: Sequence[tuple[str, float]]) -> Choice:
    """The best value of a subject, given values with misfits; a value may come more than once."""
    value, least = min(misfits, key=lambda pair: pair[1])
    others = [pair for pair in misfits if pair[0] != value]
    if not others:
        return Choice(subject, value, least)
    runner_up, second = min(others, key=lambda pair: pair[1])
    return Choice(subject, value, least, runner_up, second / max(least, 1e-12))


def _assumed(subject: str, known: Sequence[str]) -> Choice:
    """What most of the other layers have; among equals the one nearest to the image."""
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
    """Choose what is not given; layers without batch norm between them share one activation.

    Args:
        stages: All layers from the latent to the image; at least one has a batch norm.
        z_dim: Size of z.
        distribution: Where known, one of `DISTRIBUTIONS`.
        activations: Where known, the activation after each layer but the last.

    Returns:
        A choice of the distribution where none is given, then one for each activation where none
        are given.
    """
    sources = DISTRIBUTIONS if distribution is None else (distribution,)
    hypotheses = [_Hypothesis(name, "", draw_latents(name, z_dim)) for name in sources]
    told = [index for index, stage in enumerate(stages) if stage.norm is not None]
    open_layers: list[int] = []
    choices: list[Choice] = []
    for index, stage in enumerate(stages[: told[-1] + 1]):
        ways: Iterable[_Hypothesis] = hypotheses
        if index:
            names = ACTIVATIONS if activations is None else activations[index - 1 : index]
            ways = _activated(ways, names)
            open_layers.append(index - 1)
        ways = _convolved(ways, stage)
        if stage.norm is None:
            hypotheses = list(ways)
            continue
        scores: list[tuple[float, str, str]] = []
        best: _Hypothesis | None = None
        for way in ways:
            scores.append((misfit(way.x, *stage.norm[2:]), way.distribution, way.activation))
            if best is None or scores[-1] <= min(scores):
                best = way
        assert best is not None
        if index == told[0] and distribution is None:
            choices.append(_choice("distribution", [(name, score) for score, name, _ in scores]))
        if activations is None:
            pairs = [(name, score) for score, _, name in scores]
            choices += [_choice(f"activation of layer {layer}", pairs) for layer in open_layers]
        elif index == told[0]:
            break  # only the distribution was open
        hypotheses = [_Hypothesis(best.distribution, "", normalize(best.x, stage))]
        open_layers = []
    if activations is None:
        known = [choice.value for choice in choices if choice.subject != "distribution"]
        rest = range(told[-1], len(stages) - 1)
        choices += [_assumed(f"activation of layer {layer}", known) for layer in rest]
    return tuple(choices)
