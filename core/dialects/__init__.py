"""Foreign parameter names to canonical ones: one spelling per file, one line here."""

from ..checkpoint import AbstractDialect
from ..registry import Registry
from .brock_biggan import BrockBigGAN
from .dcgan_stack import DCGANStack
from .genforce import GenforceStyleGAN2
from .genforce_pggan import GenforcePGGAN
from .genforce_stylegan1 import GenforceStyleGAN1, HammerStyleGAN1
from .hammer import HammerStyleGAN2
from .hammer_stylegan3 import HammerStyleGAN3
from .huggingface_biggan import HuggingFaceBigGAN
from .rosinality import RosinalityStyleGAN2
from .tensorflow_pggan import TensorflowPGGAN
from .tensorflow_stylegan1 import TensorflowStyleGAN1
from .tensorflow_stylegan2 import TensorflowStyleGAN2

DIALECTS: Registry[AbstractDialect] = Registry(
    "dialect",
    GenforceStyleGAN2(),
    HammerStyleGAN2(),
    HammerStyleGAN3(),
    RosinalityStyleGAN2(),
    HuggingFaceBigGAN(),
    BrockBigGAN(deep=True),
    BrockBigGAN(deep=False),
    GenforceStyleGAN1(),
    HammerStyleGAN1(),
    GenforcePGGAN(),
    TensorflowStyleGAN2(),
    TensorflowStyleGAN1(),
    TensorflowPGGAN(),
    DCGANStack(),
)
"""Tried in this order; names that no dialect knows are taken as canonical."""
