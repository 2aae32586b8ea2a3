"""Codes with labels, to learn boundaries from: of the attribute network, or of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..base.errors import PackError
from ..base.execution import plain_tensors
from ..base.progress import Progress, no_progress
from ..base.seed_labels import read_seed_labels
from ..concepts.directions import Directions
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace, Layers, concatenate
from ..generators.rendering import render
from ..latents.sampling import MOST_CODES, Labels, sample_latents
from ..latents.seeded_codes import codes_of_seeds
from ..levers.methods.boundary import Training
from ..levers.methods.interfacegan import interfacegan
from .attribute_network import reader_for

FIRST_SEED = 100_000
"""First seed of the images that the attribute network labels, far from those that people see."""

SAMPLES = 10_000
"""Images that it labels by default."""

_CHUNK = 250
"""Images that are drawn before their pixels are dropped."""


@dataclass(frozen=True)
class LabelledCodes:
    """N codes with a label for each of A attributes."""

    codes: LatentCode
    """N codes, not truncated."""
    labels: Tensor
    """`[N, A]` float64: classes of 0 and 1 or of -1 and 1, or scores."""
    names: tuple[str, ...]
    """A names; empty texts where an attribute has none."""

    def boundaries(
        self,
        gan: Generator,
        training: Training | None = None,
        space: str | LatentSpace | None = None,
        layers: Layers = None,
        without: Sequence[str] = (),
        progress: Progress | None = None,
    ) -> Directions:
        """Learn the boundaries of the attributes; see `interfacegan`.

        Args:
            gan: The generator of the codes.
            training: How boundaries are fitted; none means the defaults.
            space: "W" or "Z"; none means W where there is a mapping network, else Z.
            layers: Layers on which the directions act; none means all.
            without: Names whose boundaries are removed from those of the others.
            progress: Called with (done, total) fits; may raise to cancel.

        Returns:
            A direction for each name that is not in `without`, in order.

        Raises:
            PackError: All names are in `without`, or one of these has no labels.
        """
        chosen = [column for column, name in enumerate(self.names) if name not in without]
        others = [column for column, name in enumerate(self.names) if name in without]
        if not chosen or len({*without}) != len(others):
            raise PackError(
                f"The attributes {', '.join(self.names)} were to be found without "
                f"{', '.join(without)}",
                "an attribute that is found, and others with labels that are removed from it",
            )
        fit = training or Training()
        report = progress or no_progress
        total = 2 * len(self.names)

        def find(columns: list[int], before: int, given: Directions | None) -> Directions:
            names = tuple(self.names[column] for column in columns)
            return interfacegan(
                gan,
                self.codes,
                self.labels[:, columns],
                space,
                layers,
                classifier=fit.classifier,
                share=fit.share,
                regularization=fit.regularization,
                held_out=fit.held_out,
                names=names if any(names) else (),
                condition_on=given,
                seed=fit.seed,
                progress=lambda done, _: report(before + done, total),
            )

        removed = find(others, 0, None) if others else None
        return find(chosen, 2 * len(others), removed)


def label_by_attributes(
    gan: Generator,
    names: Sequence[str],
    samples: int = SAMPLES,
    first: int = FIRST_SEED,
    labels: Labels = None,
    progress: Progress | None = None,
) -> LabelledCodes:
    """Draw random images and let the attribute network score them.

    Args:
        gan: A generator whose images the bundled attribute network can read.
        names: Attributes, at least one, such as "smile"; a repeated one counts once.
        samples: Number of images, 2 to `MOST_CODES`.
        first: Seed of the first image.
        labels: Class of a conditional generator.
        progress: Called with (done, total) images; may raise to cancel.

    Returns:
        The codes, without truncation, and their scores in deviations over portraits.

    Raises:
        PackError: The network cannot read this generator's images, or has no such attribute.
        LatentError: `samples` is out of range.
    """
    reader = reader_for(gan)
    if reader is None:
        raise PackError(
            "The bundled attribute network cannot read the images of this generator",
            "the bundled portraits",
            "Label images yourself, and give a row of seed and label for each",
        )
    columns = [reader.index(name) for name in dict.fromkeys(names)]
    if not columns:
        raise PackError("No attribute was named", f"one of {', '.join(reader.names)}")
    if not 2 <= samples <= MOST_CODES:
        raise PackError(f"{samples} images were to be labelled", f"from 2 to {MOST_CODES:,}")
    report = progress or no_progress
    moved = reader.to(gan.device)
    parts: list[LatentCode] = []
    scores: list[Tensor] = []
    with plain_tensors():
        for start in range(0, samples, _CHUNK):
            report(start, samples)
            count = min(_CHUNK, samples - start)
            codes = sample_latents(gan, count, first + start, 1.0, labels=labels)
            images = render(gan, codes)
            found = moved.scores(images.to(gan.device))[:, columns]
            parts.append(codes)
            scores.append(found.to("cpu", torch.float64))
    report(samples, samples)
    read = tuple(reader.names[column] for column in columns)
    return LabelledCodes(concatenate(parts), torch.cat(scores), read)


def label_by_rows(
    gan: Generator, text: str, name: str = "", labels: Labels = None
) -> LabelledCodes:
    """Take the labels that people gave to seeds.

    Args:
        gan: The generator whose images they saw, at any truncation.
        text: Rows of "seed,label", as `read_seed_labels` reads them.
        name: Name of what they labelled; may be empty.
        labels: Class of a conditional generator.

    Returns:
        The codes of the seeds, without truncation, and their labels.

    Raises:
        LatentError: The rows cannot be read, or the class does not fit.
    """
    seeds, values = read_seed_labels(text)
    codes = codes_of_seeds(gan, seeds, 1.0, labels)
    return LabelledCodes(codes, torch.tensor(values, dtype=torch.float64)[:, None], (name,))
