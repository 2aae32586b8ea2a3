"""Frames: plan a traversal first, then render it chunk by chunk into one tensor."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil
from torch import Tensor

from ..base.errors import PackError
from ..base.execution import plain_tensors
from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, concatenate
from ..generators.rendering import chunk_that_fits, render
from .gauges import Gauge, with_gauges
from .images import OPACITY, display_scale, enlarged, to_unit_range

_CHUNK = 16
"""Largest number of images that are rendered between two progress reports."""

_EMPTY = -0.8
"""Value of empty tiles in [-1, 1], about that of the background of pages."""


@dataclass(frozen=True)
class Traversal:
    """The planned frames of a latent traversal; nothing is rendered yet."""

    total: int
    """Number of frames."""
    codes: Callable[[int, int], LatentCode]
    """Called with (start, stop), returns the codes of the frames `start` to `stop - 1`: `group` per
    frame."""
    gauges: tuple[Gauge, ...]
    """One per frame: the name and the position of what moves."""
    group: int = 1
    """Images per frame, side by side."""
    report: tuple[str, ...] = ()
    """Sentences that describe the motion."""


def draw_frames(
    gan: Generator,
    traversal: Traversal,
    finish: Callable[[Tensor, Sequence[Gauge]], Tensor] | None = None,
    noise_mode: str = "const",
    progress: Progress | None = None,
    alpha: bool = False,
) -> tuple[Tensor, LatentCode]:
    """Render all frames in chunks into one tensor.

    Args:
        gan: The generator.
        traversal: The planned frames.
        finish: Called with n frames `[n, C, H, W]` in [-1, 1] and their gauges, returns the final
            frames, such as enlarged ones, all of the same size. None keeps them unchanged.
        noise_mode: "const", "none" or "random", as for `rendering.render`.
        progress: Called with (frames done, frames) after each chunk; an exception raised from it
            cancels.
        alpha: Whether frames of four channels keep the fourth, which is their opacity.

    Returns:
        `[F, h, w, 3]` float32 on the CPU in [0, 1], or `[F, h, w, 4]`, and the codes of all images
        in order.

    Raises:
        PackError: There is not enough memory for all frames.
    """
    report = progress or no_progress
    report(0, traversal.total)
    frames: Tensor | None = None
    codes: list[LatentCode] = []
    with plain_tensors():
        pictures = min(_CHUNK, chunk_that_fits(gan.spec, gan.device))
        chunk = max(1, pictures // traversal.group)
        for start in range(0, traversal.total, chunk):
            stop = min(start + chunk, traversal.total)
            codes.append(traversal.codes(start, stop))
            drawn = tile_images(render(gan, codes[-1], noise_mode), traversal.group)
            done = drawn if finish is None else finish(drawn, traversal.gauges[start:stop])
            part = to_unit_range(done, alpha)  # [n, h, w, 3 or 4]
            if frames is None:
                frames = _allocate(traversal.total, part)
            frames[start:stop] = part
            report(stop, traversal.total)
        assert frames is not None  # there is at least one frame
        return frames, concatenate(codes)


def enlarge_frames(
    gan: Generator, scale: int = 0, gauge: bool = True
) -> Callable[[Tensor, Sequence[Gauge]], Tensor]:
    """Make the last step of `draw_frames`: frames enlarged, with a gauge below each.

    Args:
        gan: The generator.
        scale: Factor by which frames are enlarged; 0 chooses one from the size of its images.
        gauge: Whether a gauge is drawn.

    Returns:
        For `finish` of `draw_frames`.
    """
    factor = scale or display_scale(gan.spec.img_size)

    def finish(pictures: Tensor, gauges: Sequence[Gauge]) -> Tensor:
        larger = enlarged(pictures, factor)
        return with_gauges(larger, gauges) if gauge else larger

    return finish


def tile_images(images: Tensor, group: int) -> Tensor:
    """Tile images into one per group, row by row, as square as possible.

    Args:
        images: `[n * group, C, H, W]` in [-1, 1].
        group: Images per tiled image; up to three are placed in one row.

    Returns:
        `[n, C, rows * H, columns * W]`; empty tiles are dark.
    """
    if group == 1:
        return images
    columns = group if group <= 3 else math.ceil(math.sqrt(group))
    rows = -(-group // columns)
    channels, height, width = images.shape[1:]
    page = images.new_full((len(images) // group, rows * columns, channels, height, width), _EMPTY)
    page[:, :, OPACITY - 1 :] = 1.0  # empty tiles are opaque
    page[:, :group] = images.reshape(-1, group, channels, height, width)
    page = page.reshape(-1, rows, columns, channels, height, width)
    page = page.permute(0, 3, 1, 4, 2, 5)  # [n, C, rows, H, columns, W]
    return page.reshape(-1, channels, rows * height, columns * width)


def _allocate(total: int, part: Tensor) -> Tensor:
    """Allocate the tensor of all frames, if there is enough memory."""
    size = total * part[0].numel() * part.element_size()
    free = psutil.virtual_memory().available
    if size > free:
        height, width = part.shape[1:3]
        raise PackError(
            f"{total} frames of {width} x {height} pixels take {size / 2**30:.1f} GiB",
            f"at most the {free / 2**30:.1f} GiB that are free",
            "Use fewer frames or a smaller scale",
        )
    return part.new_empty(total, *part.shape[1:])
