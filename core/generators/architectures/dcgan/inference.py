"""Activations, strides and latent distribution of a DCGAN, inferred from batch-norm statistics.

A batch norm stores the running mean and variance of its input during training. With the right
latent distribution, activations, strides and paddings, random latents reproduce these statistics.
Layer by layer from the latent upwards, the candidate with the smallest error is chosen; strides and
paddings are the usual ones unless others fit much better.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ....base.errors import CheckpointError
from ...layers.activations import activation
from .choices import LARGE_MISFIT, SMALL_MARGIN, Choice, agreed, assumed, best_choice
from .geometry import Geometry, Pair, PartialGeometry
from .layer import DCGANLayer, checked_size
from .running_statistics import draw_latents, misfit, normalize

ACTIVATIONS = ("none", "relu", "leaky_relu:0.1", "leaky_relu:0.2", "leaky_relu:0.3", "elu", "tanh")
"""Candidates between two layers. Slope 0.01, torch's default, is left out: running statistics are
too noisy to distinguish it from relu, and every relu network would be doubtful."""
DISTRIBUTIONS = ("normal", "uniform")
"""Candidates for the entries of z: standard normal, or uniform on [-1, 1]."""
FEATURES = (2**21, 2**26)
"""Bounds on the number of values in the features of one layer, for all latents together. Above the
first (8 MiB) fewer latents are used, at least `FEWEST`; above the second (256 MiB) even fewer."""
FEWEST = 32
"""Number of latents that reliably distinguishes slopes 0.1 and 0.2; 16 are sometimes too few."""


@dataclass(frozen=True)
class Stage:
    """One layer, as the inference needs it."""

    layer: DCGANLayer
    """Sizes and kind."""
    weight: Tensor
    """Of the convolution, float32."""
    bias: Tensor | None
    """`[O]`, or none."""
    norm: tuple[Tensor, Tensor, Tensor, Tensor] | None
    """Weight, bias, running mean and running variance `[O]` of the batch norm after it, or none."""
    stated: PartialGeometry
    """What is known of its stride and padding."""

    def geometries(self, size: Pair) -> tuple[Geometry, ...]:
        """Strides and paddings to try, the usual first.

        Args:
            size: Height and width of the input.

        Returns:
            At least one.
        """
        from_pixel = self.layer.first or size == (1, 1)
        return self.stated.matching(self.layer.kernel, self.layer.transposed, from_pixel)

    def convolve(self, x: Tensor, geometry: Geometry) -> Tensor:
        """Features `[N, I, H, W]` to `[N, O, H', W']`, of fewer latents where these are large."""
        size = checked_size(self.layer, geometry, (x.shape[2], x.shape[3]))
        values = max(x[0].numel(), self.layer.outputs * size[0] * size[1])
        return self.layer.convolve(x[: _affordable(values)], self.weight, self.bias, geometry)


@dataclass(frozen=True)
class Inference:
    """What was inferred of a network."""

    choices: tuple[Choice, ...]
    """The distribution, strides that are not the usual ones, and activations, where inferred."""
    geometries: tuple[tuple[Geometry, ...], ...]
    """Plausible strides and paddings of each layer, the chosen ones first."""


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


def _convolved(
    hypotheses: Iterable[_Hypothesis], stage: Stage, geometry: Geometry
) -> Iterator[_Hypothesis]:
    """Every hypothesis after a stage's convolution; lazily, since features are large."""
    for hypothesis in hypotheses:
        x = stage.convolve(hypothesis.x, geometry)
        yield _Hypothesis(hypothesis.distribution, hypothesis.activation, x)


@dataclass(frozen=True)
class _Fit:
    """How well one stride and padding fits the statistics of a layer."""

    geometry: Geometry
    """Stride and padding."""
    scores: tuple[tuple[float, str, str], ...]
    """Misfit, distribution and activation of every hypothesis."""
    best: _Hypothesis
    """The one with the smallest misfit, after the convolution."""

    @property
    def misfit(self) -> float:
        """The smallest misfit; infinity where there is none that is a number."""
        return min((score for score, _, _ in self.scores if score == score), default=math.inf)


def _fit(hypotheses: Iterable[_Hypothesis], stage: Stage, geometry: Geometry) -> _Fit:
    """Compare every hypothesis with the statistics of a stage."""
    assert stage.norm is not None
    scores: list[tuple[float, str, str]] = []
    best: _Hypothesis | None = None
    for candidate in _convolved(hypotheses, stage, geometry):
        score = misfit(candidate.x, *stage.norm[2:])
        scores.append((score, candidate.distribution, candidate.activation))
        if best is None or scores[-1] <= min(scores):
            best = candidate
    assert best is not None
    return _Fit(geometry, tuple(scores), best)


def _inputs(
    hypotheses: Sequence[_Hypothesis], names: Sequence[str] | None
) -> Iterator[_Hypothesis]:
    """Every hypothesis, with every activation where there is one before the next layer."""
    return iter(hypotheses) if names is None else _activated(hypotheses, names)


def _fits(
    hypotheses: Sequence[_Hypothesis], names: Sequence[str] | None, stage: Stage
) -> tuple[_Fit, tuple[_Fit, ...]]:
    """The best stride and padding of a stage, and others that fit almost as well.

    The usual one is kept unless another fits well and much better. Others are tried with the best
    activation alone while that fits, since each trial costs a convolution.

    Returns:
        The best, then those whose misfit is less than `SMALL_MARGIN` times the usual one's.
    """
    inputs = partial(_inputs, hypotheses, names)

    x = hypotheses[0].x
    usual, *others = stage.geometries((x.shape[2], x.shape[3]))
    first = _fit(inputs(), stage, usual)
    known = (first.best.distribution, first.best.activation)
    all_of_them = not first.misfit <= LARGE_MISFIT
    tried = [
        _fit(
            (h for h in inputs() if all_of_them or (h.distribution, h.activation) == known),
            stage,
            geometry,
        )
        for geometry in others
        if _leaves_an_image(stage, geometry, x)
    ]
    near = [fit for fit in tried if fit.misfit < first.misfit * SMALL_MARGIN]
    better = [
        fit
        for fit in near
        if fit.misfit * SMALL_MARGIN < first.misfit and fit.misfit <= LARGE_MISFIT
    ]
    if not better:
        return first, tuple(fit for fit in near if fit.misfit <= LARGE_MISFIT)
    best = min(better, key=lambda fit: fit.misfit)
    rest = (fit for fit in near if fit is not best and fit.misfit < best.misfit * SMALL_MARGIN)
    return _fit(inputs(), stage, best.geometry), tuple(rest)


def _leaves_an_image(stage: Stage, geometry: Geometry, x: Tensor) -> bool:
    """Whether a geometry leaves an image of a size that can be tried."""
    try:
        checked_size(stage.layer, geometry, (x.shape[2], x.shape[3]))
    except CheckpointError:
        return False
    return True


@torch.no_grad()
def infer(
    stages: Sequence[Stage],
    z_dim: int,
    distribution: str | None = None,
    activations: Sequence[str] | None = None,
) -> Inference:
    """Infer unknown settings; layers without batch norm between them share one activation.

    Args:
        stages: All layers from the latent to the image; at least one has a batch norm.
        z_dim: Size of z.
        distribution: Where known, one of `DISTRIBUTIONS`.
        activations: Where known, the activation after each layer but the last.

    Returns:
        A choice of the distribution where it is unknown, of strides and paddings that are not the
        usual ones, then of each activation where they are unknown.
    """
    sources = DISTRIBUTIONS if distribution is None else (distribution,)
    hypotheses = [_Hypothesis(name, "", draw_latents(name, z_dim)) for name in sources]
    with_norm = [index for index, stage in enumerate(stages) if stage.norm is not None]
    pending: list[int] = []
    choices: list[Choice] = []
    chosen: list[Choice] = []
    scores: dict[int, dict[str, float]] = {}
    plausible: list[tuple[Geometry, ...]] = []
    for index, stage in enumerate(stages[: with_norm[-1] + 1]):
        names: Sequence[str] | None = None
        if index:
            names = ACTIVATIONS if activations is None else activations[index - 1 : index]
            pending.append(index - 1)
        x = hypotheses[0].x
        if stage.norm is None:
            options = stage.geometries((x.shape[2], x.shape[3]))
            hypotheses = list(_convolved(_inputs(hypotheses, names), stage, options[0]))
            plausible.append(options)
            continue
        fit, near = _fits(hypotheses, names, stage)
        plausible.append((fit.geometry, *(other.geometry for other in near)))
        if index == with_norm[0] and distribution is None:
            pairs = [(name, score) for score, name, _ in fit.scores]
            choices.append(best_choice("distribution", pairs))
        usual = stage.geometries((x.shape[2], x.shape[3]))[0]
        if fit.geometry != usual:
            subject = f"stride and padding of layer {index}"
            choices.append(Choice(subject, str(fit.geometry), fit.misfit))
        if activations is None:
            for layer in pending:
                pairs = [(name, score) for score, _, name in fit.scores]
                chosen.append(best_choice(f"activation of layer {layer}", pairs))
                scores[layer] = {n: min(s for m, s in pairs if m == n) for n, _ in pairs}
        hypotheses = [_Hypothesis(fit.best.distribution, "", normalize(fit.best.x, stage.norm))]
        pending = []
    size = (hypotheses[0].x.shape[2], hypotheses[0].x.shape[3])
    for stage in stages[with_norm[-1] + 1 :]:
        plausible.append(stage.geometries(size))
        size = checked_size(stage.layer, plausible[-1][0], size)
    if activations is None:
        chosen = agreed(chosen, list(scores.values()))
        known = [choice.value for choice in chosen]
        rest = range(with_norm[-1], len(stages) - 1)
        chosen += [assumed(f"activation of layer {layer}", known) for layer in rest]
    return Inference((*choices, *chosen), tuple(plausible))
