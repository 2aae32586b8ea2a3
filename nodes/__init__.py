"""ComfyUI nodes: one per file, schema and one call each."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from . import host
from .info import GANInfo
from .latent_edit import LatentEdit
from .load_directions import GANLoadDirections
from .load_gan import LoadGAN
from .region_mask import RegionMask
from .render import GANRender
from .resefa_factorize import ReSeFaFactorize
from .sample_latents import GANSampleLatents
from .save_directions import GANSaveDirections
from .save_model import GANSaveModel
from .sefa_factorize import SeFaFactorize
from .sweep import GANSweep
from .variations import GANVariations

NODES: list[type[io.ComfyNode]] = [
    LoadGAN,
    GANSampleLatents,
    SeFaFactorize,
    RegionMask,
    ReSeFaFactorize,
    LatentEdit,
    GANSweep,
    GANVariations,
    GANRender,
    GANSaveDirections,
    GANLoadDirections,
    GANInfo,
    GANSaveModel,
]
"""Every node, in the order in which a graph uses them."""


class LatentLeversExtension(ComfyExtension):
    """What `comfy_entrypoint` gives to ComfyUI."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Register the folders, then list the nodes; `on_load` is not called everywhere.

        Returns:
            The nodes.
        """
        host.register_folders()
        return NODES
