"""The interface of methods: what each finds, and what its eigenvalues mean."""

from __future__ import annotations

from abc import ABC


class AbstractMethod(ABC):
    """A method that finds levers, by its names and by what its eigenvalues mean.

    Each method looks at something else: weights, Grams of Jacobians, random codes, or labels. SeFa
    and ReSeFa have a method `problem` that returns an `EigenProblem`, which `levers.factorization`
    solves. Other methods are one file: it also has the public function. Those of a region measure
    by `levers.region_grams.RegionTask`.
    """

    id: str
    """Short stable name, as `Directions.method` stores it."""
    title: str
    """Name for people, and the idea in a phrase."""
    eigenvalue: str
    """What `Directions.eigenvalues` measure, as a phrase."""
