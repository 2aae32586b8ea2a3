"""Symmetric generalised eigenproblems, their solutions, and the interface of solvers."""

from __future__ import annotations

import enum
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..base.errors import SolveError

SHRINKAGES = ("trace", "mean")
"""Factor of tau: tr(B), as in the paper, or tr(B) / D, the mean eigenvalue."""


class SolveStatus(enum.Enum):
    """How a solve ended; the value explains it and states the remedy."""

    OK = "All requested directions were found."
    RANK_DEFICIENT = (
        "There are fewer independent directions than were requested; only those were returned. "
        "Request fewer, or draw a larger region if there is one."
    )
    JITTERED = (
        "The background matrix was singular to working precision and a tiny multiple of the "
        "identity was added. Use a larger shrinkage."
    )
    TRUNCATED = (
        "The low-rank solver dropped small eigenvalues; the dropped share is reported. "
        "Use another solver for more accuracy."
    )
    STAGNATED = (
        "The search by products alone ended before the directions were as exact as was asked for: "
        "rounding errors of the products, or eigenvalues that lie too close together. "
        "Use a larger shrinkage or the solver dense."
    )
    NOISE_LIMITED = (
        "The search ended where the error of its products hides what is left of the residuals; "
        "that error is reported. The directions are as exact as such products allow."
    )
    BUDGET_SPENT = (
        "The search ended when its budget of products was spent. Allow more products for more "
        "accuracy."
    )
    STILL_BACKGROUND = (
        "Nothing outside the region changes with the latent and there is no shrinkage, so every "
        "quotient is infinite; these are the directions that change the region most. Use a larger "
        "background, or a shrinkage."
    )


@dataclass(frozen=True)
class EigenProblem:
    """Maximise `n^T A n / n^T (B + shift I) n`, or `n^T A n` over unit n where B is none."""

    a: Tensor | None
    """`[D, D]` float64, symmetric, positive semidefinite; optional where `a_root` is given."""
    b: Tensor | None = None
    """`[D, D]` float64, symmetric, positive semidefinite; none means the identity."""
    shift: float = 0.0
    """Multiple of the identity that is added to B (ReSeFa's tau tr(B)), at least 0."""
    row_bound: int | None = None
    """Number of rows that A was summed over, which bounds its rank; none if unknown."""
    a_root: Tensor | None = None
    """`[R, D]` float64 with `A = a_root^T a_root`: the scaled rows of a small region; none where
    they were not stored."""

    def __post_init__(self) -> None:
        """Check the matrices, in a few passes and without a copy.

        Raises:
            SolveError: A matrix is not square, symmetric, finite and float64, their sizes differ, A
                is zero, or the shift is negative or not finite.
        """
        if self.a is None and self.a_root is None:
            raise SolveError("Neither A nor its rows were given", "at least one of them")
        size = self.size
        for name, matrix in (("A", self.a), ("B", self.b)):
            if matrix is None:
                continue
            if matrix.shape != (size, size):
                raise SolveError(
                    f"{name} has shape {list(matrix.shape)}", "square matrices of one size"
                )
            _check_entries(name, matrix)
        if self.a_root is not None:
            if self.a_root.ndim != 2 or self.a_root.shape[1] != size:
                raise SolveError(
                    f"The rows of A have shape {list(self.a_root.shape)}", f"[rows, {size}]"
                )
            _check_entries("The rows of A", self.a_root)
        if not 0 <= self.shift < math.inf:
            raise SolveError(f"The shift is {self.shift}", "a finite number of 0 or more")
        if self.trace <= 0:
            raise SolveError(
                "A is zero: nothing that is to change depends on the latent",
                "a Gram that is not zero",
            )

    @property
    def size(self) -> int:
        """D."""
        matrix = self.a if self.a_root is None else self.a_root
        assert matrix is not None  # checked in `__post_init__`
        return matrix.shape[-1]

    @property
    def trace(self) -> float:
        """`tr(A)`, the sum of the eigenvalues of A."""
        if self.a is not None:
            return float(self.a.diagonal().sum())
        assert self.a_root is not None
        return float(self.a_root.square().sum())

    @property
    def rank_bound(self) -> int:
        """Upper bound of the rank of A: the least of D, `row_bound` and the rows of `a_root`."""
        rows = self.size if self.a_root is None else len(self.a_root)
        return min(self.size, rows, self.size if self.row_bound is None else self.row_bound)

    def numerator(self) -> Tensor:
        """A, computed from its rows where only those are given.

        Returns:
            `[D, D]`; not a copy, so do not modify it.
        """
        if self.a is not None:
            return self.a
        assert self.a_root is not None
        return self.a_root.T @ self.a_root

    def times_a(self, rows: Tensor) -> Tensor:
        """Products with A, through its rows where that is cheaper.

        Args:
            rows: `[K, D]`.

        Returns:
            `[K, D]`: rows times A.
        """
        if self.a_root is not None and (self.a is None or 2 * len(self.a_root) < self.size):
            return (rows @ self.a_root.T) @ self.a_root
        return rows @ self.numerator()

    def times_b(self, rows: Tensor) -> Tensor:
        """Products with `B + shift I`, which is not formed.

        Args:
            rows: `[K, D]`.

        Returns:
            `[K, D]`: rows times `B + shift I`; the rows themselves where B is the identity.
        """
        return rows if self.b is None else torch.add(rows @ self.b, rows, alpha=self.shift)


def _check_entries(name: str, matrix: Tensor) -> None:
    """Check that a matrix is float64, finite, and symmetric where square.

    The matrix is multiplied by a fixed random vector from either side. The product is not finite
    if an entry is not, and the two products differ if the matrix is asymmetric (with probability 1,
    above the rounding errors). For D = 9,216 that takes 0.1 s; comparing with the transpose takes
    8 s.

    Raises:
        SolveError: It is not.
    """
    if matrix.dtype != torch.float64:
        raise SolveError(f"{name} is {matrix.dtype}", "float64")
    draw = torch.Generator().manual_seed(0)
    probe = torch.rand(matrix.shape[1], dtype=matrix.dtype, generator=draw).to(matrix.device) + 0.5
    image = matrix @ probe
    if not bool(torch.isfinite(image).all()):
        raise SolveError(f"{name} is not finite", "finite float64")
    if matrix.shape[0] == matrix.shape[1]:
        # Tolerance: 1e-9 of the largest entry of the product.
        off = (image - probe @ matrix).abs().max()
        if float(off) > 1e-9 * float(image.abs().max()):
            raise SolveError(f"{name} is not symmetric", "a Gram matrix")


@dataclass(frozen=True)
class EigenSolution:
    """Leading eigenpairs, with the status and statistics of the solve."""

    values: Tensor
    """`[K]` float64, descending."""
    vectors: Tensor
    """`[K, D]` float64, rows of unit 2-norm, largest-magnitude entry positive."""
    residuals: Tensor
    """`[K]`: norm of A v - value (B + shift I) v, divided by the norm of A v."""
    status: SolveStatus
    """How the solve ended."""
    stats: Mapping[str, float | int | str] = field(default_factory=dict)
    """solver (that computed the pairs), rank (of A; the number of pairs, with rank_beyond "not
    counted", where the solver computed no more), condition (lower bound, of the denominator),
    dropped_a and dropped_b (low rank), blocks (of products, krylov), fell_back (why the solver
    handed over to this one), choice (estimated costs that "auto" compared)."""


class AbstractSolver(ABC):
    """Computes the leading eigenpairs of an `EigenProblem`."""

    id: str
    """Short stable name, such as "dense"."""
    title: str
    """Description of the method, for people."""

    @abstractmethod
    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """Estimated cost of a solve, which the solver "auto" compares.

        Args:
            problem: The matrices.
            count: Number of pairs requested.

        Returns:
            Floating-point operations, weighted so that those of a large float64 matrix product
            count once; none where "auto" must not choose the solver.
        """

    @abstractmethod
    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """Compute the leading eigenpairs.

        Args:
            problem: The matrices.
            count: Number of pairs requested, at least 1; fewer are returned if the rank is lower.

        Returns:
            The pairs, with status and statistics.

        Raises:
            SolveError: The denominator is singular, and a small multiple of the identity does not
                make it positive definite.
        """


def unit_rows(vectors: Tensor) -> Tensor:
    """Scale rows to unit length, with the sign that makes the largest-magnitude entry positive.

    Args:
        vectors: `[K, D]`, no row is zero.

    Returns:
        `[K, D]`.
    """
    vectors = vectors / vectors.norm(dim=1, keepdim=True)
    largest = vectors.abs().argmax(dim=1, keepdim=True)  # [K, 1]
    return vectors * vectors.gather(1, largest).sign()
