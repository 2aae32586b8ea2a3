"""The interface of methods: what each finds, and what its eigenvalues mean."""

from __future__ import annotations

from abc import ABC


class AbstractMethod(ABC):
    """A method that poses an eigenproblem, whose eigenvectors are the levers.

    Its method `problem` returns an `EigenProblem`; the arguments differ, since each method looks at
    something else: weights, or Grams of Jacobians. `levers.factorization` gathers them and solves.
    """

    id: str
    """Short stable name, as `Directions.method` stores it."""
    title: str
    """Name for people, and the idea in a phrase."""
    eigenvalue: str
    """What an eigenvalue measures, as a phrase."""
