"""A small network that finds the parts of portraits: masks for regions where the generator gives none.

It learns from winks (`winks.py`), whose masks are known, under blur, noise and shifts of colour, so that it stays
accurate on a generator's softer images. The file's header has each part's intersection over union on held-out ones.
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
from core.measures.part_segmenter import DEFAULT_FILE, FORMAT, PARTS, PartNetwork, load_part_segmenter

from .attribute_net import augment
from .dataset import default_cache, to_network_range
from .winks import VALIDATION_WINK, Winks, wink_cache


def train(winks: Winks, minutes: float, epochs: int = 4, batch: int = 32, seed: int = 0) -> PartNetwork:
    """Fit a network to masks by cross entropy and overlap.

    Args:
        winks: The renders.
        minutes: Time to spend at most; the learning rate falls to 0 by then.
        epochs: Passes over the renders at most.
        batch: Portraits per step.
        seed: Of weights, order and augmentation.

    Returns:
        The network.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = PartNetwork().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3, weight_decay=1e-3)
    steps = epochs * (len(winks) // batch)
    start = time.monotonic()
    for step in range(steps):
        progress = max(step / steps, (time.monotonic() - start) / (minutes * 60))
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = 4e-3 * (1 - progress) ** 1.5
        rows = np.sort(rng.choice(len(winks), batch, replace=False))
        images = augment(to_network_range(winks.images[rows]), generator)
        with autocast("cpu", torch.bfloat16):
            logits = network(images)
        loss = loss_of(logits.float(), torch.from_numpy(winks.parts(rows)))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            print(f"step {step} of {steps}: loss {loss.item():.4f}", flush=True)
    return network.eval()


def loss_of(logits: Tensor, inside: Tensor) -> Tensor:
    """Cross entropy of the pixels plus the Dice loss of the parts, so that brows count as much as hair.

    Args:
        logits: `[N, P, H, W]`.
        inside: `[N, P, H, W]`, 1 inside.

    Returns:
        A number, 0 where all is right.
    """
    probability = torch.sigmoid(logits)
    overlap = (probability * inside).sum(dim=(0, 2, 3))
    dice = 2 * overlap / (probability.sum(dim=(0, 2, 3)) + inside.sum(dim=(0, 2, 3)) + 1)
    return F.binary_cross_entropy_with_logits(logits, inside) + 0.2 * (1 - dice).mean()


@torch.no_grad()
def overlaps(network: PartNetwork, winks: Winks, count: int) -> dict[str, float]:
    """Intersection over union of each part, over all pixels of some portraits.

    Args:
        network: A trained network.
        winks: Portraits.
        count: How many of them, from the first on.

    Returns:
        By part, from 0 to 1.
    """
    both, either = torch.zeros(len(PARTS)), torch.zeros(len(PARTS))
    for rows in np.array_split(np.arange(count), -(-count // 50)):
        found = network(to_network_range(winks.images[rows])) > 0
        true = torch.from_numpy(winks.parts(rows)) > 0
        both += (found & true).sum(dim=(0, 2, 3))
        either += (found | true).sum(dim=(0, 2, 3))
    return dict(zip(PARTS, (both / either).tolist(), strict=True))


def main(arguments: list[str] | None = None) -> None:
    """Train and write the network from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of the renders")
    parser.add_argument("--winks", type=int, default=9_000, help="winks to render when the cache has fewer")
    parser.add_argument("--epochs", type=int, default=4, help="passes over the renders at most")
    parser.add_argument("--minutes", type=float, default=12.0, help="time to spend at most")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    parser.add_argument("--out", type=Path, default=DEFAULT_FILE, help="safetensors file to write")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    winks = wink_cache(options.cache / "winks", options.winks)
    held_out = wink_cache(options.cache / "validation_winks", 1_000, VALIDATION_WINK)
    network = train(winks, options.minutes, options.epochs)
    tensors = {n: t.half() if t.is_floating_point() else t for n, t in network.state_dict().items()}
    network.load_state_dict(tensors)  # judged as it is stored
    iou = {part: round(value, 3) for part, value in overlaps(network, held_out, 1_000).items()}
    table = [{"name": part, "iou": iou[part]} for part in PARTS]
    notes = {"winks": len(winks), "epochs": options.epochs}
    write_safetensors(options.out, tensors, header_of(FORMAT, parts=table, renderer=winks.renderer, training=notes))
    print(load_part_segmenter(options.out).iou)


if __name__ == "__main__":
    main()
