"""Description of a generator, as JSON and as text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..base.hashing import content_hash
from ..base.wording import LIBRARY, Front
from ..concepts.generator import Generator
from ..concepts.latent_code import format_layers
from ..concepts.network import GeneratorSpec
from .architectures import ARCHITECTURES

_COARSE, _MIDDLE = 8, 32
"""Largest resolution of coarse and of middle layers, as in StyleGAN (Karras et al., CVPR 2019),
section 3.1: 4 to 8 pixels control pose and shape, 16 to 32 features, 64 and more colours."""

_NOT_REPEATED = frozenset(
    ("licence", "file", "path", "bytes", "container", "dialect", "regions", "training", "warnings",
     "inferred", "format", "architecture")
)  # fmt: skip
"""Details with a line of their own, or that repeat other lines."""

_MAX_CHARACTERS = 500
"""Maximum number of characters of a text from a file."""


def describe(gan: Generator, front: Front = LIBRARY) -> dict[str, Any]:
    """Describe a generator.

    Args:
        gan: The generator.
        front: Whose words the warnings use.

    Returns:
        Plain data, ready for JSON: architecture, image size, latent sizes, spaces, classes, layers
        with resolution and channels and which of them are coarse, middle and fine, parameters,
        fingerprint, the SHA-256 of the file (none where it no longer exists), options with their
        values, and the details from the file (licence, training, regions, warnings).
    """
    spec = gan.spec
    architecture = ARCHITECTURES[spec.architecture]
    settings = getattr(gan.network, "settings", None)
    details = {name: value for name, value in gan.details.items() if name != "path"}
    if "warnings" in details:
        details["warnings"] = [front.word(warning) for warning in details["warnings"]]
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
        "layer_groups": {
            name: format_layers(layers, spec.num_ws) for name, layers in layer_groups(spec).items()
        },
        "parameters": sum(p.numel() for p in gan.network.parameters()),
        "fingerprint": spec.fingerprint,
        "sha256": source_hash(gan.details),
        "options": {
            name: {"value": getattr(settings, name, None), "meaning": meaning}
            for name, meaning in architecture.options.items()
        },
        "details": details,
    }


def generator_label(name: str, spec: GeneratorSpec) -> str:
    """Describe a generator in one line.

    Args:
        name: Its name.
        spec: Its description.

    Returns:
        Such as "portraits: StyleGAN2, 64 x 64 pixels, 10 layers".
    """
    title = ARCHITECTURES[spec.architecture].title
    height, width = spec.img_size
    classes = f", {spec.c_dim} classes" if spec.c_dim else ""
    return f"{name}: {title}, {width} x {height} pixels, {spec.num_ws} layers{classes}"


def layer_groups(spec: GeneratorSpec) -> dict[str, tuple[int, ...]]:
    """Layers that control pose and shape, features, and colours and texture.

    Args:
        spec: Facts of a generator.

    Returns:
        "coarse", "middle" and "fine" with their layer numbers, by the resolutions of the StyleGAN
        paper. Thirds of the layers where that leaves a group empty (small images, and StyleGAN3,
        whose first layers are already large). Empty for fewer than three layers.
    """
    if spec.num_ws < 3:
        return {}
    by_size: dict[str, list[int]] = {"coarse": [], "middle": [], "fine": []}
    by_third: dict[str, list[int]] = {"coarse": [], "middle": [], "fine": []}
    names = tuple(by_size)
    for index, layer in enumerate(spec.layers):
        size = layer.resolution
        by_size[names[(size > _COARSE) + (size > _MIDDLE)]].append(index)
        by_third[names[3 * index // spec.num_ws]].append(index)
    chosen = by_size if all(by_size.values()) else by_third
    return {name: tuple(layers) for name, layers in chosen.items()}


def source_hash(details: Mapping[str, Any]) -> str | None:
    """SHA-256 of the file of a generator.

    Args:
        details: `Generator.details`.

    Returns:
        64 hex digits, or none where the file no longer exists.
    """
    path = Path(details["path"]) if "path" in details else None
    try:
        return None if path is None else content_hash(path)
    except OSError:
        return None


def as_text(facts: Mapping[str, Any]) -> str:
    """A description as a table in plain text.

    Args:
        facts: What `describe` returns.

    Returns:
        Lines of name and value, then options, then one line per layer.
    """
    image, details = facts["image"], facts["details"]
    groups = [f"{name} {layers}" for name, layers in facts["layer_groups"].items()]
    rows = {
        "architecture": facts["title"],
        "image": f"{image['width']} x {image['height']} pixels, {image['channels']} channels",
        "z, w": f"{facts['z_dim']}, {facts['w_dim']} ({facts['distribution']})",
        "classes": facts["classes"] or "none",
        "spaces": ", ".join(facts["spaces"]),
        "layers": "; ".join([str(facts["num_ws"]), *groups]),
        "parameters": f"{facts['parameters']:,}",
        "fingerprint": facts["fingerprint"],
        "licence": details.get("licence", "not stated"),
        "file": f"{details.get('file')}, {details.get('bytes', 0):,} bytes",
        "SHA-256": facts["sha256"] or "unknown: the file is gone",
        "container": details.get("container", "none"),
        "naming scheme": details.get("dialect", "the pack's own"),
        "regions": ", ".join(details.get("regions", {})) or "none named",
        "training": _hints(details.get("training")) or "the file does not say",
    }
    more = {name: _hints(value) for name, value in details.items() if name not in _NOT_REPEATED}
    rows |= {name: value for name, value in more.items() if value}
    lines = [f"{_plain(name) + ' ':<14}{_plain(value)}" for name, value in rows.items()]
    lines += [f"{'warning':<14}{note}" for note in details.get("warnings", ())]
    lines += [f"{'inferred':<14}{note}" for note in details.get("inferred", ())]
    for name, option in facts["options"].items():
        lines.append(f"{'option':<14}{name} = {option['value']}: {option['meaning']}")
    lines += ["", f"{'layer':>5}  {'name':<24}{'resolution':>10}{'channels':>10}"]
    for layer in facts["layers"]:
        numbers = f"{layer['resolution']:>10}{layer['channels']:>10}"
        lines.append(f"{layer['index']:>5}  {layer['name']:<24}{numbers}")
    return "\n".join(lines)


def _hints(value: Any) -> str:
    """A value from a file on one line; of nested values only the size, of none nothing."""
    if not isinstance(value, Mapping):
        return str(value or "")
    return ", ".join(
        f"{name} ({len(inner)})" if isinstance(inner, (list, Mapping)) else f"{name} {inner}"
        for name, inner in value.items()
        if inner is not None
    )


def _plain(value: object) -> str:
    """A text from a file on one line of limited length, without control characters."""
    text = str(value)
    shown = "".join(c if c.isprintable() else " " for c in text[:_MAX_CHARACTERS])
    return shown if len(text) <= _MAX_CHARACTERS else f"{shown} ..."
