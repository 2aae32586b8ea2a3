"""StyleGAN3 with the parameter names of Hammer and the ReSeFa repository."""

from __future__ import annotations

import re

from torch import Tensor

from ....base.errors import CheckpointError
from ....concepts.checkpoint import AbstractDialect, Blueprint, Checkpoint, KeySignature

_LAYER = re.compile(r"synthesis\.layer(\d+)\.(.+)")
_PARTS = {
    "conv.weight": "weight",
    "conv.style.weight": "affine.weight",
    "conv.style.bias": "affine.bias",
    "filter.bias": "bias",
    "filter.up_filter": "up_filter",
    "filter.down_filter": "down_filter",
    "magnitude_ema": "magnitude_ema",
}
_NAMES = {
    "synthesis.early_layer.weight": "synthesis.input.weight",
    "synthesis.early_layer.affine.weight": "synthesis.input.affine.weight",
    "synthesis.early_layer.affine.bias": "synthesis.input.affine.bias",
    "synthesis.early_layer.frequency": "synthesis.input.freqs",
    "synthesis.early_layer.phase": "synthesis.input.phases",
    "synthesis.early_layer.transform": "synthesis.input.transform",
    "mapping.embedding.weight": "mapping.embed.weight",
    "mapping.embedding.bias": "mapping.embed.bias",
    "w_avg": "mapping.w_avg",
}
_MAPPING = re.compile(r"mapping\.dense(\d+)\.(weight|bias)")


class HammerStyleGAN3(AbstractDialect):
    """`early_layer` and `layer<i>` without sizes; the input's sampling grid is stored."""

    id = "hammer-stylegan3"
    title = "Hammer (ReSeFa repository) StyleGAN3"
    architecture = "stylegan3"
    signature = KeySignature(
        {
            "synthesis.early_layer.frequency": 2,
            "synthesis.early_layer.phase": 1,
            "synthesis.early_layer.grid": 4,
            "synthesis.layer0.conv.style.weight": 2,
            "synthesis.layer0.filter.up_filter": 1,
            "mapping.dense0.weight": 2,
        }
    )

    def translate(self, checkpoint: Checkpoint) -> Blueprint:
        """See `AbstractDialect.translate`.

        The first size and sampling rate are read from the grid, and the layers at which the rate
        rises from the filters.

        Args:
            checkpoint: A checkpoint that matches the signature.

        Returns:
            Canonical tensors and the settings of the network.

        Raises:
            CheckpointError: Layers are missing, or the grid is not a sampling grid.
        """
        parts: dict[int, dict[str, Tensor]] = {}
        tensors: dict[str, Tensor] = {}
        foreign = checkpoint.tensors
        for name in foreign:
            if match := _MAPPING.fullmatch(name):
                tensors[f"mapping.fc{match[1]}.{match[2]}"] = foreign[name]
            elif name in _NAMES:
                tensors[_NAMES[name]] = foreign[name]
            elif (match := _LAYER.fullmatch(name)) and match[2] in _PARTS:
                parts.setdefault(int(match[1]), {})[_PARTS[match[2]]] = foreign[name]
        layers = [parts[number] for number in sorted(parts)]
        if sorted(parts) != list(range(len(layers))) or any("weight" not in p for p in layers):
            raise CheckpointError(
                f"Layers {sorted(parts)} were found", "0, 1, 2 and so on, each with its weight"
            )
        sizes, margin = _sizes(foreign["synthesis.early_layer.grid"], layers)
        for index, (size, layer) in enumerate(zip(sizes, layers, strict=True)):
            name = f"synthesis.L{index}_{size}_{layer['weight'].shape[0]}"
            tensors |= {f"{name}.{part}": tensor for part, tensor in layer.items()}
        config = {"margin_size": margin, **checkpoint.config}
        return Blueprint(self.architecture, tensors, config, checkpoint.details)


def _sizes(grid: Tensor, layers: list[dict[str, Tensor]]) -> tuple[list[int], int]:
    """Feature size of each layer, and the margin that all but the last two layers include.

    Args:
        grid: `[1, H, W, 2]`: points at which the input is sampled, in image widths.
        layers: Canonical part names to tensors.

    Returns:
        Sizes, ToRGB last; the margin in samples.

    Raises:
        CheckpointError: The grid has no extent, or a layer but the last lacks its filter.
    """
    width = grid.shape[2]
    extent = float(grid[0, 0, -1, 0] - grid[0, 0, 0, 0]) if width > 1 else 0.0
    taps = [layer["up_filter"].shape[0] for layer in layers[:-1] if "up_filter" in layer]
    if extent <= 0 or len(taps) != len(layers) - 1:
        raise CheckpointError(
            f"A sampling grid of extent {extent:g} and {len(taps)} upsampling filters were found",
            f"a grid across the image and {len(layers) - 1} filters",
            "The file may be cut off",
        )
    rate = round((width - 1) / extent)
    margin = (width - rate) // 2
    sizes: list[int] = []
    for count in taps:  # the first layer keeps the rate: its taps are only for the leaky ReLU
        rate = rate * count // taps[0]
        sizes.append(rate + 2 * margin)
    return [*sizes[:-1], rate, rate], margin
