"""Frames: plan a traversal first, then render it chunk by chunk into one tensor."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
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
    ends: tuple[tuple[float, float], ...] = ()
    """Lowest and highest strength of each lever."""
    columns: int = 0
    """Images in a row of a frame; 0 makes frames as square as possible."""


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
    frames: Tensor | None = None
    codes: list[LatentCode] = []
    start = 0
    for part, drawn in frame_parts(gan, traversal, finish, noise_mode, progress, alpha):
        if frames is None:
            frames = _allocate(traversal.total, part)
        frames[start : start + len(part)] = part
        start += len(part)
        codes.append(drawn)
    assert frames is not None  # there is at least one frame
    return frames, concatenate(codes)


def frame_parts(
    gan: Generator,
    traversal: Traversal,
    finish: Callable[[Tensor, Sequence[Gauge]], Tensor] | None = None,
    noise_mode: str = "const",
    progress: Progress | None = None,
    alpha: bool = False,
) -> Iterator[tuple[Tensor, LatentCode]]:
    """Render the frames chunk by chunk, for films that are written as they are drawn.

    Args:
        gan: The generator.
        traversal: The planned frames.
        finish: As for `draw_frames`.
        noise_mode: "const", "none" or "random", as for `rendering.render`.
        progress: Called with (frames done, frames) after each chunk; an exception raised from it
            cancels.
        alpha: Whether frames of four channels keep the fourth, which is their opacity.

    Yields:
        `[n, h, w, 3]` float32 on the CPU in [0, 1], or `[n, h, w, 4]`, and the codes of these
        images in order.
    """
    report = progress or no_progress
    report(0, traversal.total)
    pictures = min(_CHUNK, chunk_that_fits(gan.spec, gan.device))
    chunk = max(1, pictures // traversal.group)
    for start in range(0, traversal.total, chunk):
        stop = min(start + chunk, traversal.total)
        with plain_tensors():
            codes = traversal.codes(start, stop)
            drawn = render(gan, codes, noise_mode)
            tiled = tile_images(drawn, traversal.group, traversal.columns)
            done = tiled if finish is None else finish(tiled, traversal.gauges[start:stop])
            part = to_unit_range(done, alpha)  # [n, h, w, 3 or 4]
        report(stop, traversal.total)
        yield part, codes


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


def tile_images(images: Tensor, group: int, columns: int = 0) -> Tensor:
    """Tile images into one per group, row by row, as square as possible.

    Args:
        images: `[n * group, C, H, W]` in [-1, 1].
        group: Images per tiled image; up to three are placed in one row.
        columns: Images in a row; 0 chooses.

    Returns:
        `[n, C, rows * H, columns * W]`; empty tiles are dark.
    """
    if group == 1:
        return images
    columns = columns or (group if group <= 3 else math.ceil(math.sqrt(group)))
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
    check_room(total, (part.shape[1], part.shape[2]))
    return part.new_empty(total, *part.shape[1:])


def check_memory(gan: Generator, images: int, scale: int = 0) -> None:
    """Check roughly, before any work, whether frames fit into memory.

    Args:
        gan: The generator.
        images: Least number of images that all frames show.
        scale: Factor by which frames are enlarged; 0 chooses one from the size of its images.

    Raises:
        PackError: There is not enough memory for these images alone.
    """
    factor = scale or display_scale(gan.spec.img_size)
    check_room(images, (gan.spec.img_size[0] * factor, gan.spec.img_size[1] * factor))


def check_room(total: int, frame: tuple[int, int], item: int = 4) -> None:
    """Refuse frames that are larger than the free memory.

    Args:
        total: Number of frames.
        frame: Height and width.
        item: Bytes of a colour of a pixel; 4 of float32.

    Raises:
        PackError: They are larger.
    """
    height, width = frame
    size = total * height * width * 3 * item
    free = psutil.virtual_memory().available
    if size > free:
        raise PackError(
            f"{total} frames of {width} x {height} pixels take {size / 2**30:.1f} GiB",
            f"at most the {free / 2**30:.1f} GiB that are free",
            "Use fewer frames or a smaller scale",
        )
