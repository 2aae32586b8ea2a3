"""Latent codes from seeds and labels: sampling and mapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..base.errors import LatentError
from ..base.execution import plain_tensors
from ..base.seeds import SEEDS, counted_seed
from ..concepts.code_fit import check_labels, check_truncation
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace

Labels = int | Sequence[int] | Tensor | None
"""One class for all codes, a class per code, class vectors `[N, c_dim]`, or none."""

DISTRIBUTIONS = {"normal": 1.0, "uniform": 3**-0.5, "truncated-normal": 0.8796256610342398}
"""Distribution of each entry of z, with its standard deviation: standard normal, uniform on
[-1, 1], or standard normal cut off at -2 and 2, which BigGAN scales by its truncation."""

MOST_CODES = 100_000
"""Most codes of one batch; 512 numbers each take 200 MB."""


def draw_z(z_dim: int, count: int, seed: int, distribution: str = "normal") -> Tensor:
    """Draw random z with one seed per row, the same on every machine.

    Row i is `numpy.random.RandomState(seed + i).randn(z_dim)`, as in NVIDIA's scripts, so
    the seeds of other programs give the same images. Uniform rows are `.uniform(-1, 1, z_dim)`,
    truncated ones `scipy.stats.truncnorm.rvs(-2, 2, z_dim, random_state=RandomState(seed + i))`.

    Args:
        z_dim: Size of z.
        count: Number of rows N.
        seed: Seed of the first row; taken modulo 2^32.
        distribution: One of `DISTRIBUTIONS`.

    Returns:
        `[N, z_dim]` float32 on the CPU.

    Raises:
        LatentError: The distribution is unknown.
    """
    return draw_z_of(z_dim, [(seed + row) % SEEDS for row in range(count)], distribution)


def draw_z_of(z_dim: int, seeds: Sequence[int], distribution: str = "normal") -> Tensor:
    """Draw the z of any seeds, as `draw_z` does.

    Args:
        z_dim: Size of z.
        seeds: N seeds from 0 to 2^32 - 1, in any order.
        distribution: One of `DISTRIBUTIONS`.

    Returns:
        `[N, z_dim]` float32 on the CPU.

    Raises:
        LatentError: The distribution is unknown.
    """
    if distribution not in DISTRIBUTIONS:
        raise LatentError(
            f"Unknown distribution {distribution!r}", f"one of {', '.join(DISTRIBUTIONS)}"
        )
    state = np.random.RandomState()
    rows = np.empty((len(seeds), z_dim))
    for row, seed in enumerate(seeds):
        state.seed(seed)  # twenty times as fast as a new RandomState
        normal = distribution == "normal"
        rows[row] = state.randn(z_dim) if normal else state.uniform(-1, 1, z_dim)
    z = torch.from_numpy(rows)
    if distribution == "truncated-normal":  # by the inverse of the cumulative distribution function
        edge = torch.special.ndtr(torch.tensor(2.0, dtype=torch.float64))
        z = torch.special.ndtri(0.5 + z * (edge - 0.5))
    return z.to(torch.float32)


def class_vectors(gan: Generator, labels: Labels, count: int) -> Tensor | None:
    """Convert labels to class vectors.

    Args:
        gan: The generator.
        labels: A class for all codes, a class per code, class vectors `[N, c_dim]`, or none.
        count: Number of codes N.

    Returns:
        `[N, c_dim]` float32 on the CPU, or none for an unconditional generator.

    Raises:
        LatentError: Labels are missing or not supported, or a class does not exist.
    """
    classes = gan.spec.c_dim
    vectors: Tensor | None
    if labels is None or (isinstance(labels, Tensor) and labels.ndim == 2):
        vectors = None if labels is None else labels.detach().to("cpu", torch.float32)
    else:
        numbers = [labels] * count if isinstance(labels, int) else [int(label) for label in labels]
        unknown = [str(number) for number in numbers if not 0 <= number < classes]
        if classes and unknown:
            raise LatentError(
                f"Class {unknown[0]} was requested",
                f"classes from 0 to {classes - 1}",
                "Give another class with «labels»",
            )
        # Without classes the vectors are zeros, which `check_labels` rejects.
        vectors = torch.eye(max(classes, 1))[[n if classes else 0 for n in numbers]]
    check_labels(gan.spec, vectors, count)
    return vectors


def map_latents(
    gan: Generator,
    z: Tensor,
    labels: Labels = None,
    truncation_psi: float = 1.0,
    truncation_cutoff: int | None = None,
    *,
    seeds: tuple[int, ...] | None = None,
    space: str | LatentSpace | None = None,
) -> LatentCode:
    """Map z to latent codes in a space.

    Args:
        gan: The generator.
        z: `[N, z_dim]`, the input of the generator, not normalised.
        labels: Class of a conditional generator: a number, one per code, or vectors `[N, c_dim]`.
        truncation_psi: Share of the distance to the mean w that is kept; 1 keeps all, 0 gives the
            mean. Without a mapping network it is only stored: BigGAN renders with the
            batch-norm statistics of this truncation.
        truncation_cutoff: Number of leading layers that are truncated; none means all. With a
            cutoff below the layer count the codes are in W+.
        seeds: Seeds of the rows, if z was drawn from seeds.
        space: "Z", "Z+", "W", "W+" or "S"; none means W if there is a mapping network, else Z.

    Returns:
        N codes on the CPU, float32; codes in W and W+ also store z, styles do not.

    Raises:
        LatentError: Shapes, labels or space do not fit the generator.
    """
    spec = gan.spec
    target = spec.native_space if space is None else LatentSpace.parse(space)
    spec.direction_dim(target)  # raises if the generator lacks the space
    check_truncation(truncation_psi)
    if z.ndim != 2 or z.shape[1] != spec.z_dim:
        raise LatentError(f"z has shape {list(z.shape)}", f"[N, {spec.z_dim}]")
    if truncation_cutoff is not None and not 0 <= truncation_cutoff <= spec.num_ws:
        raise LatentError(
            f"truncation_cutoff is {truncation_cutoff}",
            f"a number of layers from 0 to {spec.num_ws}",
        )
    with plain_tensors():
        rows = z.detach().to("cpu", torch.float32, copy=True)
        code = LatentCode(
            rows[:, None],
            LatentSpace.Z,
            class_vectors(gan, labels, len(rows)),
            seeds,
            truncation_psi=float(truncation_psi),
            truncation_cutoff=truncation_cutoff,
            origin=spec.fingerprint,
        )
        if target is LatentSpace.Z_PLUS:
            return replace(code, values=code.values.repeat(1, spec.num_ws, 1), space=target)
        if target is LatentSpace.S:
            return to_styles(gan, code)
        return code if target is LatentSpace.Z else map_codes(gan, code, target)


def map_codes(gan: Generator, code: LatentCode, space: LatentSpace) -> LatentCode:
    """Map codes from Z to W or W+.

    Args:
        gan: A generator with a mapping network.
        code: Codes in Z.
        space: W or W+; if only some layers are truncated, W becomes W+, since the layers differ.

    Returns:
        The codes in that space with their z, on the CPU.
    """
    with plain_tensors():
        ws = gan.layer_codes(code).to("cpu", torch.float32)  # [N, L, D]
    cutoff = code.truncation_cutoff
    partial = cutoff is not None and cutoff < gan.spec.num_ws and code.truncation_psi != 1.0
    if space is LatentSpace.W and not partial:
        ws = ws[:, :1]
    else:
        space = LatentSpace.W_PLUS
    return replace(code, values=ws.contiguous(), space=space, z=code.values[:, 0])


def to_styles(gan: Generator, codes: LatentCode) -> LatentCode:
    """Convert codes of any space to S (Wu et al., CVPR 2021), with all their edits.

    Directions in S can edit codes in Z, W and W+ as well, but codes in S can only be edited by
    directions in S. Convert codes only to inspect or set styles; no edit requires it.

    Args:
        gan: A StyleGAN, StyleGAN2 or StyleGAN3.
        codes: N codes that fit it.

    Returns:
        N codes in S that render the same images, on the CPU; their z and w are dropped.
    """
    with plain_tensors():
        styles = gan.style_codes(codes).to("cpu", torch.float32)  # [N, sum of channels]
    styled = replace(codes, z=None, z_shift=None, style_shift=None)
    return replace(styled, values=styles[:, None], space=LatentSpace.S)


def sample_latents(
    gan: Generator,
    count: int = 4,
    seed: int = 0,
    truncation_psi: float = 0.7,
    truncation_cutoff: int | None = None,
    labels: Labels = None,
    space: str | LatentSpace | None = None,
    distribution: str | None = None,
) -> LatentCode:
    """Sample latent codes from the seeds `seed`, `seed + 1`, ...

    Row i depends on `seed + i` alone, so the count does not change an image (see `draw_z`).

    Args:
        gan: The generator.
        count: Number of codes N, 1 to `MOST_CODES`.
        seed: Seed of the first code; taken modulo 2^32, with a warning where that changes it.
        truncation_psi: Share of the distance to the mean w that is kept; 0.7 trades variety for
            quality. The truncated normal z of BigGAN are multiplied by it.
        truncation_cutoff: Number of leading layers that are truncated; none means all.
        labels: Class of a conditional generator: a number, one per code, or vectors `[N, c_dim]`.
        space: "Z", "Z+", "W", "W+" or "S"; none means W if there is a mapping network, else Z.
        distribution: One of `DISTRIBUTIONS`; none means that of the generator.

    Returns:
        N codes on the CPU, float32.

    Raises:
        LatentError: A value does not fit the generator.
    """
    if not 1 <= count <= MOST_CODES:
        raise LatentError(f"count is {count}", f"a number from 1 to {MOST_CODES}")
    check_truncation(truncation_psi)
    seed = counted_seed(seed, count)
    kind = distribution or gan.spec.distribution
    z = draw_z(gan.spec.z_dim, count, seed, kind)
    if kind == "truncated-normal":
        z = z * truncation_psi
    seeds = tuple((seed + row) % SEEDS for row in range(count))
    return map_latents(gan, z, labels, truncation_psi, truncation_cutoff, seeds=seeds, space=space)
