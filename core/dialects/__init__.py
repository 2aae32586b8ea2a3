"""Foreign parameter names to canonical ones: one spelling per file, one line here."""

from ..checkpoint import AbstractDialect
from ..registry import Registry
from .dcgan_stack import DCGANStack
from .genforce import GenforceStyleGAN2
from .hammer import HammerStyleGAN2

DIALECTS: Registry[AbstractDialect] = Registry(
    "dialect",
    GenforceStyleGAN2(),
    HammerStyleGAN2(),
    DCGANStack(),
)
"""Tried in this order; names that no dialect knows are taken as canonical."""
