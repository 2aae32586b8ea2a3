"""Inputs of nodes that ask for a score of images, and the scores behind them."""

from __future__ import annotations

from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ...core.base.errors import PackError
from ...core.concepts.generator import Generator
from ...core.measures.attribute_network import bundled_reader
from ...core.measures.wanted_scores import WantedScore, attribute_score, pair_score
from ...core.pictures.images import from_unit_range, to_unit_range

_SMALLEST = 1e-12
"""Length below which a description counts as zero."""


def attribute_input(what: str) -> io.Combo.Input:
    """An attribute that the bundled network reads.

    Args:
        what: What the node does with it, as a sentence.

    Returns:
        The input "attribute".
    """
    return io.Combo.Input(
        "attribute",
        options=list(bundled_reader().names),
        default="light",
        tooltip=f"{what} For the bundled generator and others of the same drawings. Not used with "
        "a pair of pictures.",
    )


def pair_inputs() -> list[io.Image.Input]:
    """Two pictures whose change is wanted.

    Returns:
        The optional inputs "before" and "after".
    """
    return [
        io.Image.Input(
            "before",
            optional=True,
            tooltip="A picture before the change that is wanted, in place of an attribute; or a "
            "batch.",
        ),
        io.Image.Input(
            "after",
            optional=True,
            tooltip="The same picture after the change; or a batch of as many.",
        ),
    ]


def wanted_score(
    gan: Generator, attribute: str, before: Tensor | None, after: Tensor | None
) -> WantedScore:
    """The score that the inputs ask for.

    Args:
        gan: The generator.
        attribute: Name of an attribute, for nodes without a pair.
        before: `[N, H, W, C]` in [0, 1], or none.
        after: `[N, H, W, C]` in [0, 1], or none.

    Returns:
        The score.

    Raises:
        PackError: One picture of the pair is missing, or the score does not suit the generator.
    """
    if before is None and after is None:
        return attribute_score(gan, attribute)
    if before is None or after is None:
        raise PackError("One picture of the pair is missing", "both before and after, or neither")
    return pair_score(gan, from_unit_range(before), from_unit_range(after))


def text_score(clip_vision: Any, clip: Any, text: str) -> WantedScore:
    """The similarity of images and a text, by a CLIP that ComfyUI loaded in two parts.

    Args:
        clip_vision: Its image encoder, a CLIP_VISION.
        clip: Its text encoder, a CLIP.
        text: Such as "a smiling face".

    Returns:
        The cosine of the two embeddings (Radford et al., ICML 2021), `[N]`; without gradients.

    Raises:
        PackError: There is no text, or the encoders do not belong together.
    """
    if not text.strip():
        raise PackError("There is no text", "a few words, such as: a smiling face")
    wanted = _text_embedding(clip, text)

    def score(images: Tensor) -> Tensor:
        with torch.no_grad():
            found = clip_vision.encode_image(to_unit_range(images))["image_embeds"]
        if found.ndim != 2 or found.shape[1] != len(wanted):
            raise PackError(
                f"The image encoder describes an image by shape {list(found.shape[1:])}, the text "
                f"encoder a text by {len(wanted)} numbers",
                "both parts of one CLIP, such as clip_l and CLIP-ViT-L",
                "Load the two files of one model",
            )
        rows = found.to("cpu", torch.float32)
        return (rows @ wanted) / rows.norm(dim=1).clamp_min(_SMALLEST)

    return WantedScore(score, 0, text.strip())


def _text_embedding(clip: Any, text: str) -> Tensor:
    """The projected embedding of a text, `[D]` float32 of length 1."""
    model = clip.cond_stage_model
    projections = [
        module.text_projection.weight
        for module in model.modules()
        if hasattr(getattr(module, "text_projection", None), "weight")
    ]
    if not projections or not all(map(_is_trained, projections)):
        raise PackError(
            "This text encoder has no projection to the embeddings of images",
            "the text encoder of a CLIP with its projection",
            "Load one with Load CLIP, such as clip_l.safetensors, not with a checkpoint",
        )
    with torch.no_grad():
        clip.load_model()
        model.reset_clip_options()
        # Checkpoints of Stable Diffusion 1 use what comes before the projection.
        model.set_clip_options({"projected_pooled": True})
        try:
            pooled = model.encode_token_weights(clip.tokenize(text))[1]
        finally:
            model.reset_clip_options()
    if not isinstance(pooled, Tensor) or pooled.ndim != 2:
        raise PackError(
            "This text encoder does not describe a text by one embedding",
            "the text encoder of a CLIP, such as clip_l.safetensors",
        )
    row = pooled[0].to("cpu", torch.float32)
    return row / row.norm().clamp_min(_SMALLEST)


def _is_trained(weight: Tensor) -> bool:
    """Whether a projection was read from a file: ComfyUI leaves it as it is in memory otherwise."""
    values = weight.detach().to("cpu", torch.float32)
    if not bool(torch.isfinite(values).all()) or float(values.abs().max()) > 100:
        return False
    return 1e-4 < float(values.abs().median()) < 1
