"""GANSpace (Härkönen et al., NeurIPS 2020): principal components of random codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...base.errors import DirectionsError, LatentError
from ...base.execution import full_precision, in_chunks, plain_tensors
from ...base.extras import import_extra
from ...base.progress import Progress, no_progress
from ...base.seeds import counted_seed
from ...concepts.directions import Directions, make_directions
from ...concepts.generator import Generator
from ...concepts.latent_code import LatentCode, LatentSpace, Layers, format_layers, parse_layers
from ...generators.rendering import chunk_that_fits
from ...generators.stage_outputs import Stage, stage_output, stages
from ...latents.sampling import Labels, class_vectors, draw_z, map_latents
from ..spread import spread
from .method import AbstractMethod

SAMPLES_OF_W, SAMPLES_OF_ACTIVATIONS = 100_000, 10_000
"""Random codes that are analysed by default: w is cheap, activations are not."""

MOST_SAMPLES = 10_000_000
"""Most random codes; the paper takes a million."""

_LARGEST_ACTIVATION = 1 << 20
"""Most values of an activation; its components would not fit into memory beyond."""

_ALL = 1024
"""Size up to which all components are tracked, which makes incremental PCA exact."""

_NUMBERS = 1 << 22
"""Numbers of one batch of incremental PCA: 32 MB in float64."""

_NOTHING = 1e-9
"""Share of the first variance below which a component is rounding error."""


class GANSpaceMethod(AbstractMethod):
    """Principal components of w, or of an activation."""

    id = "ganspace"
    title = "GANSpace: principal components of random codes or of their activations"
    eigenvalue = "variance along the component, of random w or of the activation"


def ganspace(
    gan: Generator,
    count: int = 10,
    samples: int | None = None,
    layers: Layers = "all",
    *,
    labels: Labels = None,
    activation: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Directions:
    """GANSpace (Härkönen et al., NeurIPS 2020): principal components of what a generator samples.

    With a mapping network these are the components of w (section 3.1), sampled without truncation;
    `layers` limits an edit to some layers (section 3.3). Without one they are the components of an
    activation y: with coordinates `x = V^T (y - mean)`, column k of the matrix U that minimises the
    sum of `|U x - z|^2` over all samples is the direction in z of component k (section 3.2). Both
    are computed batch by batch (incremental PCA of scikit-learn), in memory that does not depend on
    `samples`.

    Args:
        gan: The generator.
        count: Number of directions K, at least 1.
        samples: Number of random codes, from 2 to `MOST_SAMPLES`; none means 100,000 of w, or
            10,000 of an activation. Their seeds are `seed`, `seed + 1`, ...
        layers: Layers on which the directions act: "all", "0-3", a list of numbers.
        labels: Classes of a conditional generator: a number, or several numbers or class vectors
            `[M, c_dim]` that are used in turn. None means all classes in turn for w; an activation
            needs a class, as in the paper.
        activation: Number of the stage whose output is analysed, from 0, the first; none means 0
            without a mapping network. Must be none with a mapping network.
        seed: Seed of the first code.
        progress: Called as `progress(done, total)` with random codes; may raise to cancel.

    Returns:
        At most `count` directions in W, or in Z without a mapping network, of the largest variance
        first; fewer where the variance has a lower rank. In W `sigma` is the square root of the
        eigenvalue.

    Raises:
        PackError: scikit-learn is not installed.
        DirectionsError: `count` or `samples` is out of range.
        LatentError: A layer, a class or a stage does not exist, or the stage is too large.
    """
    decomposition = import_extra("sklearn.decomposition", "scikit-learn", "GANSpace")
    if count < 1:
        raise DirectionsError(f"count is {count}", "at least 1 direction")
    spec = gan.spec
    chosen = parse_layers("all" if layers is None else layers, spec.num_ws)
    mapped = spec.w_dim is not None
    number = SAMPLES_OF_W if mapped else SAMPLES_OF_ACTIVATIONS
    number = number if samples is None else samples
    if not 2 <= number <= MOST_SAMPLES:
        raise DirectionsError(f"{number} samples were requested", f"from 2 to {MOST_SAMPLES:,}")
    source = _Source(gan, number, counted_seed(seed, number), _classes(gan, labels))
    stage: Stage | None = None
    if not mapped:
        stage = _stage(gan, source.codes(0, 1), activation or 0)
    elif activation is not None:
        raise LatentError(
            f"The output of stage {activation} was requested of a {spec.architecture} generator",
            "no stage, since this generator has a mapping network, whose w are analysed",
            "Leave the stage out",
        )
    with plain_tensors(), full_precision():
        values = _values_of(gan, source, stage)
        width = spec.latent_dim if stage is None else stage.size
        most = min(count, width, number - 1, spec.latent_dim)
        pca = _components(decomposition, values, source, most, width, progress)
        if stage is None:
            rows, sigma = pca.rows, pca.variances.sqrt()
        else:
            rows = _regressed(values, source, pca, progress)
            sigma = spread(gan, rows / rows.norm(dim=1, keepdim=True), LatentSpace.Z)
    share = float(pca.variances.sum()) / pca.total
    what = "w" if stage is None else f"the output of {stage.name}"
    details: dict[str, Any] = {
        "samples": number,
        "seed": source.seed,
        "layers": format_layers(chosen, spec.num_ws),
        "eigenvalue_total": pca.total,
        "explained": share,
        "explanation": f"{len(rows)} of {count} components of {what} over {number:,} random codes, "
        f"which have {share:.1%} of its variance.",
    }
    if stage is not None:
        details["activation"] = stage.name
    if labels is not None:
        details["labels"] = "vectors" if isinstance(labels, Tensor) else labels
    return make_directions(
        rows,
        pca.variances,
        space=spec.native_space,
        num_ws=spec.num_ws,
        layers=chosen if len(chosen) < spec.num_ws else None,
        method=GANSpaceMethod.id,
        origin=spec.fingerprint,
        sigma=sigma,
        details=details,
    )


@dataclass(frozen=True)
class _Source:
    """Random codes by their number."""

    gan: Generator
    """The generator."""
    count: int
    """How many codes there are."""
    seed: int
    """Seed of the first."""
    classes: Tensor | None
    """`[M, c_dim]`, used in turn; none without classes."""

    def codes(self, start: int, stop: int) -> LatentCode:
        """Codes in Z of some numbers, without truncation."""
        spec = self.gan.spec
        z = draw_z(spec.z_dim, stop - start, self.seed + start, spec.distribution)
        vectors = None
        if self.classes is not None:
            vectors = self.classes[torch.arange(start, stop) % len(self.classes)]
        return map_latents(self.gan, z, vectors, space=LatentSpace.Z)

    def batches(self, size: int) -> Iterator[tuple[int, int]]:
        """Ranges that cover all codes, each of at least `size` codes if there are as many."""
        for start in range(0, max(self.count - size + 1, 1), size):
            last = start + 2 * size > self.count
            yield start, self.count if last else start + size


_Values = Callable[[int, int], Tensor]
"""What is analysed of the codes from one number to another: `[N, F]` float64."""


def _classes(gan: Generator, labels: Labels) -> Tensor | None:
    """The class vectors that are used in turn."""
    classes = gan.spec.c_dim
    if labels is None:
        if not classes or gan.spec.w_dim is None:
            return class_vectors(gan, None, 1)  # raises where a class is needed
        return torch.eye(classes)
    count = 1 if isinstance(labels, int) else len(labels)
    if not count:
        raise LatentError("An empty list of classes was given", "at least one class")
    return class_vectors(gan, labels, count)


def _stage(gan: Generator, code: LatentCode, number: int) -> Stage:
    """The stage of a number."""
    known = stages(gan, code)
    if not 0 <= number < len(known):
        listed = ", ".join(f"{s.number} ({s.name.removeprefix('synthesis.')})" for s in known)
        raise LatentError(f"The output of stage {number} was requested", f"one of {listed}")
    stage = known[number]
    if stage.size > _LARGEST_ACTIVATION:
        raise LatentError(
            f"The output of stage {number} ({stage.name}) has {stage.size:,} values",
            f"at most {_LARGEST_ACTIVATION:,}",
            "Choose an earlier stage",
        )
    return stage


def _values_of(gan: Generator, source: _Source, stage: Stage | None) -> _Values:
    """The function from numbers of codes to w, or to activations."""
    chunk = 1024 if stage is None else chunk_that_fits(gan.spec, gan.device)

    def values(start: int, stop: int) -> Tensor:
        def part(first: int, last: int) -> Tensor:
            codes = source.codes(start + first, start + last)
            if stage is not None:
                return stage_output(gan, codes, stage)
            return gan.layer_codes(codes)[:, 0].to("cpu", torch.float32)

        return torch.cat(in_chunks(stop - start, chunk, part)).to(torch.float64)

    return values


@dataclass(frozen=True)
class _Components:
    """Principal components of F values."""

    mean: Tensor
    """`[F]` float64."""
    rows: Tensor
    """`[K, F]` float64, orthonormal."""
    variances: Tensor
    """`[K]` float64, above 0, descending."""
    total: float
    """Sum of the variances of all components."""


def _components(
    decomposition: Any,
    values: _Values,
    source: _Source,
    count: int,
    width: int,
    progress: Progress | None,
) -> _Components:
    """Incremental PCA of all codes; `count` components at most."""
    report = progress or no_progress
    # All components where that is cheap, which makes it exact; else more than are asked for.
    kept = width if width <= _ALL else 2 * count + 16
    kept = min(kept, width, source.count)
    size = max(_NUMBERS // width, kept, 2)
    pca = decomposition.IncrementalPCA(n_components=kept)
    for start, stop in source.batches(size):
        report(start, source.count)
        pca.partial_fit(values(start, stop).numpy())
    report(source.count, source.count)
    variances = torch.from_numpy(np.asarray(pca.explained_variance_, dtype=np.float64))
    known = variances[:count] > _NOTHING * max(float(variances[0]), 1e-300)
    rank = int(known.sum())
    if not rank:
        raise LatentError(
            "Nothing varies among random codes",
            "a trained generator",
            "Choose another stage, or another checkpoint of the training",
        )
    total = float(np.sum(pca.var_)) * source.count / (source.count - 1)
    rows = torch.from_numpy(np.asarray(pca.components_, dtype=np.float64)[:rank])
    return _Components(torch.from_numpy(pca.mean_), rows.clone(), variances[:rank].clone(), total)


def _regressed(
    values: _Values, source: _Source, pca: _Components, progress: Progress | None
) -> Tensor:
    """Directions in z of the components, by linear regression: `[K, z_dim]` float64."""
    report = progress or no_progress
    size = max(_NUMBERS // pca.rows.shape[1], 1)
    count, dim = len(pca.rows), source.gan.spec.z_dim
    squares = torch.zeros(count, count, dtype=torch.float64)
    products = torch.zeros(count, dim, dtype=torch.float64)
    for start in range(0, source.count, size):
        report(start, source.count)
        stop = min(start + size, source.count)
        x = (values(start, stop) - pca.mean) @ pca.rows.T  # [N, K]
        z = source.codes(start, stop).values[:, 0].to(torch.float64)  # [N, D]
        squares += x.T @ x
        products += x.T @ z
    report(source.count, source.count)
    return torch.linalg.pinv(squares, rtol=1e-12, hermitian=True) @ products
