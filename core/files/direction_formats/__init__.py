"""Directions of other programs: one layout per line here, whatever file format wraps it."""

from ...base.registry import Registry
from .arrays import BareArray, NamedDirections
from .closed_form import ClosedFormFactors
from .ganspace import GANSpaceComponents
from .layout import AbstractDirectionFile

DIRECTION_FILES: Registry[AbstractDirectionFile] = Registry(
    "kind of direction file",
    GANSpaceComponents(),
    ClosedFormFactors(),
    BareArray(),
    NamedDirections(),
)
"""Tried in this order; the first that recognises the tensors reads them."""
