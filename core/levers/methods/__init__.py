"""Methods that find levers: one per file, one line here."""

from ...base.registry import Registry
from .ganspace import GANSpaceMethod
from .interfacegan import InterFaceGANMethod
from .lowrankgan import LowRankGANMethod
from .method import AbstractMethod
from .resefa import ReSeFaMethod
from .score import ScoreMethod
from .sefa import SeFaMethod
from .stylespace import StyleSpaceMethod

METHODS: Registry[AbstractMethod] = Registry(
    "method",
    SeFaMethod(),
    ReSeFaMethod(),
    LowRankGANMethod(),
    StyleSpaceMethod(),
    GANSpaceMethod(),
    InterFaceGANMethod(),
    ScoreMethod(),
)
"""Methods by id, as `Directions.method` stores it."""
