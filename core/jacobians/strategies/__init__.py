"""Strategies to compute Jacobians or their Grams: one per file, one line here."""

from ...base.registry import Registry
from .finite_difference import FiniteDifferenceStrategy
from .forward import ForwardStrategy
from .forward_reverse import ForwardReverseStrategy
from .linearised import LinearisedStrategy
from .reverse import ReverseStrategy
from .strategy import JacobianStrategy

JACOBIANS: Registry[JacobianStrategy] = Registry(
    "Jacobian strategy",
    LinearisedStrategy(),
    ForwardStrategy(),
    ForwardReverseStrategy(),
    ReverseStrategy(),
    FiniteDifferenceStrategy(),
)
"""The first is the default."""
