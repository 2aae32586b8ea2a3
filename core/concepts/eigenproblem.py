"""Eigenproblems and their solutions, with the end of every solve put in words."""

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
"""What tau is multiplied by: tr(B), as the paper has it, or tr(B) / D, the mean eigenvalue."""


class SolveStatus(enum.Enum):
    """Every way a solve can end; the value is the explanation with its remedy."""

    OK = "All directions asked for were found."
    RANK_DEFICIENT = (
        "The region moves in fewer independent ways than the directions asked for; only those were "
        "returned. Enlarge the region or ask for fewer."
    )
    JITTERED = (
        "The background matrix was singular to working precision and a tiny multiple of the "
        "identity was added. Use a larger shrinkage."
    )
    TRUNCATED = (
        "Small eigenvalues were dropped by the low-rank route; the dropped share is reported. "
        "Raise the rank for more accuracy."
    )
    STILL_BACKGROUND = (
        "Nothing outside the region changes with the latent and there is no shrinkage, so that "
        "every quotient is infinite; these are the directions that move the region most. Use a "
        "larger background, or a shrinkage."
    )


@dataclass(frozen=True)
class EigenProblem:
    """Maximise `n^T A n / n^T (B + shift I) n`, or `n^T A n` over unit n where B is none."""

    a: Tensor | None
    """`[D, D]` float64, symmetric, positive semidefinite; may be none where `a_root` is given."""
    b: Tensor | None = None
    """`[D, D]` float64, symmetric, positive semidefinite; none means the identity."""
    shift: float = 0.0
    """Multiple of the identity that is added to B (ReSeFa's tau tr(B)), at least 0."""
    row_bound: int | None = None
    """Number of rows behind A, which bounds its rank; none where it is not known."""
    a_root: Tensor | None = None
    """`[R, D]` float64 with `A = a_root^T a_root`: the rows of a small region, scaled; none where
    they are not at hand."""

    def __post_init__(self) -> None:
        """Check the matrices once, in a few passes over them and without a copy.

        Raises:
            SolveError: They are not square, symmetric, finite float64, do not fit each other, A is
                zero, or the shift is negative or not finite.
        """
        if self.a is None and self.a_root is None:
            raise SolveError("Neither A nor its rows were given", "one of both")
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
                "Nothing in the region changes with the latent",
                "a region that the generator moves",
                "Choose another region or other layers",
            )

    @property
    def size(self) -> int:
        """D."""
        matrix = self.a if self.a_root is None else self.a_root
        assert matrix is not None  # `__post_init__` has seen to it
        return matrix.shape[-1]

    @property
    def trace(self) -> float:
        """`tr(A)`, the mean squared answer to all coordinates together."""
        if self.a is not None:
            return float(self.a.diagonal().sum())
        assert self.a_root is not None
        return float(self.a_root.square().sum())

    @property
    def rank_bound(self) -> int:
        """What the rank of A cannot exceed: D, the rows behind A, or those given."""
        rows = self.size if self.a_root is None else len(self.a_root)
        return min(self.size, rows, self.size if self.row_bound is None else self.row_bound)

    def numerator(self) -> Tensor:
        """A, multiplied out where only its rows are given.

        Returns:
            `[D, D]`, to be read only.
        """
        if self.a is not None:
            return self.a
        assert self.a_root is not None
        return self.a_root.T @ self.a_root

    def times_a(self, rows: Tensor) -> Tensor:
        """Products with A, through its rows where that is less work.

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
            `[K, D]`: rows times it; the rows themselves where B is the identity.
        """
        return rows if self.b is None else torch.add(rows @ self.b, rows, alpha=self.shift)


def _check_entries(name: str, matrix: Tensor) -> None:
    """Float64, finite, and symmetric where square.

    One product with a fixed random vector from either side: whatever is not finite spreads to it,
    and an asymmetry shows as a difference (with probability 1, above the rounding errors). For
    D = 9,216 that is a tenth of a second, where comparing with the transpose takes eight.

    Raises:
        SolveError: They are not.
    """
    if matrix.dtype != torch.float64:
        raise SolveError(f"{name} is {matrix.dtype}", "float64")
    draw = torch.Generator().manual_seed(0)
    probe = torch.rand(matrix.shape[1], dtype=matrix.dtype, generator=draw).to(matrix.device) + 0.5
    image = matrix @ probe
    if not bool(torch.isfinite(image).all()):
        raise SolveError(f"{name} is not finite", "finite float64")
    if matrix.shape[0] == matrix.shape[1]:
        # Row by row, an entry may differ by 1e-9 of the largest sum of a row.
        off = (image - probe @ matrix).abs().max()
        if float(off) > 1e-9 * float(image.abs().max()):
            raise SolveError(f"{name} is not symmetric", "a Gram matrix")


@dataclass(frozen=True)
class EigenSolution:
    """Leading eigenpairs, and how they were come by."""

    values: Tensor
    """`[K]` float64, descending."""
    vectors: Tensor
    """`[K, D]` float64, rows of unit 2-norm, largest-magnitude entry positive."""
    residuals: Tensor
    """`[K]`: norm of A v - value (B + shift I) v, relative to that of A v."""
    status: SolveStatus
    """How the solve ended."""
    stats: Mapping[str, float | int | str] = field(default_factory=dict)
    """solver (that found the pairs), rank (of A; the number found, with rank_beyond "not counted",
    where the solver looked no further), condition (of the denominator, at least), dropped_a and
    dropped_b (low rank), blocks (of products, krylov), fell_back (why another solver was left),
    choice (estimates that "auto" compared)."""


class AbstractSolver(ABC):
    """One way to solve an `EigenProblem`."""

    id: str
    """Short stable name, such as "dense"."""
    title: str
    """What it does, for people."""

    @abstractmethod
    def cost(self, problem: EigenProblem, count: int) -> float | None:
        """What a solve would take, for the solver "auto" to compare.

        Args:
            problem: The matrices.
            count: Number of pairs wanted.

        Returns:
            Floating-point operations, weighted so that those of a large float64 matrix product
            count once; none where the solver must not be chosen unasked.
        """

    @abstractmethod
    def solve(self, problem: EigenProblem, count: int) -> EigenSolution:
        """Find the leading eigenpairs.

        Args:
            problem: The matrices.
            count: Number of pairs wanted, at least 1; fewer come back where the rank is smaller.

        Returns:
            The pairs, with status and statistics.

        Raises:
            SolveError: The denominator is singular beyond repair.
        """


def unit_rows(vectors: Tensor) -> Tensor:
    """Scale rows to unit length and turn their largest-magnitude entry positive.

    Args:
        vectors: `[K, D]`, no zero row.

    Returns:
        `[K, D]`.
    """
    vectors = vectors / vectors.norm(dim=1, keepdim=True)
    largest = vectors.abs().argmax(dim=1, keepdim=True)  # [K, 1]
    return vectors * vectors.gather(1, largest).sign()
