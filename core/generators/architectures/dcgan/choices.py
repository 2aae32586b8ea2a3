"""Choices between candidates by their misfit, and how certain each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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


def best_choice(subject: str, misfits: Sequence[tuple[str, float]]) -> Choice:
    """The best value of a subject.

    Args:
        subject: As in `Choice`.
        misfits: Values with misfits; values may repeat.

    Returns:
        The choice.
    """
    value, least = min(misfits, key=lambda pair: pair[1])
    return _chosen(subject, value, least, misfits)


def _chosen(subject: str, value: str, least: float, misfits: Sequence[tuple[str, float]]) -> Choice:
    """A choice with the best of the other values."""
    others = [pair for pair in misfits if pair[0] != value]
    if not others:
        return Choice(subject, value, least)
    runner_up, second = min(others, key=lambda pair: pair[1])
    return Choice(subject, value, least, runner_up, second / max(least, 1e-12))


def agreed(choices: Sequence[Choice], scores: Sequence[Mapping[str, float]]) -> list[Choice]:
    """Let near ties prefer one activation for all layers.

    Where statistics hardly tell two activations apart in a layer, the one that other layers clearly
    have is taken, without a doubt; where no layer is clear, the one that is a near tie in every
    layer and fits best over all of them.

    Args:
        choices: The activation of each layer by its own statistics.
        scores: Misfit of every activation in each of these layers.

    Returns:
        The choices, some with another value.
    """
    clear = [choice.value for choice in choices if not choice.doubt]
    tied = [{n for n, s in fits.items() if s < SMALL_MARGIN * _least(fits)} for fits in scores]
    common = set.intersection(*tied) if tied else set[str]()
    result: list[Choice] = []
    for choice, fits, near in zip(choices, scores, tied, strict=True):
        fitting = [value for value in clear if value in near]
        is_tie = choice.margin is not None and choice.margin < SMALL_MARGIN
        if not is_tie or not (fitting or (common and not clear)):
            result.append(choice)
        elif fitting:
            value = max(fitting, key=fitting.count)
            result.append(Choice(choice.subject, value, fits[value], basis="other layers"))
        else:
            value = min(common, key=lambda name: sum(s[name] / _least(s) for s in scores))
            own = _chosen(choice.subject, value, fits[value], list(fits.items()))
            result.append(replace(own, margin=max(own.margin or 1.0, 1.0)))
    return result


def _least(fits: Mapping[str, float]) -> float:
    """The smallest misfit of a layer."""
    return max(min(fits.values()), 1e-12)


def assumed(subject: str, known: Sequence[str]) -> Choice:
    """The most frequent value of the other layers; among equals that nearest to the image.

    Args:
        subject: As in `Choice`.
        known: Values of the other layers, from the latent to the image.

    Returns:
        The choice; relu where nothing is known.
    """
    if not known:
        return Choice(subject, "relu", basis="nothing")
    value = max(reversed(known), key=known.count)
    return Choice(subject, value, basis="other layers")
