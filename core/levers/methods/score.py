"""A lever for a differentiable score: more of one score, while the others stay.

With J the Jacobian of the scores at a code, each in units of its deviation over random codes, g the
mean over codes of the wanted score's row, and B the mean of the Gram of the other rows, the lever
is `n = (B + tau tr(B) I)^-1 g`. That is the one solution of ReSeFa's problem (Zhu et al., ICML
2022, section 3) with `A = g g^T`.
"""

from __future__ import annotations

from torch import Tensor

from ...base.errors import SolveError
from ...concepts.eigenproblem import EigenProblem
from .method import AbstractMethod


class ScoreMethod(AbstractMethod):
    """`max_n (g^T n)^2 / n^T (B + tau tr(B) I) n` with the gradients of scores."""

    id = "score"
    title = "Score: more of one score, less change of the others"
    eigenvalue = "squared change of the score over that of all others, for a small pull"

    def problem(self, gradient: Tensor, others: Tensor | None, shrinkage: float) -> EigenProblem:
        """Pose the eigenproblem, whose numerator has rank 1.

        Args:
            gradient: `[D]` float64, g: mean gradient of the wanted score.
            others: `[D, D]` float64, B: mean Gram of the gradients of the other scores; none where
                there is no other, and then the solution is the gradient itself.
            shrinkage: tau, at least 0; larger values prefer strong levers.

        Returns:
            The generalised eigenproblem.

        Raises:
            SolveError: tau is negative or infinite, or the gradient is zero.
        """
        if not 0 <= shrinkage < float("inf"):
            raise SolveError(f"shrinkage is {shrinkage}", "a number of 0 or more, such as 1e-3")
        if not gradient.any():
            raise SolveError(
                "The score does not change with the latent",
                "a score that depends on the image",
                "Choose another score or other «layers»",
            )
        shift = 0.0 if others is None else shrinkage * float(others.diagonal().sum())
        return EigenProblem(None, others, shift, row_bound=1, a_root=gradient[None])
