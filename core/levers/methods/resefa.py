"""ReSeFa (Zhu et al., ICML 2022, section 3): change the foreground, preserve the background."""

from __future__ import annotations

from torch import Tensor

from ...base.errors import SolveError
from ...concepts.eigenproblem import SHRINKAGES, EigenProblem
from .method import AbstractMethod


class ReSeFaMethod(AbstractMethod):
    """`max_n n^T A n / n^T (B + tau tr(B) I) n` with the Grams of foreground and background."""

    id = "resefa"
    title = "ReSeFa: ratio of changes in the foreground and in the background"
    eigenvalue = "mean squared change in the region over that in the background, for a small pull"

    def problem(
        self, a: Tensor, b: Tensor, shrinkage: float, shrinkage_by: str, rows: int
    ) -> EigenProblem:
        """Pose the generalised eigenproblem.

        Args:
            a: `[D, D]` float64, mean Gram of the region.
            b: `[D, D]` float64, mean Gram of the background.
            shrinkage: tau, at least 0; 1e-3 in the paper.
            shrinkage_by: "trace" adds `tau tr(B) I`, as in the paper; "mean" adds
                `tau tr(B) / D I`, which is tau mean eigenvalues of B in any dimension. At
                tau = 1e-3, "trace" adds 0.5 mean eigenvalues at D = 512 and 9 at D = 9,216.
            rows: Rows of the Jacobian in A, an upper bound of its rank.

        Returns:
            The generalised eigenproblem.

        Raises:
            SolveError: tau is negative or infinite, `shrinkage_by` is unknown, or A is zero.
        """
        share = shrinkage_of_trace(shrinkage, shrinkage_by, b.shape[0])
        if not a.any():
            raise SolveError(
                "Nothing in the region changes with the latent",
                "a region that depends on the latent",
                "Choose another region or other «layers»",
            )
        return EigenProblem(a, b, share * float(b.diagonal().sum()), row_bound=rows)


def shrinkage_of_trace(shrinkage: float, shrinkage_by: str, size: int) -> float:
    """The multiple of the identity that is added to B, divided by `tr(B)`.

    Args:
        shrinkage: tau, at least 0.
        shrinkage_by: "trace" or "mean".
        size: D.

    Returns:
        `tau`, or `tau / D` for "mean".

    Raises:
        SolveError: tau is negative or infinite, or `shrinkage_by` is unknown.
    """
    if shrinkage_by not in SHRINKAGES:
        raise SolveError(
            f"Unknown shrinkage_by {shrinkage_by!r}", f"one of {', '.join(SHRINKAGES)}"
        )
    if not 0 <= shrinkage < float("inf"):
        raise SolveError(f"shrinkage is {shrinkage}", "a number of 0 or more, such as 1e-3")
    return shrinkage / size if shrinkage_by == "mean" else shrinkage
