"""Write the average network of a run as the pack's own file, judge it, and write its card."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.base.atomic_files import write_safetensors
from core.diffusion.flow_model import DEFAULT_FILE, FORMAT, FlowModel, load_flow_model
from core.diffusion.rectified_flow import sample, seeded_noise, to_images
from core.diffusion.unet import UNet
from core.files.network_file import header_of
from core.measures.attribute_network import load_attribute_reader

from ..dataset import VALIDATION_SEED, default_cache, render_cache
from ..evaluate import FIRST_SAMPLE, UNTRAINED_SEED, compare
from ..evaluation import RENDERS, SAMPLES, Evaluation
from ..export import measure_regions
from .card import STEPS, write_card
from .train import CHECKPOINT, SHAPE
from .trainer import read_checkpoint, read_settings


def export(state: Mapping[str, Any], path: Path, regions: Mapping[str, Mapping[str, float]]) -> None:
    """Write a model in bfloat16.

    Args:
        state: As `read_checkpoint` returns it.
        path: A safetensors file.
        regions: Boxes by name, as fractions of the picture.
    """
    settings = read_settings(state)
    run = {name: value for name, value in asdict(settings).items() if name != "network"}
    training = {"images": state["steps"] * settings.batch, "data": "portraits drawn by training/portraits.py"}
    training |= json.loads(state["notes"]) | {"settings": run}
    header = header_of(
        FORMAT,
        architecture="unet",
        settings=asdict(settings.network),
        latent={"square": 2, "side": SHAPE[1]},
        training=training,
        regions=dict(regions),
    )
    tensors = {name: tensor.bfloat16().contiguous() for name, tensor in state["average"].items()}
    write_safetensors(path, tensors, header)


def draw_seeds(network: UNet, seeds: range, steps: int = STEPS, chunk: int = 50) -> Tensor:
    """Draw pictures by seed, in float32.

    Args:
        network: The model's.
        seeds: One per picture.
        steps: Of Euler's method.
        chunk: Pictures at a time.

    Returns:
        `[N, 3, H, W]`, about [-1, 1].
    """
    with torch.no_grad():
        parts = seeded_noise(seeds, SHAPE).split(chunk)
        return torch.cat([to_images(sample(network, part, steps)) for part in parts])


def evaluate(model: FlowModel, cache: Path) -> Evaluation:
    """Compare a model with renders.

    Args:
        model: The model.
        cache: Folder of the renders.

    Returns:
        The figures; those of the untrained network are of pure noise, which it leaves as it is.
    """
    torch.manual_seed(UNTRAINED_SEED)
    untrained = UNet(model.network.settings).eval()
    seeds = range(FIRST_SAMPLE, FIRST_SAMPLE + SAMPLES)
    renders = render_cache(cache / "validation", RENDERS + SAMPLES, VALIDATION_SEED)
    images = draw_seeds(model.network, seeds)
    return compare(images, draw_seeds(untrained, seeds, steps=1), load_attribute_reader(), renders, renders)


def main(arguments: list[str] | None = None) -> None:
    """Export, evaluate, and write the card, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--out", type=Path, default=DEFAULT_FILE, help="file to write, the card beside it")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of the renders")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    export(read_checkpoint(options.run / CHECKPOINT), options.out, measure_regions())
    model = load_flow_model(options.out)
    evaluation = evaluate(model, options.cache)
    write_card(options.out.with_suffix(".md"), model, evaluation, draw_seeds(model.network, range(40)))
    print(
        f"{model.training['images']} images seen, {options.out.stat().st_size} bytes in {options.out.name}; Frechet "
        f"distance {evaluation.frechet:.3f}, untrained {evaluation.frechet_untrained:.3f}, renders "
        f"{evaluation.frechet_renders:.3f}, ratio {evaluation.ratio:.4f}; sharpness {evaluation.sharpness:.2f}"
    )


if __name__ == "__main__":
    main()
