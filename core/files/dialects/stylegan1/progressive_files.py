"""What files of progressively grown networks do not say: trained blocks, noise, and the filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from ..drawn_noise import DrawnNoise

FINISHED = {
    "lod": "0 was assumed: the finest resolution that was trained is drawn alone, fully faded in"
}
"""What is assumed of a file that does not say how far its network had grown."""


def trained_blocks(initially_zero: Mapping[int, Sequence[Tensor]]) -> int:
    """Number of blocks that were trained before the file was saved.

    The code creates the blocks of all resolutions at once and trains them one after the other.
    Biases and noise strengths start at exactly zero and leave it at the first step, so that blocks
    where all of them are zero were never part of an image.

    Args:
        initially_zero: Number of a block, from 0, to its tensors of that kind.

    Returns:
        At least 1; the number of blocks if no block was trained.
    """
    trained = [i for i, tensors in initially_zero.items() if any(t.any() for t in tensors)]
    return 1 + max(trained or initially_zero, default=0)


def untrained_note(trained: int, blocks: int, first: int = 4) -> list[str]:
    """A warning for blocks that were left out.

    Args:
        trained: Number of blocks that were trained.
        blocks: Number of blocks in the file.
        first: Side of the first block in pixels.

    Returns:
        One text, or none where all blocks were trained.
    """
    if trained >= blocks:
        return []
    return [
        f"The blocks above {first << trained - 1} pixels were never trained, since all their "
        "biases and noise strengths are 0; images are drawn without them"
    ]


def shared_filter(filters: Sequence[Tensor]) -> tuple[Tensor | None, list[str]]:
    """The low-pass filter that all upsampling layers share.

    Args:
        filters: `[C, 1, k, k]` or `[1, 1, k, k]` of each layer.

    Returns:
        `[k, k]`, or none for the usual filter; warnings.
    """
    if not filters:
        return None, []
    planes = [filters[0].flatten(0, -3)[0]]
    same = all(
        torch.equal(f.flatten(0, -3), planes[0].expand_as(f.flatten(0, -3))) for f in filters
    )
    if same:
        return planes[0], []
    return None, [
        "The low-pass filters of the file differ between layers or channels, unlike those of the "
        "published code; its usual filter [1, 2, 1] was used instead"
    ]


def seeded_noises(resolutions: Iterable[int], const: Tensor) -> dict[str, Tensor]:
    """Noise images of a network whose file holds none.

    Args:
        resolutions: Nominal resolutions of the blocks, ascending.
        const: `[C, h, w]`, the constant of the block of resolution 4.

    Returns:
        Canonical names to `[H, W]`; both layers of a resolution share one image.

    Raises:
        CheckpointError: An image is too large.
    """
    noise = DrawnNoise()
    height, width = const.shape[1:]
    drawn = {r: noise.image(height * r // 4, width * r // 4) for r in resolutions}
    return {
        f"synthesis.b{r}.layer{number}.noise_const": image
        for r, image in drawn.items()
        for number in (0, 1)
    }
