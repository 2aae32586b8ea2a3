"""ReSeFa (Zhu et al., ICML 2022, section 3): change the foreground most, the background least."""

from __future__ import annotations

from torch import Tensor

from ...base.errors import SolveError
from ...concepts.eigenproblem import SHRINKAGES, EigenProblem


class ReSeFaMethod:
    """`max_n n^T A n / n^T (B + tau tr(B) I) n` with the Grams of foreground and background."""

    id = "resefa"
    title = "ReSeFa: foreground against background Jacobian"
    eigenvalue = "how many times more a small pull changes the region than the rest, per pixel"

    def problem(
        self, a: Tensor, b: Tensor, shrinkage: float, shrinkage_by: str, rows: int
    ) -> EigenProblem:
        """Set the shrinkage.

        Args:
            a: `[D, D]` float64, mean Gram of the region.
            b: `[D, D]` float64, mean Gram of what must stay.
            shrinkage: tau, at least 0; 1e-3 in the paper.
            shrinkage_by: "trace" adds `tau tr(B) I`, as the paper has it; "mean" adds
                `tau tr(B) / D I`, tau mean eigenvalues whatever the dimension (tau tr(B) is 0.5
                mean eigenvalues at D = 512 and 9 at D = 9,216).
            rows: Rows behind A, which bound its rank.

        Returns:
            The generalised problem.

        Raises:
            SolveError: tau is negative, or the kind of shrinkage is unknown.
        """
        if shrinkage_by not in SHRINKAGES:
            raise SolveError(
                f"Unknown shrinkage_by {shrinkage_by!r}", f"one of {', '.join(SHRINKAGES)}"
            )
        if not 0 <= shrinkage < float("inf"):
            raise SolveError(f"shrinkage is {shrinkage}", "a number of 0 or more, such as 1e-3")
        trace = float(b.diagonal().sum())
        divisor = b.shape[0] if shrinkage_by == "mean" else 1
        return EigenProblem(a, b, shrinkage * trace / divisor, row_bound=rows)
