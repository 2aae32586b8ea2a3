"""The interface of methods: what each finds, and what its eigenvalues mean."""

from __future__ import annotations

from abc import ABC


class AbstractMethod(ABC):
    """A method that finds levers.

    Most pose an eigenproblem, whose eigenvectors are the levers: their method `problem` returns an
    `EigenProblem`; the arguments differ, since each method looks at something else: weights, or
    Grams of Jacobians. `levers.factorization` gathers them and solves. Methods that learn from
    samples have a public function in their own file instead.
    """

    id: str
    """Short stable name, as `Directions.method` stores it."""
    title: str
    """Name for people, and the idea in a phrase."""
    eigenvalue: str
    """What an eigenvalue measures, as a phrase."""
