"""Tiny random networks made of ComfyUI's own classes, loaded as its executor loads them.

Runs in ComfyUI's Python; imports ComfyUI.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import comfy.model_patcher
import comfy.supported_models as supported
import torch
from comfy.ldm.flux.model import FluxParams

CONTEXT, POOLED = 32, 24
"""Widths of the conditionings."""

STORED = {
    "float32": (torch.float32, None),
    "bf16": (torch.bfloat16, None),
    "fp8": (torch.float8_e4m3fn, torch.bfloat16),
}
"""Types of the weights, and the type to compute in where that is another."""


@dataclass(frozen=True)
class Kind:
    """One kind of network."""

    name: str
    """Of ComfyUI's class of settings."""
    settings: dict[str, Any]
    """What `model_detection` would find in a file."""
    shape: tuple[int, ...]
    """Shape of a latent."""
    context: int = CONTEXT
    """Width of a token of the conditioning."""
    pooled: int = POOLED
    """Width of its pooled vector."""
    masked: bool = False
    """Whether the conditioning has a mask of tokens."""


_UNET = {
    "image_size": 32,
    "in_channels": 4,
    "out_channels": 4,
    "num_res_blocks": [1, 1],
    "channel_mult": (1, 2),
    "transformer_depth": [1, 1],
    "transformer_depth_middle": 1,
    "transformer_depth_output": [1, 1, 1, 1],
    "use_spatial_transformer": True,
    "legacy": False,
    "use_temporal_attention": False,
    "context_dim": CONTEXT,
}

KINDS = (
    Kind("SD15", {**_UNET, "model_channels": 32, "adm_in_channels": None}, (1, 4, 8, 8)),
    Kind(
        "SDXL",
        {
            **_UNET,
            "model_channels": 64,
            "num_classes": "sequential",
            "adm_in_channels": 1280 + 6 * 256,
            "use_linear_in_transformer": True,
        },
        (1, 4, 8, 8),
        pooled=1280,
    ),
    Kind(
        "SD3",
        {
            "in_channels": 16,
            "input_size": None,
            "num_patches": 64,
            "pos_embed_max_size": 8,
            "depth": 2,
            "patch_size": 2,
            "adm_in_channels": POOLED,
            "qk_norm": "rms",
            "context_embedder_config": {
                "target": "torch.nn.Linear",
                "params": {"in_features": CONTEXT, "out_features": 128},
            },
        },
        (1, 16, 8, 8),
    ),
    Kind(
        "Flux",
        {
            "image_model": "flux",
            "in_channels": 16,
            "out_channels": 16,
            "vec_in_dim": POOLED,
            "context_in_dim": CONTEXT,
            "hidden_size": 64,
            "mlp_ratio": 2.0,
            "num_heads": 2,
            "depth": 1,
            "depth_single_blocks": 1,
            "axes_dim": [8, 12, 12],
            "theta": 10000,
            "patch_size": 2,
            "qkv_bias": True,
            "guidance_embed": True,
            **({"txt_ids_dims": []} if "txt_ids_dims" in FluxParams.__annotations__ else {}),
        },
        (1, 16, 8, 8),
    ),
    Kind(
        "Lumina2",
        {
            "image_model": "lumina2",
            "in_channels": 16,
            "dim": 64,
            "cap_feat_dim": CONTEXT,
            "n_layers": 2,
            "n_refiner_layers": 1,
            "qk_norm": True,
            "n_heads": 2,
            "n_kv_heads": 2,
            "axes_dims": [8, 12, 12],
            "axes_lens": [64, 64, 64],
            "multiple_of": 32,
        },
        (1, 16, 8, 8),
        masked=True,
    ),
    Kind(
        "ZImage",
        {
            "image_model": "lumina2",
            "in_channels": 16,
            "dim": 256,
            "cap_feat_dim": CONTEXT,
            "n_layers": 2,
            "n_refiner_layers": 1,
            "qk_norm": True,
            "n_heads": 8,
            "n_kv_heads": 8,
            "axes_dims": [8, 12, 12],
            "axes_lens": [64, 64, 64],
            "rope_theta": 256.0,
            "z_image_modulation": True,
            "time_scale": 1000.0,
            "multiple_of": 32,
            "pad_tokens_multiple": 32,
        },
        (1, 16, 8, 8),
        masked=True,
    ),
    Kind(
        "QwenImage",
        {
            "image_model": "qwen_image",
            "in_channels": 64,
            "num_layers": 2,
            "attention_head_dim": 32,
            "num_attention_heads": 2,
            "joint_attention_dim": CONTEXT,
            "axes_dims_rope": (8, 12, 12),
        },
        (1, 16, 1, 8, 8),
    ),
    Kind(
        "WAN21_T2V",
        {
            "image_model": "wan2.1",
            "model_type": "t2v",
            "dim": 64,
            "ffn_dim": 96,
            "num_heads": 2,
            "num_layers": 2,
            "in_dim": 16,
            "out_dim": 16,
            "text_dim": CONTEXT,
            "freq_dim": 256,
            "patch_size": (1, 2, 2),
            "qk_norm": True,
            "cross_attn_norm": True,
        },
        (1, 16, 1, 8, 8),
    ),
)
"""What is tested where ComfyUI has the class."""


def available() -> list[Kind]:
    """The kinds that the ComfyUI at hand has."""
    return [kind for kind in KINDS if hasattr(supported, kind.name)]


def _filled(network: torch.nn.Module, seed: int, dtype: torch.dtype) -> None:
    """Random weights of a size that keeps features near 1; made where the caller is."""
    draw = torch.Generator().manual_seed(seed)
    for name, weight in list(network.named_parameters()):
        values = torch.randn(weight.shape, generator=draw)
        if weight.ndim > 1:
            values *= 1.2 / weight[0].numel() ** 0.5
        else:
            values = 0.1 * values + (1.0 if name.endswith(("weight", "scale")) else 0.0)
        owner, _, leaf = name.rpartition(".")
        setattr(
            network.get_submodule(owner),
            leaf,
            torch.nn.Parameter(values.to(weight.dtype), requires_grad=False),
        )
    for name, buffer in list(network.named_buffers()):
        if buffer is not None and buffer.is_floating_point() and "pos_embed" in name:
            owner, _, leaf = name.rpartition(".")
            values = 0.3 * torch.randn(buffer.shape, generator=draw)
            setattr(network.get_submodule(owner), leaf, values.to(buffer.dtype))


def tiny_model(kind: Kind, stored: str = "float32", seed: int = 0) -> Any:
    """A model of a kind, whose weights are inference tensors as those of ComfyUI's loaders are."""
    dtype, cast = STORED[stored]
    with torch.inference_mode():
        settings = getattr(supported, kind.name)(dict(kind.settings))
        settings.set_inference_dtype(dtype, cast)
        model = settings.get_model({}, device=torch.device("cpu"))
        _filled(model.diffusion_model, seed, dtype)
    cpu = torch.device("cpu")
    return comfy.model_patcher.ModelPatcher(model, load_device=cpu, offload_device=cpu)


def conditioning(kind: Kind, seed: int) -> Any:
    """A conditioning of five tokens."""
    draw = torch.Generator().manual_seed(seed)
    tokens = torch.randn(1, 5, kind.context, generator=draw)
    pooled = torch.randn(1, kind.pooled, generator=draw)
    facts = {"pooled_output": pooled, "guidance": 3.5}
    if kind.masked:
        facts = {"attention_mask": torch.ones(1, 5, dtype=torch.long)}
    return [[tokens, facts]]
