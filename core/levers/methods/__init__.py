"""Evidence to eigenproblems: one method per file, one line here."""

from ...base.registry import Registry
from .resefa import ReSeFaMethod
from .sefa import SeFaMethod

METHODS: Registry[SeFaMethod | ReSeFaMethod] = Registry(
    "method",
    SeFaMethod(),
    ReSeFaMethod(),
)
"""What a set of directions says that it was found by."""
