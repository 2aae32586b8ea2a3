"""Doubles the side of a picture: what a grown generator's new block is taught before it is judged.

A small residual network, trained on renders and their averages to half the side by the absolute error, under some blur
and noise, since a generator's pictures are softer than renders. It knows edges only; what lies between two pixels of a
generated picture is left to the discriminator.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, autocast
from torch.nn import Conv2d, Module, ModuleList
from torch.nn import functional as F

from .dataset import FIRST_SEED, PortraitCache, cache_folder, default_cache, render_cache


class Enlarger(Module):
    """Convolutions at the small size, whose last makes four pixels of each.

    Args:
        width: Channels.
        depth: Residual convolutions.
    """

    def __init__(self, width: int = 32, depth: int = 5) -> None:
        super().__init__()
        self.first = Conv2d(3, width, 3, padding=1)
        self.layers = ModuleList(Conv2d(width, width, 3, padding=1) for _ in range(depth))
        self.last = Conv2d(width, 12, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """`[N, 3, H, W]` in [-1, 1] to `[N, 3, 2H, 2W]`."""
        x = F.leaky_relu(self.first(images), 0.2)
        for layer in self.layers:
            x = x + F.leaky_relu(layer(x), 0.2)
        detail = F.pixel_shuffle(self.last(x), 2)
        return F.interpolate(images, scale_factor=2.0, mode="bilinear") + detail


def softened(images: Tensor, generator: torch.Generator) -> Tensor:
    """Blur and noise, each image by its own random amount.

    Args:
        images: `[N, 3, H, W]`.
        generator: Source of randomness.

    Returns:
        `[N, 3, H, W]`.
    """
    amounts = torch.rand(2, len(images), 1, 1, 1, generator=generator)
    soft = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, 1)
    images = torch.lerp(images, soft, 0.5 * amounts[0].square())
    return images + 0.04 * amounts[1].square() * torch.randn(images.shape, generator=generator)


def train(portraits: PortraitCache, images: int, batch: int = 16, seed: int = 0) -> Enlarger:
    """Fit a network to renders.

    Args:
        portraits: Renders of the large size.
        images: Renders to see in all.
        batch: Renders per step.
        seed: Of weights, order and blur.

    Returns:
        The network.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = Enlarger().to(memory_format=cast("torch.memory_format", torch.channels_last))
    optimizer = torch.optim.Adam(network.parameters(), 2e-3)
    steps = images // batch
    errors: list[float] = []
    start = time.monotonic()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * (1 - step / steps) * min(1.0, (step + 1) / 50)
        large, _ = portraits.batch(np.sort(rng.choice(len(portraits), batch, replace=False)))
        small = softened(F.avg_pool2d(large, 2), generator)
        with autocast("cpu", torch.bfloat16):
            drawn = network(small)
        loss = (drawn.float() - large).abs().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        errors.append(loss.item())
        if step % 100 == 99:
            seconds = time.monotonic() - start
            print(f"step {step + 1} of {steps}, {seconds:.0f} s: error {np.mean(errors[-100:]):.4f}", flush=True)
    return network.eval().requires_grad_(False)


def load_enlarger(path: Path) -> Enlarger:
    """Read what this file's command wrote.

    Args:
        path: The weights.

    Returns:
        The network, frozen.
    """
    network = Enlarger()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network.eval().requires_grad_(False)


def main(arguments: list[str] | None = None) -> None:
    """Train and write the network from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of the renders")
    parser.add_argument("--size", type=int, default=128, help="side of the large pictures in pixels")
    parser.add_argument("--renders", type=int, default=16_000, help="portraits to render when the cache has fewer")
    parser.add_argument("--images", type=int, default=32_000, help="portraits to see in all")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    folder = cache_folder(options.cache, "train", options.size)
    network = train(render_cache(folder, options.renders, FIRST_SEED, size=options.size), options.images)
    torch.save(network.state_dict(), options.out)
    print(f"enlarger in {options.out}")


if __name__ == "__main__":
    main()
