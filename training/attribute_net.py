"""A small network that reads attributes off portraits: the yardstick for generated ones.

It learns from renders, whose attributes are known, under blur, noise and shifts of colour, so that it stays accurate on
a generator's softer images. The file's header has each attribute's mean and deviation over the renders, and the share
of its variance that the network explains on held-out ones (R^2).
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, autocast
from torch.nn import BatchNorm2d, Conv2d, Flatten, Linear, Module, ReLU, Sequential
from torch.nn import functional as F

from .dataset import FIRST_SEED, VALIDATION_SEED, PortraitCache, default_cache, render_cache
from .portraits import ATTRIBUTES

FORMAT = "portrait_attributes/1"
DEFAULT_FILE = Path(__file__).parents[1] / "tests" / "data" / "portraits_attributes.safetensors"
FEATURES = 96
"""Size of the features that the Frechet distance compares."""


class AttributeNetwork(Module):
    """Portraits of 64 pixels to features and standardised attributes."""

    def __init__(self) -> None:
        super().__init__()
        widths = ((3, 32, 4, 2), (32, 48, 3, 1), (48, 64, 3, 2), (64, 64, 3, 1), (64, 80, 3, 2), (80, 64, 3, 2))
        layers: list[Module] = []
        for inputs, outputs, size, stride in widths:
            padding = (size - stride + 1) // 2
            layers += [Conv2d(inputs, outputs, size, stride, padding, bias=False), BatchNorm2d(outputs), ReLU()]
        self.body = Sequential(*layers, Flatten(), Linear(64 * 16, FEATURES))
        self.head = Linear(FEATURES, len(ATTRIBUTES))

    def features(self, images: Tensor) -> Tensor:
        """Describe images.

        Args:
            images: `[N, 3, 64, 64]` in [-1, 1].

        Returns:
            `[N, 96]`, not negative.
        """
        return F.relu(self.body(images))

    def forward(self, images: Tensor) -> Tensor:
        """Read attributes in units of their deviation over the renders, 0 at the mean.

        Args:
            images: `[N, 3, 64, 64]` in [-1, 1].

        Returns:
            `[N, A]`.
        """
        return self.head(self.features(images))


@dataclass(frozen=True)
class AttributeReader:
    """A trained network with the values of its header."""

    network: AttributeNetwork
    """In evaluation mode."""
    names: tuple[str, ...]
    """The attributes, in the order of the network's outputs."""
    mean: Tensor
    """[A], over the renders."""
    deviation: Tensor
    """[A], over the renders, positive."""
    r2: dict[str, float]
    """Share of variance explained on held-out renders, by attribute; at most 1."""

    @torch.no_grad()
    def read(self, images: Tensor, chunk: int = 250) -> tuple[Tensor, Tensor]:
        """Describe images and read their attributes.

        Args:
            images: `[N, 3, 64, 64]` in [-1, 1].
            chunk: Images at a time.

        Returns:
            Features `[N, 96]` and attributes `[N, A]` in the renderer's units.
        """
        found = [self.network.features(part.clamp(-1, 1)) for part in images.float().split(chunk)]
        features = torch.cat(found)
        return features, self.network.head(features) * self.deviation + self.mean


def load_attribute_reader(path: Path = DEFAULT_FILE) -> AttributeReader:
    """Load a trained network.

    Args:
        path: What `save` wrote.

    Returns:
        The network and its header.

    Raises:
        ValueError: The file is something else.
    """
    with safe_open(path, "pt") as file:
        metadata = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    if metadata.get("latent_levers.format") != FORMAT:
        raise ValueError(f"{path.name} contains no attribute network, expected format {FORMAT!r} in its header")
    table = json.loads(metadata["attributes"])
    network = AttributeNetwork()
    network.load_state_dict({name: t.float() if t.is_floating_point() else t for name, t in tensors.items()})
    return AttributeReader(
        network.eval(),
        tuple(row["name"] for row in table),
        torch.tensor([row["mean"] for row in table]),
        torch.tensor([row["std"] for row in table]),
        {row["name"]: row["r2"] for row in table},
    )


def save(path: Path, network: AttributeNetwork, table: list[dict[str, object]], renderer: str) -> None:
    """Write a network in half precision.

    Args:
        path: A safetensors file.
        network: The network.
        table: Per attribute "name", "mean", "std" and "r2".
        renderer: Version of the renderer that drew what it learned from.
    """
    metadata = {"latent_levers.format": FORMAT, "licence": "Apache-2.0", "attributes": json.dumps(table)}
    metadata["renderer"] = renderer
    tensors = {n: t.half() if t.is_floating_point() else t for n, t in network.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: t.contiguous() for name, t in tensors.items()}, path, metadata)
    path.chmod(0o644)  # safetensors writes for the owner alone


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
    portraits: PortraitCache, minutes: float, epochs: int = 30, batch: int = 64, seed: int = 0
) -> tuple[AttributeNetwork, Tensor, Tensor]:
    """Fit a network to renders by squared error.

    Args:
        portraits: The renders.
        minutes: Time to spend at most; the learning rate falls to 0 by then.
        epochs: Passes over the renders at most.
        batch: Portraits per step.
        seed: Of weights, order and augmentation.

    Returns:
        The network, and mean [A] and deviation [A] of the attributes.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = AttributeNetwork().to(memory_format=torch.channels_last)
    values = torch.from_numpy(np.array(portraits.attributes))
    mean, deviation = values.mean(dim=0), values.std(dim=0) + 1e-6
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-3)
    steps = epochs * (len(portraits) // batch)
    start = time.monotonic()
    for step in range(steps):
        progress = max(step / steps, (time.monotonic() - start) / (minutes * 60))
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * (1 - progress) ** 1.5
        images, target = portraits.batch(np.sort(rng.choice(len(portraits), batch, replace=False)))
        with autocast("cpu", torch.bfloat16):
            predicted = network(augment(images, generator))
        loss = F.mse_loss(predicted.float(), (target - mean) / deviation)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    return network.eval(), mean, deviation


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
    parser.add_argument("--renders", type=int, default=20_000, help="portraits to render when the cache has fewer")
    parser.add_argument("--minutes", type=float, default=6.0, help="time to spend")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    parser.add_argument("--out", type=Path, default=DEFAULT_FILE, help="safetensors file to write")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    portraits = render_cache(options.cache / "train", options.renders, FIRST_SEED)
    held_out = render_cache(options.cache / "validation", 1_000, VALIDATION_SEED)
    network, mean, deviation = train(portraits, options.minutes)
    table: list[dict[str, object]] = [
        {"name": name, "mean": float(mean[i]), "std": float(deviation[i]), "r2": 0.0}
        for i, name in enumerate(ATTRIBUTES)
    ]
    save(options.out, network, table, portraits.renderer)
    reader = load_attribute_reader(options.out)
    images, true = held_out.batch(np.arange(1_000))
    for row, r2 in zip(table, explained(reader.read(images)[1], true), strict=True):
        row["r2"] = round(float(r2), 3)
    save(options.out, network, table, portraits.renderer)
    print({row["name"]: row["r2"] for row in table})


if __name__ == "__main__":
    main()
