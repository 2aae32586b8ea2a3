"""ComfyUI nodes: one per file, schema and one call each."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from . import host, live
from .average_latent import GANAverageLatent
from .blend_latents import GANBlendLatents
from .combine_directions import GANCombineDirections
from .concatenate_latents import GANConcatenateLatents
from .explorer import GANExplorer
from .info import GANInfo
from .interpolate_classes import GANInterpolateClasses
from .latent_edit import LatentEdit
from .latents_from_batch import GANLatentsFromBatch
from .load_directions import GANLoadDirections
from .load_gan import LoadGAN
from .load_latents import GANLoadLatents
from .mix_styles import GANMixStyles
from .nearest_seeds import GANNearestSeeds
from .region_mask import RegionMask
from .render import GANRender
from .resefa_factorize import ReSeFaFactorize
from .sample_latents import GANSampleLatents
from .save_directions import GANSaveDirections
from .save_latents import GANSaveLatents
from .save_model import GANSaveModel
from .sefa_factorize import SeFaFactorize
from .sweep import GANSweep
from .truncate_latents import GANTruncateLatents
from .variations import GANVariations

NODES: list[type[io.ComfyNode]] = [
    LoadGAN,
    GANSampleLatents,
    SeFaFactorize,
    RegionMask,
    ReSeFaFactorize,
    GANExplorer,
    LatentEdit,
    GANSweep,
    GANVariations,
    GANRender,
    GANSaveDirections,
    GANLoadDirections,
    GANCombineDirections,
    GANLatentsFromBatch,
    GANConcatenateLatents,
    GANBlendLatents,
    GANMixStyles,
    GANTruncateLatents,
    GANAverageLatent,
    GANInterpolateClasses,
    GANNearestSeeds,
    GANSaveLatents,
    GANLoadLatents,
    GANInfo,
    GANSaveModel,
]
"""Every node, in the order in which a graph uses them."""


class LatentLeversExtension(ComfyExtension):
    """What `comfy_entrypoint` gives to ComfyUI."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Register folders and routes, then list the nodes; `on_load` is not called everywhere.

        Returns:
            The nodes.
        """
        host.register_folders()
        live.register()
        return NODES
