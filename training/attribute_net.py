"""A small network that reads attributes off portraits: the yardstick for generated ones.

It learns from renders, whose attributes are known, under blur, noise and shifts of colour, so that it stays accurate on
a generator's softer images. The file's header has each attribute's mean and deviation over the renders, and the share
of its variance that the network explains on held-out ones (R^2). `left_eye_openness` and `right_eye_openness` are no
attributes of the renderer: they are learned from winks (`winks.py`), and have the mean and deviation of `eye_openness`.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, autocast
from torch.nn import functional as F

from core.base.atomic_files import write_safetensors
from core.files.network_file import header_of
from core.measures.attribute_network import DEFAULT_FILE, FORMAT, AttributeNetwork, load_attribute_reader

from .dataset import FIRST_SEED, VALIDATION_SEED, PortraitCache, default_cache, render_cache, to_network_range
from .portraits import ATTRIBUTES
from .winks import EYES, VALIDATION_WINK, Winks, wink_cache

WARM_UP = 300
"""Steps over which the learning rate rises."""
NAMES = (*ATTRIBUTES, *EYES)
"""What the network reads: the renderer's attributes, and each eye's openness."""


def save(
    path: Path,
    network: AttributeNetwork,
    table: list[dict[str, object]],
    renderer: str,
    training: dict[str, int],
) -> None:
    """Write a network in half precision.

    Args:
        path: A safetensors file.
        network: The network.
        table: Per attribute "name", "mean", "std" and "r2".
        renderer: Version of the renderer that drew what it learned from.
        training: How it was trained.
    """
    metadata = header_of(FORMAT, attributes=table, renderer=renderer, training=training)
    tensors = {n: t.half() if t.is_floating_point() else t for n, t in network.state_dict().items()}
    write_safetensors(path, tensors, metadata)


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """Blur, noise, brightness, contrast and tint, each image by its own random amount.

    Args:
        images: `[N, 3, H, W]` in [-1, 1].
        generator: Source of randomness.

    Returns:
        `[N, 3, H, W]`, clipped to [-1, 1].
    """
    count = images.shape[0]

    def uniform(*shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator)

    soft = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, 1)
    images = torch.lerp(images, soft, uniform(1, 1, 1).square())
    images = images * (0.92 + 0.16 * uniform(1, 1, 1)) + 0.08 * (uniform(3, 1, 1) - 0.5)
    noise = torch.randn(images.shape, generator=generator)
    return (images + noise * 0.06 * uniform(1, 1, 1).square()).clamp(-1, 1)


def train(
    portraits: PortraitCache, winks: Winks, minutes: float, epochs: int = 8, batch: int = 64, seed: int = 0
) -> tuple[AttributeNetwork, Tensor, Tensor]:
    """Fit a network to renders by squared error.

    Args:
        portraits: The renders; both eyes are as open as their `eye_openness`.
        winks: Renders whose eyes open each by itself.
        minutes: Time to spend at most; the learning rate falls to 0 by then.
        epochs: Passes over the renders at most.
        batch: Portraits per step.
        seed: Of weights, order and augmentation.

    Returns:
        The network, and mean [A] and deviation [A] of `NAMES` over `portraits`.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = AttributeNetwork(len(NAMES)).to(memory_format=torch.channels_last)
    eyes = portraits.attributes[:, [ATTRIBUTES.index("eye_openness")] * len(EYES)]
    values = torch.from_numpy(np.concatenate([portraits.attributes, eyes], axis=1))
    mean, deviation = values.mean(dim=0), values.std(dim=0) + 1e-6
    target = torch.cat([values, targets_of(winks)])
    total = len(portraits) + len(winks)
    weights = torch.tensor([3.0 if name in EYES else 1.0 for name in NAMES])  # known apart in winks alone
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-3)
    steps = epochs * (total // batch)
    start = time.monotonic()
    for step in range(steps):
        progress = max(step / steps, (time.monotonic() - start) / (minutes * 60))
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * (1 - progress) ** 1.5 * min(1.0, (step + 1) / WARM_UP)
        rows = np.sort(rng.choice(total, batch, replace=False))
        cut = int(np.searchsorted(rows, len(portraits)))
        drawn = [portraits.images[rows[:cut]], winks.images[rows[cut:] - len(portraits)]]
        images = to_network_range(np.concatenate(drawn))
        with autocast("cpu", torch.bfloat16):
            predicted = network(augment(images, generator))
        errors = (predicted.float() - (target[rows] - mean) / deviation).square().mean(dim=0)
        loss = (errors * weights).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step % 500 == 0:
            print(f"step {step} of {steps}: loss {loss.item():.3f}", flush=True)
    return network.eval(), mean, deviation


def targets_of(winks: Winks) -> Tensor:
    """What the network shall read off winks: `[N, A]`, columns as in `NAMES`."""
    return torch.from_numpy(np.concatenate([winks.attributes, winks.openness], axis=1))


def explained(read: Tensor, true: Tensor) -> Tensor:
    """Share of each attribute's variance that was read.

    Args:
        read: `[N, A]`.
        true: `[N, A]`.

    Returns:
        R^2 `[A]`, 1 when exact, 0 when no better than the mean.
    """
    return 1 - (read - true).square().mean(dim=0) / true.var(dim=0, unbiased=False)


def main(arguments: list[str] | None = None) -> None:
    """Train and write the network from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of the renders")
    parser.add_argument("--renders", type=int, default=30_000, help="portraits to render when the cache has fewer")
    parser.add_argument("--winks", type=int, default=9_000, help="winks to render when the cache has fewer")
    parser.add_argument("--epochs", type=int, default=8, help="passes over the renders at most")
    parser.add_argument("--minutes", type=float, default=20.0, help="time to spend at most")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    parser.add_argument("--out", type=Path, default=DEFAULT_FILE, help="safetensors file to write")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    portraits = render_cache(options.cache / "train", options.renders, FIRST_SEED)
    held_out = render_cache(options.cache / "validation", 1_000, VALIDATION_SEED)
    winks = wink_cache(options.cache / "winks", options.winks)
    held_out_winks = wink_cache(options.cache / "validation_winks", 1_000, VALIDATION_WINK)
    network, mean, deviation = train(portraits, winks, options.minutes, options.epochs)
    table: list[dict[str, object]] = [
        {"name": name, "mean": float(mean[i]), "std": float(deviation[i]), "r2": 0.0} for i, name in enumerate(NAMES)
    ]
    notes = {"renders": len(portraits), "winks": len(winks), "epochs": options.epochs}
    save(options.out, network, table, portraits.renderer, notes)
    reader = load_attribute_reader(options.out)
    rows = np.arange(1_000)
    images, true = held_out.batch(rows)
    plain = explained(reader.read(images)[1][:, : len(ATTRIBUTES)], true)
    single = explained(reader.read(to_network_range(held_out_winks.images[rows]))[1], targets_of(held_out_winks)[rows])
    for row, r2 in zip(table, [*plain, *single[len(ATTRIBUTES) :]], strict=True):
        row["r2"] = round(float(r2), 3)
    save(options.out, network, table, portraits.renderer, notes)
    print({row["name"]: row["r2"] for row in table})


if __name__ == "__main__":
    main()
