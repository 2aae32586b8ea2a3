"""Linear boundaries between the codes of images with an attribute and of those without it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.errors import DirectionsError, LatentError
from ...base.extras import import_extra
from ...base.wording import warn

CLASSIFIERS = ("logistic", "svm")
"""logistic: logistic regression. svm: linear support vector machine, as in the paper."""

_FEWEST = 5
"""Fewest images on each side of a boundary."""

_STEPS = 10_000
"""Most steps of a solver."""


@dataclass(frozen=True)
class Training:
    """How boundaries are fitted; see `interfacegan`."""

    classifier: str = "logistic"
    """One of `CLASSIFIERS`."""
    share: float = 0.5
    """Share of the highest scores, and of the lowest, above 0 and at most 0.5."""
    regularization: float = 0.1
    """Weight of the squared length of the normal, above 0."""
    held_out: float = 0.2
    """Share of the images that only measure accuracy, above 0 and below 1."""
    seed: int = 0
    """Seed of their choice."""

    def __post_init__(self) -> None:
        """Check the settings.

        Raises:
            DirectionsError: One is out of range.
        """
        if self.classifier not in CLASSIFIERS:
            raise DirectionsError(
                f"Unknown classifier {self.classifier!r}", f"one of {', '.join(CLASSIFIERS)}"
            )
        if not 0 < self.share <= 0.5:
            raise DirectionsError(f"share is {self.share}", "a number above 0, at most 0.5")
        if not 0 < self.held_out < 1:
            raise DirectionsError(f"held_out is {self.held_out}", "a number between 0 and 1")
        if not 0 < self.regularization < float("inf"):
            raise DirectionsError(
                f"regularization is {self.regularization}", "a number above 0, such as 0.1"
            )
        if self.seed < 0:
            raise DirectionsError(f"seed is {self.seed}", "a number of 0 or more")


@dataclass(frozen=True)
class Boundary:
    """A boundary, and how well it separates."""

    normal: np.ndarray
    """`[D]` float64, towards the images with the attribute; not of unit length."""
    accuracy: float
    """Share of the images on the right side, of those that a first fit used, from 0 to 1."""
    accuracy_held_out: float
    """The same of those that it did not use."""
    images: int
    """Images that were used in all."""


def fit_boundary(
    x: np.ndarray,
    scores: np.ndarray,
    training: Training,
    name: str = "",
    report: Callable[[int], None] = lambda fits: None,
) -> Boundary:
    """Fit a boundary twice: without the held-out images, and with all of them.

    Args:
        x: `[N, D]` float64, codes.
        scores: `[N]`, classes of 0 and 1 or of -1 and 1, or any other numbers.
        training: The settings.
        name: Name of the attribute, for messages.
        report: Called with the number of fits that are done; may raise to cancel.

    Returns:
        The boundary of all images, with the accuracy of that of the others.

    Raises:
        PackError: scikit-learn is not installed.
        LatentError: One side has too few images.
    """
    module = "sklearn.svm" if training.classifier == "svm" else "sklearn.linear_model"
    models = import_extra(module, "scikit-learn", "InterFaceGAN")
    rows, y = _sides(scores, training.share, name)
    fit, test = _split(y, training.held_out, training.seed)
    report(0)
    normal, offset = _fitted(models, training, x[rows[fit]], y[fit])
    right = ((x[rows] @ normal + offset) > 0) == (y > 0)
    report(1)
    whole, _ = _fitted(models, training, x[rows], y)
    return Boundary(whole, float(right[fit].mean()), float(right[test].mean()), len(rows))


def _fitted(
    models: Any, training: Training, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, float]:
    """The normal `[D]`, towards the images with label 1, and the offset."""
    settings = {"C": 1 / training.regularization, "max_iter": _STEPS}
    model: Any
    if training.classifier == "svm":
        model = models.LinearSVC(dual=False, **settings)
    else:
        model = models.LogisticRegression(**settings)
    with warnings.catch_warnings():  # of scikit-learn; said below in our words
        warnings.simplefilter("ignore")
        model.fit(x, y)
    if np.max(model.n_iter_) >= _STEPS:
        warn(f"The boundary was not found exactly within {_STEPS:,} steps", stacklevel=4)
    return np.asarray(model.coef_, dtype=np.float64)[0], float(model.intercept_[0])


def _sides(scores: np.ndarray, share: float, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the images that are used, and for each whether it is above the boundary (1 or 0)."""
    values = set(np.unique(scores).tolist()) if len(scores) else set()
    if values <= {0.0, 1.0} or values <= {-1.0, 1.0}:
        rows, y = np.arange(len(scores)), (scores > 0).astype(np.int64)
        low, high = int((y == 0).sum()), int(y.sum())
    else:
        order = np.argsort(scores, kind="stable")
        count = max(int(len(order) * share), min(_FEWEST, len(order) // 2))
        bottom, top = order[:count], order[len(order) - count :]
        tie = scores[top[0]]
        if scores[bottom[-1]] == tie:  # images of one score belong to no side, or to one
            bottom, top = bottom[scores[bottom] < tie], top[scores[top] > tie]
        rows = np.concatenate([bottom, top])
        y = np.concatenate([np.zeros(len(bottom), np.int64), np.ones(len(top), np.int64)])
        low, high = len(bottom), len(top)
    if min(low, high) < _FEWEST:
        title = f" of {name}" if name else ""
        raise LatentError(
            f"The labels{title} have {low} images on the low side and {high} on the high side",
            f"at least {_FEWEST} on each",
            "Label more images, or others",
        )
    return rows, y


def _split(y: np.ndarray, held_out: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of images to fit and of those held out, the same share of each side."""
    generator = np.random.default_rng(seed)
    parts: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for side in (0, 1):
        order = generator.permutation(np.flatnonzero(y == side))
        count = min(max(round(held_out * len(order)), 1), len(order) - 1)
        parts[0].append(order[count:])
        parts[1].append(order[:count])
    return np.sort(np.concatenate(parts[0])), np.sort(np.concatenate(parts[1]))
