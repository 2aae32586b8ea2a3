"""Constructor arguments that a pickled generator states, and what the pack does with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SIZES = (
    "z_dim", "c_dim", "w_dim", "num_ws", "img_resolution", "img_channels", "channel_base",
    "channel_max", "num_layers", "embed_features", "layer_features", "margin_size",
)  # fmt: skip
"""Sizes, which weights also tell."""

_USED = (
    "architecture", "activation", "resample_filter", "use_noise", "conv_clamp", "lr_multiplier",
    "num_critical", "first_cutoff", "first_stopband", "last_stopband_rel", "output_scale",
    "conv_kernel", "filter_size", "lrelu_upsampling", "use_radial_filters", "head_layer_names",
    "up_factor", "rand_embedding", "square",
)  # fmt: skip
"""Settings that the architectures read from the file, or from the weights that they shape."""

_WITHOUT_EFFECT = (
    "num_fp16_res", "fp16_channels_last", "fused_modconv_default", "magnitude_ema_beta",
    "w_avg_beta", "path_stem", "head_layers", "class_name",
)  # fmt: skip
"""Settings of training and of speed, on which no image depends."""

_MOST = 4
"""Most arguments that are named."""

_KNOWN = frozenset((*_SIZES, *_USED, *_WITHOUT_EFFECT))


def unknown_arguments(stated: Mapping[str, Any]) -> list[str]:
    """Arguments that a file states and that the pack does not know, so that none is silent.

    Args:
        stated: Settings of the file; "arguments" lists the names that its constructor was given.

    Returns:
        One sentence without a full stop for each argument.
    """
    names = stated.get("arguments", ())
    unknown = [name for name in names if name.rsplit(".", 1)[-1] not in _KNOWN]
    return [
        f"The file states {name}={str(stated.get(name))[:40]}, a setting that the pack does not "
        "know. If images look wrong, the generator is of a variant that is not read"
        for name in unknown[:_MOST]
        if stated.get(name) is not None
    ]
