"""Methods that pose eigenproblems: one per file, one line here."""

from ...base.registry import Registry
from .method import AbstractMethod
from .resefa import ReSeFaMethod
from .sefa import SeFaMethod

METHODS: Registry[AbstractMethod] = Registry(
    "method",
    SeFaMethod(),
    ReSeFaMethod(),
)
"""Methods by id, as `Directions.method` stores it."""
