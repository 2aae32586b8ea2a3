"""The ComfyUI nodes, one per file: a schema and a call into core."""

from __future__ import annotations

from comfy_api.latest import ComfyExtension, io

from . import explorer, folders
from .edit.latent_edit import LatentEdit
from .edit.variations import GANVariations
from .explorer.node import GANExplorer
from .files.load_directions import GANLoadDirections
from .files.load_latents import GANLoadLatents
from .files.save_batch import GANSaveBatch
from .files.save_directions import GANSaveDirections
from .files.save_latents import GANSaveLatents
from .files.save_model import GANSaveModel
from .latents.average_latent import GANAverageLatent
from .latents.blend_latents import GANBlendLatents
from .latents.concatenate_latents import GANConcatenateLatents
from .latents.interpolate_classes import GANInterpolateClasses
from .latents.latents_from_batch import GANLatentsFromBatch
from .latents.mix_styles import GANMixStyles
from .latents.nearest_seeds import GANNearestSeeds
from .latents.sample_latents import GANSampleLatents
from .latents.truncate_latents import GANTruncateLatents
from .levers.combine_directions import GANCombineDirections
from .levers.ganspace_components import GANSpaceComponents
from .levers.interfacegan_boundary import InterFaceGANBoundary
from .levers.lowrankgan_factorize import LowRankGANFactorize
from .levers.name_levers import GANNameLevers
from .levers.rank_levers import GANRankLevers
from .levers.region_mask import RegionMask
from .levers.resefa_factorize import ReSeFaFactorize
from .levers.score_lever import GANScoreLever
from .levers.sefa_factorize import SeFaFactorize
from .levers.stylespace_channels import StyleSpaceChannels
from .load.info import GANInfo
from .load.load_gan import LoadGAN
from .photos.composite_photo import GANCompositePhoto
from .photos.crop_photo import GANCropPhoto
from .photos.example_photo import GANExamplePhoto
from .photos.invert_photo import GANInvertPhoto
from .photos.load_encoder import GANLoadEncoder
from .photos.tune_photo import GANTunePhoto
from .ranges import with_ranges
from .search_aliases import with_aliases
from .show.before_after import GANBeforeAfter
from .show.difference_map import GANDifferenceMap
from .show.edit_report import GANEditReport
from .show.render import GANRender
from .show.sweep import GANSweep
from .show.traverse import GANTraverse

NODES: list[type[io.ComfyNode]] = [
    LoadGAN,
    GANSampleLatents,
    SeFaFactorize,
    RegionMask,
    ReSeFaFactorize,
    LowRankGANFactorize,
    StyleSpaceChannels,
    GANSpaceComponents,
    InterFaceGANBoundary,
    GANExplorer,
    LatentEdit,
    GANSweep,
    GANVariations,
    GANRender,
    GANBeforeAfter,
    GANDifferenceMap,
    GANTraverse,
    GANEditReport,
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
    GANNameLevers,
    GANScoreLever,
    GANRankLevers,
    GANExamplePhoto,
    GANCropPhoto,
    GANInvertPhoto,
    GANCompositePhoto,
    GANTunePhoto,
    GANSaveBatch,
    GANLoadEncoder,
]
"""All nodes, in the order in which a graph usually uses them."""


class LatentLeversExtension(ComfyExtension):
    """The extension that `comfy_entrypoint` returns to ComfyUI."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Register folders and routes, then list the nodes; `on_load` is not called everywhere.

        Returns:
            The nodes.
        """
        folders.register()
        explorer.register()
        return [with_aliases(with_ranges(node)) for node in NODES]
