"""Pre-rendered portraits on disk: drawn once in parallel, then read as memory maps.

`python -m training.dataset --count 60000` fills the cache. Image i has seed `FIRST_SEED + i`, whatever the number of
processes, so a larger cache begins with the smaller one. Portraits of another `--size` have folders of their own.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import multiprocessing
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .portraits import ATTRIBUTES, RANGES, render, sample_attributes

FIRST_SEED = 1_000_000
"""Seed of the first training portrait."""
VALIDATION_SEED = 900_000_000
"""Seed of the first held-out portrait."""
VERSION = "renderer.txt"
"""File of a cache with the version of its renderer; written last."""
BLOCK = 250
"""Portraits drawn by one call in a worker."""
SIZE = 64
"""Pixels per side, unless another size is asked for."""


@dataclass(frozen=True)
class PortraitCache:
    """Portraits with their attributes, as memory maps."""

    images: np.ndarray
    """[N, size, size, 3] uint8."""
    attributes: np.ndarray
    """[N, A] float32, columns as in `ATTRIBUTES`."""
    renderer: str = ""
    """`renderer_version` of the code that drew them."""

    def __post_init__(self) -> None:
        """Check the shapes once.

        Raises:
            ValueError: The arrays do not belong together.
        """
        if self.images.shape[0] != self.attributes.shape[0] or self.attributes.shape[1] != len(ATTRIBUTES):
            raise ValueError(
                f"images {self.images.shape} and attributes {self.attributes.shape} were found, expected as many rows "
                f"in both and {len(ATTRIBUTES)} columns: render the cache again"
            )

    def __len__(self) -> int:
        """Number of portraits."""
        return self.images.shape[0]

    def batch(self, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        """Read portraits.

        Args:
            rows: [n], numbers of portraits.

        Returns:
            Images [n, 3, size, size] in [-1, 1], channels last in memory, and attributes [n, A].
        """
        images = to_network_range(self.images[rows])
        return images, torch.from_numpy(self.attributes[rows])


def to_network_range(images: np.ndarray) -> Tensor:
    """Bytes to what networks see.

    Args:
        images: [N, H, W, 3] uint8.

    Returns:
        [N, 3, H, W] float32 in [-1, 1], channels last in memory.
    """
    return torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def to_bytes(images: Tensor) -> np.ndarray:
    """What networks draw to bytes.

    Args:
        images: [N, 3, H, W] in [-1, 1], clipped beyond.

    Returns:
        [N, H, W, 3] uint8.
    """
    return ((images.float() + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous().numpy()


def default_cache() -> Path:
    """The folder for renders and checkpoints: `latent_levers_training` in the user's cache folder."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "latent_levers_training"


def renderer_version() -> str:
    """Fingerprint of the drawing code: the first 12 digits of a SHA-256 over its sources.

    Returns:
        Hexadecimal digits; they change with any change of the renderer.
    """
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in [here / "portraits.py", *sorted((here / "drawing").glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def standardize(attributes: Tensor) -> Tensor:
    """Attributes in units of half their range around its centre.

    Args:
        attributes: [N, A].

    Returns:
        [N, A], within [-1, 1].
    """
    low, high = torch.tensor([RANGES[name] for name in ATTRIBUTES]).T
    return (attributes - (low + high) / 2) / ((high - low) / 2)


def _draw_block(task: tuple[int, int, int], size: int) -> tuple[int, np.ndarray, np.ndarray]:
    """Render one block (in a process of the pool): (first row, count, seed) to (first row, images, attributes)."""
    first, count, seed = task
    attributes = sample_attributes(count, seed)
    return first, render(attributes, size), attributes


@dataclass(frozen=True)
class CacheLayout:
    """What a cache holds per portrait, and how it is drawn."""

    columns: Mapping[str, tuple[type, tuple[int, ...]]]
    """File name to type and shape of one portrait's entry."""
    draw: Callable[[tuple[int, int, int]], tuple[Any, ...]]
    """(First row, count, seed) to the first row and one array per column; run in processes of a pool."""


def portrait_layout(size: int) -> CacheLayout:
    """Portraits as the renderer draws them.

    Args:
        size: Pixels per side.

    Returns:
        Images and attributes.
    """
    columns = {"images.npy": (np.uint8, (size, size, 3)), "attributes.npy": (np.float32, (len(ATTRIBUTES),))}
    return CacheLayout(columns, functools.partial(_draw_block, size=size))


def cache_folder(cache: Path, kind: str, size: int) -> Path:
    """Where portraits of one size are: `train`, `train_128`, and so on.

    Args:
        cache: Folder of all renders.
        kind: "train" or "validation".
        size: Pixels per side.

    Returns:
        The folder.
    """
    return cache / (kind if size == SIZE else f"{kind}_{size}")


def fill_cache(
    folder: Path,
    layout: CacheLayout,
    count: int,
    first_seed: int,
    processes: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[np.ndarray], str]:
    """Open the portraits in a folder, and render those that are missing.

    Renders of an older renderer are kept as long as they suffice; delete the folder to draw them anew.

    Args:
        folder: Where the arrays are stored.
        layout: What they hold.
        count: Number of portraits.
        first_seed: Portrait i has seed `first_seed + i`.
        processes: Number of processes; none means one per processor, 0 draws in this process.
        progress: Called with (done, total).

    Returns:
        The arrays as memory maps, at least `count` long, and the version of their renderer.
    """
    found, version = _open_cache(folder, layout)
    if len(found[0]) >= count:
        return found, version
    folder.mkdir(parents=True, exist_ok=True)
    partial = [folder / f"{name}.partial" for name in layout.columns]
    arrays = [
        np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=(count, *shape))
        for path, (dtype, shape) in zip(partial, layout.columns.values(), strict=True)
    ]
    done = len(found[0]) if version == renderer_version() else 0
    for array, known in zip(arrays, found, strict=True):
        array[:done] = known[:done]
    tasks = [(row, min(BLOCK, count - row), first_seed + row) for row in range(done, count, BLOCK)]
    pool = None if processes == 0 else multiprocessing.Pool(processes)
    try:
        for row, *drawn in map(layout.draw, tasks) if pool is None else pool.imap_unordered(layout.draw, tasks):
            for array, block in zip(arrays, drawn, strict=True):
                array[row : row + len(block)] = block
            done += len(drawn[0])
            if progress is not None:
                progress(done, count)
    finally:
        if pool is not None:
            pool.terminate()
    for array in arrays:
        array.flush()
    (folder / VERSION).unlink(missing_ok=True)  # without it the folder is no cache
    for source, name in zip(partial, layout.columns, strict=True):
        source.replace(folder / name)
    (folder / VERSION).write_text(renderer_version())
    return arrays, renderer_version()


def _open_cache(folder: Path, layout: CacheLayout) -> tuple[list[np.ndarray], str]:
    """The arrays in a folder, empty ones where there is no cache, and their renderer."""
    if not (folder / VERSION).exists():
        return [np.empty((0, *shape), dtype) for dtype, shape in layout.columns.values()], ""
    arrays = [np.load(folder / name, mmap_mode="r") for name in layout.columns]
    return arrays, (folder / VERSION).read_text().strip()


def render_cache(
    folder: Path,
    count: int,
    first_seed: int = FIRST_SEED,
    processes: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    size: int = SIZE,
) -> PortraitCache:
    """Open the portraits in a folder, and render those that are missing; see `fill_cache`.

    Args:
        folder: Where `images.npy` and `attributes.npy` are stored.
        count: Number of portraits.
        first_seed: Portrait i has seed `first_seed + i`.
        processes: Number of processes; none means one per processor, 0 draws in this process.
        progress: Called with (done, total).
        size: Pixels per side.

    Returns:
        The cache, at least `count` long.
    """
    (images, attributes), version = fill_cache(folder, portrait_layout(size), count, first_seed, processes, progress)
    return PortraitCache(images, attributes, version)


def main(arguments: list[str] | None = None) -> None:
    """Fill the cache from the command line."""
    parser = argparse.ArgumentParser(description="Render portraits for training.")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of the renders")
    parser.add_argument("--count", type=int, default=60_000, help="training portraits")
    parser.add_argument("--processes", type=int, help="workers (default: one per processor)")
    parser.add_argument("--size", type=int, default=SIZE, help="pixels per side")
    parser.add_argument("--held-out", type=int, default=3_000, help="portraits that training never sees")
    options = parser.parse_args(arguments)

    def progress(done: int, total: int) -> None:
        print(f"\r{done} of {total} portraits", end="", flush=True)

    for kind, count, seed in (("train", options.count, FIRST_SEED), ("validation", options.held_out, VALIDATION_SEED)):
        folder = cache_folder(options.cache, kind, options.size)
        render_cache(folder, count, seed, options.processes, progress, options.size)
    print(f"\nin {options.cache}")


if __name__ == "__main__":
    main()
