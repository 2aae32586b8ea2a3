"""Finds the parts of the bundled generator's portraits: masks of hair, mouth, each eye, and so on.

The network learned from drawn portraits, whose masks are known (`training/part_segmenter.py`). It
applies to generators of these drawings alone, as the attribute network does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import BatchNorm2d, Conv2d, Module, ReLU, Sequential
from torch.nn import functional as F

from ..base.errors import CheckpointError, RegionError
from ..base.execution import plain_tensors
from ..concepts.region import Region
from ..files.network_file import fill, read_network, read_rows
from .attribute_network import SIDE, at_side

FORMAT = "portrait_parts/1"
"""Value of the format key in the file's header."""

DEFAULT_FILE = Path(__file__).parents[2] / "assets" / "portraits_parts.safetensors"
"""The bundled network."""

PARTS: tuple[str, ...] = (
    "background", "hair", "face", "ears", "neck", "clothes", "left_eye", "right_eye", "brows",
    "nose", "mouth", "beard", "glasses",
)  # fmt: skip
"""Parts in the order of the network's outputs. Left and right are the viewer's; an eye is its
opening with the upper lashes. Parts overlap: brows, eyes, nose, mouth and beard lie in the face."""

EYES = "eyes"
"""Both eyes as one part."""

_WHAT = "part segmenter"
_CHUNK = 64


def _block(inputs: int, outputs: int, stride: int = 1) -> Sequential:
    """A convolution of 3 x 3 with batch norm and ReLU."""
    convolution = Conv2d(inputs, outputs, 3, stride, 1, bias=False)
    return Sequential(convolution, BatchNorm2d(outputs), ReLU())


class PartNetwork(Module):
    """Portraits of 64 pixels to one logit per pixel and part: a small U-Net.

    Ronneberger et al., "U-Net" (MICCAI 2015), with 150,000 parameters.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = _block(3, 12)
        self.down1 = Sequential(_block(12, 32, 2), _block(32, 32))
        self.down2 = Sequential(_block(32, 48, 2), _block(48, 48))
        self.down3 = Sequential(_block(48, 64, 2), _block(64, 64))
        self.up2 = _block(64 + 48, 40)
        self.up1 = Sequential(_block(40 + 32, 32), Conv2d(32, 16, 1))
        self.up0 = _block(16 + 12, 20)
        self.head = Conv2d(20, len(PARTS), 1)

    def forward(self, images: Tensor) -> Tensor:
        """Find parts.

        Args:
            images: `[N, 3, 64, 64]` in [-1, 1].

        Returns:
            Logits `[N, P, 64, 64]`, in the order of `PARTS`.
        """
        fine = self.stem(images)
        half = self.down1(fine)
        quarter = self.down2(half)
        x = self.down3(quarter)
        x = self.up2(torch.cat([F.interpolate(x, scale_factor=2.0), quarter], dim=1))
        x = self.up1(torch.cat([F.interpolate(x, scale_factor=2.0), half], dim=1))
        return self.head(self.up0(torch.cat([F.interpolate(x, scale_factor=2.0), fine], dim=1)))


@dataclass(frozen=True)
class PartSegmenter:
    """A trained network with the values of its header."""

    network: PartNetwork
    """In evaluation mode, without gradients of its weights, on the CPU."""
    iou: dict[str, float]
    """Intersection over union of hard masks on held-out renders, by part of `PARTS`."""

    def masks(self, images: Tensor) -> dict[str, Tensor]:
        """Find all parts.

        Args:
            images: `[N, 3, H, W]` on the CPU, nominal range [-1, 1]; found at 64 pixels.

        Returns:
            By part of `PARTS` and "eyes": `[N, H, W]` in [0, 1], the probability that the part
            covers at least a third of the pixel.

        Raises:
            PackError: The images have another number of channels or axes.
        """
        with plain_tensors():
            parts = [self.network(at_side(part)) for part in images.split(_CHUNK)]
            found = torch.sigmoid(torch.cat(parts))  # [N, P, 64, 64]
            if images.shape[2:] != (SIDE, SIDE):
                size = (images.shape[2], images.shape[3])
                found = F.interpolate(found, size, mode="bilinear", antialias=True)
        masks = {part: found[:, i] for i, part in enumerate(PARTS)}
        return {**masks, EYES: torch.maximum(masks["left_eye"], masks["right_eye"])}

    def region(self, images: Tensor, part: str) -> Region:
        """The region of one part in each image, with hard edges at probability 0.5.

        Args:
            images: `[N, 3, H, W]` on the CPU, nominal range [-1, 1].
            part: One of `PARTS`, or "eyes".

        Returns:
            N regions of weights 0 and 1, named after the part.

        Raises:
            RegionError: There is no such part, or some images do not show it.
            PackError: The images have another number of channels or axes.
        """
        if part not in (*PARTS, EYES):
            raise RegionError(
                f"There is no part {part[:60]!r}", f"one of {', '.join((*PARTS, EYES))}"
            )
        inside = self.masks(images)[part] > 0.5
        absent = [row for row, mask in enumerate(inside) if not mask.any()]
        if absent:
            listed = ", ".join(map(str, absent[:20])) + (", ..." if len(absent) > 20 else "")
            raise RegionError(
                f"{len(absent)} of {len(images)} images show no {part}: {listed}, counted from 0",
                "images that all show it",
                "Leave these out, or choose another part",
            )
        return Region.from_mask(inside, part)


def load_part_segmenter(path: Path = DEFAULT_FILE) -> PartSegmenter:
    """Load a trained network.

    Args:
        path: A safetensors file of at most 16 MB that `training/part_segmenter.py` wrote.

    Returns:
        The network and its header.

    Raises:
        CheckpointError: The file is missing, damaged, or something else.
        FieldError: Its header is no JSON.
    """
    tensors, metadata = read_network(path, FORMAT, _WHAT)
    rows = read_rows(metadata, "parts", path, len(PARTS))
    names = tuple(str(row.get("name")) for row in rows)
    iou = [row.get("iou") for row in rows]
    if names != PARTS or not all(isinstance(value, (int, float)) for value in iou):
        raise CheckpointError(
            f"The header of {path.name} lists parts {', '.join(names)[:120]}",
            f"name and iou of {', '.join(PARTS)}",
            "Get the file from the pack again",
        )
    network = PartNetwork()
    fill(network, tensors, path, _WHAT)
    return PartSegmenter(
        network.eval().requires_grad_(False),
        {row["name"]: float(row["iou"]) for row in rows},
    )


@lru_cache(maxsize=1)
def bundled_segmenter() -> PartSegmenter:
    """The bundled network, loaded once, on the CPU.

    Returns:
        The segmenter.
    """
    with plain_tensors():
        return load_part_segmenter()
