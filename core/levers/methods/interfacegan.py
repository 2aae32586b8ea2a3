"""InterFaceGAN (Shen et al., CVPR 2020): the normal of a boundary between labelled images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...base.errors import DirectionsError, LatentError
from ...base.progress import Progress, no_progress
from ...base.wording import warn
from ...concepts.directions import Directions, adopt_directions
from ...concepts.generator import Generator
from ...concepts.latent_code import (
    LatentCode,
    LatentSpace,
    Layers,
    concatenate,
    format_layers,
    parse_layers,
)
from ...latents.alignment import drop_z
from ...latents.seeded_codes import codes_of_seeds
from ..alignment import align_levers
from ..inner_products import latent_metric, without_components
from ..spread import spread
from .boundary import Boundary, Training, fit_boundary
from .method import AbstractMethod

_SAME = 1e-6
"""Difference between the latents of two layers, as a share of the largest entry, that is rounding
error."""


class InterFaceGANMethod(AbstractMethod):
    """Normals of linear boundaries in the latent space."""

    id = "interfacegan"
    title = "InterFaceGAN: normal of the boundary between images with and without an attribute"
    eigenvalue = "none, since a boundary has no eigenvalue"


def interfacegan(
    gan: Generator,
    codes: LatentCode | Sequence[int],
    labels: Tensor | Sequence[float],
    space: str | LatentSpace | None = None,
    layers: Layers = None,
    *,
    classifier: str = "logistic",
    share: float = 0.5,
    regularization: float = 0.1,
    held_out: float = 0.2,
    names: Sequence[str] = (),
    condition_on: Directions | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Directions:
    """InterFaceGAN (Shen et al., CVPR 2020): boundaries between labelled images, as directions.

    A linear classifier separates the codes of images with an attribute from those without; its
    normal n is the direction (section 3.1), along which the attribute increases. Each entry of a
    code counts in the same unit, the root mean square deviation of the given codes. The boundary
    is fitted twice: without a random part of the images, on which its accuracy is then measured,
    and with all of them, which gives the direction.

    Args:
        gan: The generator.
        codes: N codes in Z, W or W+ (there the same on all layers), or N seeds, which are sampled
            without truncation. Truncation does not change the normal of a boundary in W.
        labels: `[N]`, or `[N, A]` for A attributes. Labels of 0 and 1, or of -1 and 1, are classes.
            Other numbers are scores, of which the highest and the lowest are used.
        space: "W" or "Z"; none means W where there is a mapping network, else Z.
        layers: Layers on which the directions act; none means all.
        classifier: One of `boundary.CLASSIFIERS`: "logistic", or "svm" as in the paper.
        share: Share of the images with the highest scores, and of those with the lowest, that are
            used, above 0 and at most 0.5. The paper uses 0.02 of half a million images; with few
            images more of them are needed.
        regularization: Weight of the squared length of the normal beside the sum of the losses of
            all images, above 0; 1 / C of scikit-learn.
        held_out: Share of the images on which the accuracy is measured, above 0 and below 1.
        names: A name per attribute, or none.
        condition_on: Directions whose components are removed from each normal, so that pulling it
            leaves their attributes as they are (section 3.3).
        seed: Seed of the choice of the held-out images.
        progress: Called as `progress(done, total)` with fits; may raise to cancel.

    Returns:
        A direction per attribute, positive towards more of it, without eigenvalues. `details` lists
        for each the accuracy on the images that were used to fit and on those held out.

    Raises:
        PackError: scikit-learn is not installed.
        DirectionsError: A number is out of range, names do not fit, `condition_on` does not fit, or
            nothing is left of a normal.
        LatentError: Codes or labels do not fit, or one side has fewer than 5 images.
    """
    training = Training(classifier, share, regularization, held_out, seed)
    spec = gan.spec
    where = spec.native_space if space is None else LatentSpace.parse(space)
    chosen = parse_layers("all" if layers is None else layers, spec.num_ws)
    given = codes if isinstance(codes, LatentCode) else codes_of_seeds(gan, codes)
    x = _rows(gan, given, where).numpy()
    scores = _scores(labels, len(given))
    if names and len(names) != scores.shape[1]:
        raise DirectionsError(
            f"{len(names)} names were given for {scores.shape[1]} attributes", "one for each"
        )
    unit = float(np.sqrt(x.var(axis=0).mean()))
    if not unit > 0:
        raise LatentError("All codes are the same", "codes of different images")
    x = (x - x.mean(axis=0)) / unit
    report = progress or no_progress
    total = 2 * scores.shape[1]
    found: list[Boundary] = []
    for column, name in enumerate(names or [""] * scores.shape[1]):
        done = 2 * column
        found.append(
            fit_boundary(
                x, scores[:, column], training, name, lambda n, d=done: report(d + n, total)
            )
        )
    report(total, total)
    facts: dict[str, list[Any]] = {
        "accuracy": [round(boundary.accuracy, 4) for boundary in found],
        "accuracy_held_out": [round(boundary.accuracy_held_out, 4) for boundary in found],
        "images": [boundary.images for boundary in found],
    }
    if min(facts["images"]) < x.shape[1]:
        warn(
            f"A boundary was learned from {min(facts['images'])} images and has {x.shape[1]} "
            "numbers: it may separate these images by chance; the accuracy on held-out images "
            "shows it"
        )
    levers = adopt_directions(
        torch.from_numpy(np.stack([boundary.normal for boundary in found])),
        torch.full((len(found),), torch.nan),
        space=where,
        num_ws=spec.num_ws,
        layers=chosen if len(chosen) < spec.num_ws else None,
        method=InterFaceGANMethod.id,
        origin=spec.fingerprint,
        names=tuple(names),
        details={
            **asdict(training),
            "layers": format_layers(chosen, spec.num_ws),
            **facts,
            "explanation": _explanation(facts),
        },
    )
    if condition_on is not None:
        levers = _conditioned(levers, condition_on, gan)
    return replace(levers, sigma=spread(gan, levers.vectors, levers.space))


def _rows(gan: Generator, codes: LatentCode, space: LatentSpace) -> Tensor:
    """Codes in Z or W: `[N, D]` float64 on the CPU."""
    if space not in (LatentSpace.Z, LatentSpace.W):
        raise LatentError(
            f"Boundaries in {space.value} were requested", "W or Z", "Use «space W» or «space Z»"
        )
    gan.spec.direction_dim(space)  # raises if the generator lacks the space
    gan.check(codes)
    if codes.space is LatentSpace.S:
        raise LatentError("Codes in S were given to be separated", "codes in Z or W")
    if space is not gan.spec.native_space:
        z = codes.source_z
        if z is None:
            raise LatentError(
                "These codes carry no z", "codes as they were sampled", "Use «space W»"
            )
        return z.to("cpu", torch.float64)
    parts = [drop_z(gan, codes[start : start + 1000]) for start in range(0, len(codes), 1000)]
    values = concatenate(parts).values.to("cpu", torch.float64)  # [N, 1 or L, D]
    if values.shape[1] > 1:
        difference = float((values - values[:, :1]).abs().max())
        if difference > _SAME * float(values.abs().max()):
            raise LatentError(
                "Codes that differ from layer to layer were given to be separated",
                f"codes in {space.value}, which are the same on all layers",
                "Use codes as they were sampled, truncated on all layers or on none",
            )
    return values[:, 0]


def _scores(labels: Tensor | Sequence[float], count: int) -> np.ndarray:
    """Labels as `[N, A]` float64."""
    given = torch.as_tensor(labels).detach().to("cpu", torch.float64)
    table = given[:, None] if given.ndim == 1 else given
    if table.ndim != 2 or len(table) != count or not table.shape[1]:
        raise LatentError(
            f"Labels of shape {list(given.shape)} were given for {count} images",
            f"[{count}], or [{count}, A] for A attributes",
        )
    if not torch.isfinite(table).all():
        raise LatentError("Labels hold NaN or infinite numbers", "finite numbers")
    return table.numpy()


def _explanation(facts: dict[str, list[Any]]) -> str:
    """The accuracy of each boundary as a text."""
    return " ".join(
        f"{images:,} images: {known:.1%} on the right side, {new:.1%} of those held out."
        for known, new, images in zip(*facts.values(), strict=True)
    )


def _conditioned(levers: Directions, others: Directions, gan: Generator) -> Directions:
    """Levers without their components along others."""
    ready, gone = (part.levers for part in align_levers([levers, others]))
    names = tuple(ready.label(index) for index in range(len(ready)))
    left, lost = without_components(
        ready.vectors.to(torch.float64),
        gone.vectors.to(torch.float64),
        latent_metric(ready.space, "plain", gan),
        names,
    )
    rows = (left / left.norm(dim=1, keepdim=True)).to(torch.float32)
    without = [gone.label(index) for index in range(len(gone))]
    details = {**ready.details, "without": without, "lost": lost.tolist()}
    return replace(ready, vectors=rows, details=details)
