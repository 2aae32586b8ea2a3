"""Eigenproblems to eigenpairs: one solver per file, one line here."""

from ..base.registry import Registry
from ..concepts.eigenproblem import AbstractSolver
from .auto import AutoSolver
from .davidson import DavidsonSolver
from .dense import DenseSolver
from .krylov import KrylovSolver
from .low_rank import LowRankSolver
from .rows import RowsSolver

_SOLVERS: tuple[AbstractSolver, ...] = (
    DenseSolver(),
    KrylovSolver(),
    RowsSolver(),
    LowRankSolver(),
)
"""The solvers that "auto" compares."""

SOLVERS: Registry[AbstractSolver] = Registry(
    "solver", AutoSolver(*_SOLVERS), *_SOLVERS, DavidsonSolver()
)
"""The first is the default."""
