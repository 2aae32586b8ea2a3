"""Which weights SeFa factorizes, and their scaling: one convention per file, one line here."""

from ....base.registry import Registry
from .convention import AbstractSeFaConvention
from .genforce import GenforceConvention
from .rosinality import RosinalityConvention

__all__ = ["CONVENTIONS", "AbstractSeFaConvention"]

CONVENTIONS: Registry[AbstractSeFaConvention] = Registry(
    "SeFa convention",
    GenforceConvention(),
    RosinalityConvention(),
)
"""The first is the default."""
