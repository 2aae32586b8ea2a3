"""LOCO-Edit's directions from products alone, against dense matrices."""

from __future__ import annotations

import torch
from latent_levers.core.concepts.linearisation import AbstractLinearisation
from torch import Tensor

from bench.diffusion.loco import NULL_RANK, loco_directions, top_singular


class Dense(AbstractLinearisation):
    """A matrix as a map."""

    def __init__(self, matrix: Tensor, shape: tuple[int, int, int]) -> None:
        self.matrix, self.image_shape, self.inputs = matrix, shape, (matrix.shape[1],)
        self.products = 0

    def push(self, tangents: Tensor, first: int = 0) -> Tensor:
        self.products += len(tangents)
        return (tangents @ self.matrix.T).reshape(-1, *self.image_shape)

    def pull(self, images: Tensor) -> Tensor:
        self.products += len(images)
        return images.flatten(1) @ self.matrix

    @property
    def device(self) -> torch.device:
        return self.matrix.device


def falling_map(seed: int = 0) -> tuple[Dense, Tensor]:
    """A map whose singular values fall, as those of a denoiser; and a region."""
    draw = torch.Generator().manual_seed(seed)
    rough = torch.randn(96, 40, generator=draw).double()
    u, s, v = torch.linalg.svd(rough, full_matrices=False)
    matrix = (u * s[0] * 0.75 ** torch.arange(40)) @ v
    weight = torch.zeros(4, 8).double()
    weight[:2, :4] = 1
    weight[2, :4] = 0.5
    return Dense(matrix, (3, 4, 8)), weight


def same_lines(one: Tensor, other: Tensor) -> None:
    """Rows are equal up to their signs."""
    torch.testing.assert_close((one * other).sum(1).abs(), torch.ones(len(one)).double())


def test_singular_vectors_are_those_of_the_dense_matrix() -> None:
    image, weight = falling_map()
    found = top_singular(image, weight, 3, 20, seed=5)
    rows = weight.repeat(3, 1, 1).flatten()[:, None]
    _, values, vectors = torch.linalg.svd(rows * image.matrix, full_matrices=False)
    torch.testing.assert_close(found.values, values[:3])
    same_lines(found.vectors, vectors[:3])
    assert float(found.residuals.max()) < 1e-6
    assert image.products == 40


def test_a_map_of_small_rank_has_as_many_vectors() -> None:
    image, weight = falling_map()
    few = torch.zeros_like(weight)
    few[0, 0] = 1
    found = top_singular(image, few, 5, 20, seed=5)
    assert found.vectors.shape == (3, 40)  # one pixel of three colours
    torch.testing.assert_close(found.vectors @ found.vectors.T, torch.eye(3).double())


def test_locos_directions_are_those_of_the_dense_construction() -> None:
    image, weight = falling_map(1)
    found, _, _ = loco_directions(image, weight, 2, seed=0, steps=(24, 40))
    rows = weight.repeat(3, 1, 1).flatten()[:, None]
    inside = torch.linalg.svd(rows * image.matrix, full_matrices=False)[2][:2]
    outside = torch.linalg.svd((1 - rows) * image.matrix, full_matrices=False)[2][:NULL_RANK]
    rest = inside - inside @ outside.T @ outside
    same_lines(found, rest / rest.norm(dim=1, keepdim=True))
    torch.testing.assert_close(found @ outside.T, torch.zeros(2, NULL_RANK).double())
