"""Differentiable maps to Grams: one strategy per file, one line here."""

from ...base.registry import Registry
from ...concepts.gram import AbstractJacobianStrategy
from .finite_difference import FiniteDifferenceStrategy
from .forward import ForwardStrategy
from .forward_reverse import ForwardReverseStrategy
from .linearised import LinearisedStrategy
from .reverse import ReverseStrategy

JACOBIANS: Registry[AbstractJacobianStrategy] = Registry(
    "Jacobian strategy",
    LinearisedStrategy(),
    ForwardStrategy(),
    ForwardReverseStrategy(),
    ReverseStrategy(),
    FiniteDifferenceStrategy(),
)
"""The first is the default."""
