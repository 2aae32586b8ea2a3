"""Small problems with known solutions: every architecture, and two hundred random matrices."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import latent_levers as ll
import torch
from latent_levers.core.concepts.eigenproblem import EigenProblem
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.biggan.network import BigGANBlock, BigGANSettings
from latent_levers.core.generators.architectures.pggan.settings import PGGANSettings
from latent_levers.core.generators.architectures.stylegan1.settings import StyleGAN1Settings
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.generators.architectures.stylegan3.settings import StyleGAN3Settings
from latent_levers.core.solvers.davidson import DavidsonSolver, matrix_operators
from latent_levers.core.solvers.dense import DenseSolver
from torch import Tensor

from bench.accuracy import sine
from bench.networks import load_workload

from .rows import Line

_CHANNELS = {4: 24, 8: 16, 16: 12}

GENERATORS: Mapping[str, Callable[[], ll.Generator]] = {
    "stylegan1": lambda: untrained("stylegan1", StyleGAN1Settings(48, 48, _CHANNELS)),
    "stylegan2": lambda: untrained("stylegan2", StyleGAN2Settings(48, 48, _CHANNELS)),
    "stylegan3": lambda: untrained(
        "stylegan3", StyleGAN3Settings(48, 48, img_resolution=16, channels=(16, 12, 12))
    ),
    "pggan": lambda: untrained("pggan", PGGANSettings(48, _CHANNELS)),
    "dcgan": lambda: load_workload("dcgan-64").gan,
    "biggan": lambda: untrained(
        "biggan",
        BigGANSettings(
            deep=False,
            z_dim=48,
            c_dim=3,
            blocks=(BigGANBlock(16, 12, 4, skip=True), BigGANBlock(12, 12, 12, skip=True)),
            upsampling=(0, 1),
            embed_features=8,
        ),
    ),
}
"""One small network of every architecture."""

COUNT, SIZE, PROBLEMS = 5, 120, 200
"""Pairs, dimensions and number of random problems."""


def architecture_lines() -> Iterator[Line]:
    """The largest angle to the dense directions at the same t, in every space.

    Yields:
        One line in the network's float32 and one in float64 for each architecture.
    """
    for name, make in GENERATORS.items():
        gan = make()
        wide = replace(gan, network=copy.deepcopy(gan.network)).to(dtype=torch.float64)
        for network, angle, words in ((gan, 1e-3, "float32"), (wide, 1e-5, "float64")):
            angles = [_angle(network, space, angle) for space in gan.spec.spaces]
            spaces = ", ".join(space.value for space in gan.spec.spaces)
            yield Line(f"{name}, {words}: angle to dense", max(angles), angle, spaces)


def _angle(gan: ll.Generator, space: LatentSpace, angle: float) -> float:
    """The angle of five directions to the dense ones, at the same t."""
    height, width = gan.spec.img_size
    region = ll.Region.box(height // 4, width // 4, height // 3, width // 3, gan.spec.img_size)
    labels = 0 if gan.spec.c_dim else None
    codes = ll.sample_latents(gan, 1, 0, labels=labels)
    solvers = (DavidsonSolver(angle, trace="exact"), "dense")
    found, dense = (
        ll.resefa(gan, codes, region, space=space, count=COUNT, solver=solver) for solver in solvers
    )
    return sine(found.vectors, dense.vectors)


def random_lines() -> Iterator[Line]:
    """How many spaces of the random problems are wrong, with guard pairs and without.

    Yields:
        The lines.
    """
    for guard in (None, 0):
        wrong, worst = 0, 0.0
        for seed in range(PROBLEMS):
            problem = random_problem(seed)
            expected = DenseSolver().solve(problem, COUNT).vectors
            solver = DavidsonSolver(guard=guard)
            found = solver.solve_operators(matrix_operators(problem), COUNT).vectors
            angle = sine(found, expected) if len(found) == len(expected) else 1.0
            wrong, worst = wrong + (angle > 1e-3), max(worst, angle)
        if guard is None:
            words = f"worst angle {worst:.1e}"
            yield Line(f"{PROBLEMS} random problems: wrong spaces", wrong, 0, words)
        else:
            words = f"{wrong} of {PROBLEMS} wrong, worst angle {worst:.1e}"
            yield Line(
                "without guard pairs: share that is right", 1 - wrong / PROBLEMS, 0.99, words
            )


def random_problem(seed: int) -> EigenProblem:
    """Repeated, clustered, nearly tied, rank-deficient values, or those of a tiny region.

    Args:
        seed: Decides the kind and the numbers.

    Returns:
        The problem, at the paper's shrinkage.
    """
    draw = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draw, dtype=torch.float64)

    values = torch.rand(SIZE, generator=draw).double() * 0.3
    kind = seed % 5
    if kind == 0:
        values[:7] = torch.tensor([5.0, 5, 5, 3, 3, 2, 2])
    elif kind in (1, 2):
        spacing = 1e-2 if kind == 1 else 1e-4
        values[: COUNT + 1] = 1 + spacing * torch.arange(COUNT + 1).flip(0)
    else:
        values[8 if kind == 3 else 3 :] = 0
    root = normal(3 * SIZE, SIZE) * torch.arange(1.0, 3 * SIZE + 1)[:, None] ** -0.6
    b = root.T @ root
    shift = 1e-3 * float(b.trace())
    lower = torch.linalg.cholesky(b + shift * torch.eye(SIZE, dtype=b.dtype))
    axes = torch.linalg.qr(normal(SIZE, SIZE))[0]
    a = lower @ (axes * values) @ axes.T @ lower.T
    return EigenProblem((a + a.T) / 2, b, shift)
