"""A generator in words and numbers."""

from __future__ import annotations

from typing import Any

from .architectures import ARCHITECTURES
from .generator import Generator


def describe(gan: Generator) -> dict[str, Any]:
    """What a person wants to know of a generator.

    Args:
        gan: The generator.

    Returns:
        Plain data, ready for JSON: architecture, image size, latent sizes, spaces, layers with
        resolution and channels, parameters, fingerprint, options with their values, and all that
        the file itself says (licence, training, regions, warnings).
    """
    spec = gan.spec
    architecture = ARCHITECTURES[spec.architecture]
    settings = getattr(gan.network, "settings", None)
    return {
        "architecture": spec.architecture,
        "title": architecture.title,
        "image": {
            "height": spec.img_size[0],
            "width": spec.img_size[1],
            "channels": spec.img_channels,
        },
        "z_dim": spec.z_dim,
        "w_dim": spec.w_dim,
        "classes": spec.c_dim,
        "num_ws": spec.num_ws,
        "spaces": [space.value for space in spec.spaces],
        "distribution": spec.distribution,
        "layers": [
            {"index": i, "name": at.name, "resolution": at.resolution, "channels": at.channels}
            for i, at in enumerate(spec.layers)
        ],
        "parameters": sum(p.numel() for p in gan.network.parameters()),
        "fingerprint": spec.fingerprint,
        "options": {
            name: {"value": getattr(settings, name, None), "meaning": meaning}
            for name, meaning in architecture.options.items()
        },
        "details": dict(gan.details),
    }
