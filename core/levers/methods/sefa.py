"""SeFa (Shen and Zhou, CVPR 2021, equations 3 to 5): eigenvectors of the first map's `A^T A`."""

from __future__ import annotations

import torch
from torch import Tensor

from ...base.errors import SolveError
from ...concepts.eigenproblem import EigenProblem
from .method import AbstractMethod


class SeFaMethod(AbstractMethod):
    """Closed-form factorization of weights, without data or gradients."""

    id = "sefa"
    title = "SeFa: closed-form factorization of the weights applied to the latent"
    eigenvalue = "squared norm of the change of the first layers' outputs for a step of 1"

    def problem(self, matrices: list[Tensor], normalize: bool) -> EigenProblem:
        """Stack the matrices of the chosen layers and form `A^T A`.

        Args:
            matrices: `[rows, D]` each: the weight applied to the latent in each chosen layer.
            normalize: Whether each row (output unit) is scaled to unit length first, as the
                published code does, so that all units have the same weight.

        Returns:
            The problem of maximising `n^T A^T A n` over unit vectors n.

        Raises:
            SolveError: No matrix was given, or all of them are zero.
        """
        if not matrices:
            raise SolveError("No layer was chosen", "at least one layer")
        a = torch.cat([matrix.detach().to("cpu", torch.float64) for matrix in matrices])  # [P, D]
        if not a.any():
            raise SolveError(
                "All weights that read the latent are zero",
                "weights of a trained generator",
                "Choose other «layers», or another checkpoint of the training",
            )
        if normalize:
            a = a / a.norm(dim=1, keepdim=True).clamp_min(torch.finfo(a.dtype).tiny)
        rows = (
            a if a.shape[0] < a.shape[1] else None
        )  # with fewer rows than columns, the row problem is smaller
        return EigenProblem(a.T @ a, row_bound=a.shape[0], a_root=rows)
