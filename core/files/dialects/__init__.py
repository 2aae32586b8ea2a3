"""Dialects: each translates the parameter names of one codebase and has one line here."""

from ...base.registry import Registry
from ...concepts.checkpoint import AbstractDialect
from .basicsr import BasicSRStyleGAN2
from .biggan.brock import BrockBigGAN
from .biggan.huggingface import HuggingFaceBigGAN
from .dcgan_stack import DCGANStack
from .gan_zoo.dcgan import GanZooDCGAN
from .gan_zoo.pggan import GanZooPGGAN
from .gan_zoo.stylegan1 import GanZooStyleGAN1
from .genforce.pggan import GenforcePGGAN
from .genforce.stylegan1 import GenforceStyleGAN1, HammerStyleGAN1
from .genforce.stylegan2 import GenforceStyleGAN2
from .hammer.stylegan2 import HammerStyleGAN2
from .hammer.stylegan3 import HammerStyleGAN3
from .rosinality import RosinalityStyleGAN2
from .stylegan1.lernapparat import Huangzh13StyleGAN1, LernapparatStyleGAN1
from .stylegan1.rosinality import RosinalityStyleGAN1
from .tensorflow.pggan import TensorflowPGGAN
from .tensorflow.stylegan1 import TensorflowStyleGAN1
from .tensorflow.stylegan2 import TensorflowStyleGAN2

DIALECTS: Registry[AbstractDialect] = Registry(
    "dialect",
    GenforceStyleGAN2(),
    HammerStyleGAN2(),
    HammerStyleGAN3(),
    RosinalityStyleGAN2(),
    BasicSRStyleGAN2(),
    RosinalityStyleGAN1(),
    LernapparatStyleGAN1(),
    Huangzh13StyleGAN1(),
    GanZooStyleGAN1(),
    GanZooPGGAN(),
    GanZooDCGAN(),
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
"""Tried in this order, after the canonical names of the architectures."""
