"""Eigenproblems to eigenpairs: one solver per file, one line here."""

from ..eigen import AbstractSolver
from ..registry import Registry
from .dense import DenseSolver
from .low_rank import LowRankSolver

SOLVERS: Registry[AbstractSolver] = Registry(
    "solver",
    DenseSolver(),
    LowRankSolver(),
)
"""The first is the default."""
