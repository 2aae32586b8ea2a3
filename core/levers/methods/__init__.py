"""Methods that pose eigenproblems: one per file, one line here."""

from ...base.registry import Registry
from .method import AbstractMethod
from .resefa import ReSeFaMethod
from .score import ScoreMethod
from .sefa import SeFaMethod

METHODS: Registry[AbstractMethod] = Registry(
    "method",
    SeFaMethod(),
    ReSeFaMethod(),
    ScoreMethod(),
)
"""Methods by id, as `Directions.method` stores it."""
