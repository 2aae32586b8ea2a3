"""Words by which people search for a node, beside those of its name."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

from comfy_api.latest import io

_FIELD = "search_aliases"
"""Field of a schema, and key of what the page reads; ComfyUI has had it since 0.10."""

ALIASES: Mapping[str, tuple[str, ...]] = {
    "GANExplorer": (
        *("face", "smile", "expression", "expression editor", "slider", "live portrait"),
        *("face edit", "interactive", "latent direction", "GAN", "StyleGAN", "lever", "morph"),
    ),
    "LatentEdit": (
        *("edit", "face edit", "latent direction", "lever", "expression", "smile", "age", "pose"),
        "slider",
    ),
    "GANScoreLever": (
        *("age", "older", "younger", "smile", "pose", "head turn", "expression", "light"),
        *("attribute", "latent direction"),
    ),
    "LoadGAN": (
        *("StyleGAN", "StyleGAN2", "StyleGAN3", "StyleGAN-XL", "PGGAN", "BigGAN", "DCGAN"),
        *("generator", "pkl", "face generator"),
    ),
    "GANSampleLatents": ("seed", "random face", "StyleGAN", "generate face", "z", "truncation"),
    "SeFaFactorize": ("latent direction", "pose", "closed-form factorization", "GANSpace", "lever"),
    "RegionMask": (
        "face parts",
        "mouth",
        "eyes",
        "box",
        "brush",
        "draw mask",
        "region of interest",
    ),
    "ReSeFaFactorize": ("latent direction", "expression", "regional edit", "face parts", "lever"),
    "LowRankGANFactorize": ("latent direction", "regional edit", "robust PCA"),
    "StyleSpaceChannels": ("StyleGAN", "style channel", "latent direction", "S space"),
    "GANSpaceComponents": ("latent direction", "PCA", "principal components"),
    "InterFaceGANBoundary": ("latent direction", "smile", "age", "attribute", "SVM", "face edit"),
    "GANNameLevers": ("smile", "age", "pose", "attribute", "rename"),
    "GANRankLevers": ("CLIP", "smile", "age", "text", "sort"),
    "GANCombineDirections": ("latent direction", "merge", "add", "disentangle", "without"),
    "GANSweep": ("strip", "contact sheet", "slider", "latent direction", "grid", "range"),
    "GANVariations": ("batch", "random edits", "grid", "seeds", "face variations"),
    "GANSaveBatch": (
        *("batch", "save images", "dataset", "thousands", "resume", "random edits", "grid"),
    ),
    "GANTraverse": ("morph", "animation", "video", "interpolate", "latent walk", "slider"),
    "GANBlendLatents": ("morph", "interpolate", "slerp", "face morph", "mix"),
    "GANMixStyles": ("style mixing", "StyleGAN", "crossover", "morph"),
    "GANInterpolateClasses": ("morph", "BigGAN", "class"),
    "GANAverageLatent": ("average face", "mean", "w avg"),
    "GANTruncateLatents": ("truncation psi", "average face"),
    "GANNearestSeeds": ("similar face", "search seed", "inversion"),
    "GANRender": ("StyleGAN", "decode", "generate face", "synthesize"),
    "GANBeforeAfter": ("compare", "side by side", "face edit"),
    "GANDifferenceMap": ("compare", "heat map", "what changed"),
    "GANEditReport": ("metrics", "evaluate", "disentanglement"),
    "GANLoadDirections": ("latent direction", "npy", "InterFaceGAN", "boundary", "lever"),
    "GANSaveDirections": ("latent direction", "export", "lever"),
    "GANLoadLatents": ("projected_w", "inversion", "npz", "photo"),
    "GANSaveLatents": ("export", "npz"),
    "GANLatentsFromBatch": ("pick one", "select", "index"),
    "GANConcatenateLatents": ("batch", "join", "merge"),
    "GANInfo": ("describe", "StyleGAN", "layers"),
    "GANSaveModel": ("convert", "safetensors", "StyleGAN"),
    "GANExamplePhoto": ("photo", "photograph", "own image", "Load Image", "portrait"),
    "GANCropPhoto": (
        "photo",
        "photograph",
        "own image",
        "face crop",
        "align",
        "FFHQ",
        "bounding box",
    ),
    "GANInvertPhoto": (
        *("photo", "photograph", "own image", "inversion", "projector", "e4e", "encoder"),
        *("find latent", "StyleGAN", "face edit"),
    ),
    "GANCompositePhoto": (
        *("photo", "photograph", "own image", "blend", "paste back", "put back", "face edit"),
    ),
    "GANLoadEncoder": ("e4e", "pSp", "encoder4editing", "pixel2style2pixel", "photo", "inversion"),
    "GANTunePhoto": ("photo", "photograph", "own image", "pivotal tuning", "PTI", "fine-tune"),
}
"""Words by the id of the node."""


def with_aliases(node: type[io.ComfyNode]) -> type[io.ComfyNode]:
    """Let ComfyUI's page find a node by its aliases.

    Args:
        node: The node. Where schemas have no field for aliases, they are added to what the page is
            sent: pages may be newer than the server.

    Returns:
        The node.
    """
    define: Callable[..., io.Schema] = node.define_schema.__func__
    if hasattr(define, "__wrapped__"):
        return node
    words = list(ALIASES[define(node).node_id])
    if any(field.name == _FIELD for field in dataclasses.fields(io.Schema)):

        @functools.wraps(define)
        def define_schema(cls: type[io.ComfyNode]) -> io.Schema:
            """The schema, with the aliases."""
            schema = define(cls)
            setattr(schema, _FIELD, words)
            return schema

        node.define_schema = classmethod(define_schema)
        return node
    facts: Callable[..., dict[str, Any]] = node.GET_NODE_INFO_V1.__func__
    if hasattr(facts, "__wrapped__"):
        return node

    @functools.wraps(facts)
    def node_info(cls: type[io.ComfyNode]) -> dict[str, Any]:
        """What the page is sent, with the aliases."""
        return {**facts(cls), _FIELD: words}

    node.GET_NODE_INFO_V1 = classmethod(node_info)
    return node
