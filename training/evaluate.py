"""Judge an exported generator with the attribute network, and write its model card."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn import functional as F

from core.generators.architectures.stylegan2.network import StyleGAN2, StyleGAN2Settings
from core.measures.attribute_network import DEFAULT_FILE, AttributeReader, load_attribute_reader
from core.measures.frechet import frechet_distance

from .card import write_card
from .dataset import VALIDATION_SEED, PortraitCache, cache_folder, default_cache, render_cache, to_network_range
from .evaluation import RENDERS, SAMPLES, SHARPNESS_RENDERS, Evaluation, laplacian_energy
from .sampling import draw_seeds

FIRST_SAMPLE = 20_000
UNTRAINED_SEED = 0
"""Of the weights of the untrained generator."""


def load_generator(path: Path) -> tuple[StyleGAN2, dict[str, Any]]:
    """Load what `training.export` wrote.

    Args:
        path: A safetensors file.

    Returns:
        The network in float32, and the header with its JSON parsed.
    """
    with safe_open(path, "pt") as file:
        metadata: dict[str, Any] = dict(file.metadata())
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (not a mapping)
    for name in ("settings", "training", "regions"):
        metadata[name] = json.loads(metadata[name])
    values = dict(metadata["settings"])
    values["channels"] = {int(resolution): width for resolution, width in values["channels"].items()}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    network = StyleGAN2(StyleGAN2Settings(**values))
    tensors.pop("w_covariance")
    network.load_state_dict(tensors)
    return network.eval().requires_grad_(False), metadata


def evaluate(
    network: StyleGAN2, reader: AttributeReader, renders: PortraitCache, large: PortraitCache, small: StyleGAN2 | None
) -> Evaluation:
    """Compare a generator with renders; the reader sees images of any size averaged to its own.

    Args:
        network: The generator.
        reader: The yardstick.
        renders: At least `RENDERS + SAMPLES` held-out portraits of the reader's size.
        large: Held-out portraits of the generator's size.
        small: The generator that it was grown from, if it was.

    Returns:
        The figures.
    """
    torch.manual_seed(UNTRAINED_SEED)
    untrained = StyleGAN2(network.settings).eval()
    seeds = range(FIRST_SAMPLE, FIRST_SAMPLE + SAMPLES)
    images = draw_seeds(network, seeds)
    found = compare(images, draw_seeds(untrained, seeds), reader, renders, large)
    return found if small is None else replace(found, drift=drift(images, draw_seeds(small, seeds)))


def compare(
    images: Tensor, untrained: Tensor, reader: AttributeReader, renders: PortraitCache, large: PortraitCache
) -> Evaluation:
    """Compare a model's images with renders; the reader sees images of any size averaged to its own.

    Args:
        images: `[SAMPLES, 3, H, W]`, the model's.
        untrained: Likewise, of the model before its training.
        reader: The yardstick.
        renders: At least `RENDERS + SAMPLES` held-out portraits of the reader's size.
        large: Held-out portraits of the images' size.

    Returns:
        The figures, without a drift.
    """
    features, attributes = reader.read(images)
    features_untrained, _ = reader.read(untrained)
    features_renders, attributes_renders = reader.read(to_network_range(renders.images[:RENDERS]))
    features_others, _ = reader.read(to_network_range(renders.images[RENDERS : RENDERS + SAMPLES]))
    ours, theirs = attributes.std(dim=0).tolist(), attributes_renders.std(dim=0).tolist()
    return Evaluation(
        frechet_distance(features, features_renders),
        frechet_distance(features_untrained, features_renders),
        frechet_distance(features_others, features_renders),
        {name: (a, b, reader.r2[name]) for name, a, b in zip(reader.names, ours, theirs, strict=True)},
        laplacian_energy(images),
        laplacian_energy(to_network_range(large.images[:SHARPNESS_RENDERS])),
    )


def drift(images: Tensor, small: Tensor) -> float:
    """Root mean square, in grey levels of 255, by which images averaged to another size differ from others.

    Args:
        images: `[N, 3, H, W]`.
        small: `[N, 3, h, w]`, H and W multiples of h and w.

    Returns:
        0 for equal ones.
    """
    averaged = F.avg_pool2d(images, images.shape[2] // small.shape[2])
    return (averaged - small).square().mean().sqrt().item() * 127.5


def main(arguments: list[str] | None = None) -> None:
    """Evaluate, and write the card, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=Path("assets/portraits.safetensors"), help="exported file")
    parser.add_argument("--attributes", type=Path, default=DEFAULT_FILE, help="trained attribute network")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of the renders")
    parser.add_argument("--card", type=Path, help="model card to write, its pictures beside it")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    network, metadata = load_generator(options.weights)
    side = network.spec().img_resolution
    renders = render_cache(options.cache / "validation", RENDERS + SAMPLES, VALIDATION_SEED)
    folder = cache_folder(options.cache, "validation", side)
    large = render_cache(folder, SHARPNESS_RENDERS, VALIDATION_SEED, size=side)
    grown = metadata["training"].get("grown_from")
    small = None if grown is None else load_generator(options.weights.with_name(grown["file"]))[0]
    evaluation = evaluate(network, load_attribute_reader(options.attributes), renders, large, small)
    if options.card is not None:
        write_card(options.card, network, metadata, evaluation, large.images[:100], small)
    print(
        f"Frechet distance {evaluation.frechet:.3f}, untrained {evaluation.frechet_untrained:.3f}, "
        f"renders {evaluation.frechet_renders:.3f}, ratio {evaluation.ratio:.4f}; energy of the Laplacian "
        f"{evaluation.sharpness:.2f} of the renders'; drift {evaluation.drift}"
    )
    for name, (ours, theirs, r2) in sorted(evaluation.spread.items(), key=lambda item: item[1][0] / item[1][1]):
        print(f"{name:20} {ours / theirs:.2f} of the renders' spread (R^2 {r2:.2f})")


if __name__ == "__main__":
    main()
