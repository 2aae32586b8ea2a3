"""Methods that pose eigenproblems: one per file, one line here."""

from ...base.registry import Registry
from .resefa import ReSeFaMethod
from .sefa import SeFaMethod

METHODS: Registry[SeFaMethod | ReSeFaMethod] = Registry(
    "method",
    SeFaMethod(),
    ReSeFaMethod(),
)
"""Methods by id, as `Directions.method` stores it."""
