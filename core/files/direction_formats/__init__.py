"""Layouts in which other programs store directions; each has one line here."""

from ...base.registry import Registry
from .arrays import BareArray, NamedDirections
from .closed_form import ClosedFormFactors
from .ganspace import GANSpaceComponents
from .layout import AbstractDirectionFile

DIRECTION_FILES: Registry[AbstractDirectionFile] = Registry(
    "layout of directions",
    GANSpaceComponents(),
    ClosedFormFactors(),
    BareArray(),
    NamedDirections(),
)
"""Tried in this order; the first that recognises the tensors reads them."""
