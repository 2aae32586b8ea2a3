"""Methods that find levers: one per file, one line here."""

from ...base.registry import Registry
from .ganspace import GANSpaceMethod
from .interfacegan import InterFaceGANMethod
from .lowrankgan import LowRankGANMethod
from .method import AbstractMethod
from .resefa import ReSeFaMethod
from .sefa import SeFaMethod
from .stylespace import StyleSpaceMethod

METHODS: Registry[AbstractMethod] = Registry(
    "method",
    SeFaMethod(),
    ReSeFaMethod(),
    GANSpaceMethod(),
    InterFaceGANMethod(),
    LowRankGANMethod(),
    StyleSpaceMethod(),
)
"""Methods by id, as `Directions.method` stores it."""
