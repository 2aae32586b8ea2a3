"""Foreign parameter names to canonical ones: one spelling per file, one line here."""

from ..checkpoint import AbstractDialect
from ..registry import Registry
from .brock_biggan import BrockBigGAN
from .dcgan_stack import DCGANStack
from .genforce import GenforceStyleGAN2
from .hammer import HammerStyleGAN2
from .hammer_stylegan3 import HammerStyleGAN3
from .huggingface_biggan import HuggingFaceBigGAN
from .rosinality import RosinalityStyleGAN2

DIALECTS: Registry[AbstractDialect] = Registry(
    "dialect",
    GenforceStyleGAN2(),
    HammerStyleGAN2(),
    HammerStyleGAN3(),
    RosinalityStyleGAN2(),
    HuggingFaceBigGAN(),
    BrockBigGAN(deep=True),
    BrockBigGAN(deep=False),
    DCGANStack(),
)
"""Tried in this order; names that no dialect knows are taken as canonical."""
