"""Write the average generator of a run as the pack's own file: half precision, with a header that explains it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from core.generators.architectures.stylegan2.network import StyleGAN2

from .adversary import read_checkpoint
from .portraits import PARTS, render, sample_attributes
from .sampling import seeded_codes
from .settings import read_settings

FORMAT = "generator/1"
LICENCE = "Apache-2.0"
STATISTICS_SAMPLES = 10_000
"""Latents behind `w_avg` and `w_covariance`, of seeds 0 to 9999."""

REGIONS: dict[str, tuple[str, ...]] = {
    "mouth": ("mouth",),
    "left_eye": ("eyes",),
    "right_eye": ("eyes",),
    "brows": ("brows",),
    "nose": ("nose",),
    "hair": ("hair",),
    "face": ("face",),
    "chin": ("face",),
    "beard": ("beard",),
    "glasses": ("glasses",),
    "clothes": ("clothes",),
}
"""Named regions and the renderer's masks they are measured on; left and right are the viewer's."""


def measure_regions(count: int = 600, seed: int = 800_000_000, share: float = 0.98) -> dict[str, dict[str, float]]:
    """Boxes around parts of the face, averaged over many renders.

    A box leaves out (1 - share) / 2 of its part's visible area on each side and gets half a pixel of margin.

    Args:
        count: Portraits to average.
        seed: Of the first portrait.
        share: Area that a box keeps along each axis.

    Returns:
        By name: "top", "left", "height" and "width" as fractions of the image.
    """
    masks = render(sample_attributes(count, seed), masks=True)[1]
    average = {part: masks[part].mean(axis=0) for part in PARTS}  # [H, W] each
    size = average["mouth"].shape[0]
    middle = size // 2
    regions: dict[str, dict[str, float]] = {}
    for name, parts in REGIONS.items():
        heat = np.sum([average[part] for part in parts], axis=0)
        if name in ("left_eye", "right_eye"):
            rows = heat.sum(axis=1, keepdims=True)  # both eyes at the same height
            columns = np.where((np.arange(size) < middle) == (name == "left_eye"), heat.sum(axis=0), 0)
            heat = rows * columns
        elif name == "chin":  # what lies under the mouth
            mouth = regions["mouth"]
            below = round((mouth["top"] + mouth["height"] * 0.8) * size)
            heat = np.where(np.arange(size)[:, None] >= below, heat, 0)
        (top, bottom), (left, right) = (_bounds(heat.sum(axis=axis), share) for axis in (1, 0))
        box = {"top": top, "left": left, "height": bottom - top, "width": right - left}
        regions[name] = {key: round(value / size, 4) for key, value in box.items()}
    left, right = regions["left_eye"], regions["right_eye"]
    width = round(right["left"] + right["width"] - left["left"], 4)
    regions |= {"eyes": left | {"width": width}, "eyebrows": regions["brows"]}
    return regions


def _bounds(profile: np.ndarray, share: float) -> tuple[float, float]:
    """First and last coordinate of the pixels that hold the middle `share` of a profile [H]."""
    rising = np.cumsum(profile) / profile.sum()
    first = int(np.searchsorted(rising, (1 - share) / 2))
    last = int(np.searchsorted(rising, (1 + share) / 2)) + 1
    return max(first - 0.5, 0.0), min(last + 0.5, float(len(profile)))


@torch.no_grad()
def latent_statistics(network: StyleGAN2, samples: int = STATISTICS_SAMPLES) -> tuple[Tensor, Tensor]:
    """Mean and covariance of mapped latents, summed in float64.

    Args:
        network: The generator; its mapping network is what counts.
        samples: Seeds 0 to samples - 1 are mapped.

    Returns:
        `[w_dim]` and `[w_dim, w_dim]`, float32.
    """
    codes = seeded_codes(range(samples), network.settings.z_dim)
    w = torch.cat([network.mapping(part, None) for part in codes.split(1000)]).double()
    mean = w.mean(dim=0)
    centred = w - mean
    return mean.float(), (centred.T @ centred / (samples - 1)).float()


def export(
    network: StyleGAN2,
    path: Path,
    training: Mapping[str, Any],
    regions: Mapping[str, Mapping[str, float]],
    samples: int = STATISTICS_SAMPLES,
) -> None:
    """Write a generator.

    Args:
        network: The average generator, on the CPU.
        path: A safetensors file.
        training: How it was trained, as JSON values.
        regions: Boxes by name, as fractions of the image.
        samples: Latents behind the statistics of w.
    """
    halves = {name: tensor.half() for name, tensor in network.state_dict().items()}
    rounded = StyleGAN2(network.settings)  # statistics belong to the weights as stored
    rounded.load_state_dict({name: tensor.float() for name, tensor in halves.items()})
    mean, covariance = latent_statistics(rounded, samples)
    tensors = {name: tensor.contiguous() for name, tensor in halves.items()}
    tensors |= {"mapping.w_avg": mean.half(), "w_covariance": covariance.contiguous()}
    settings = asdict(network.settings)
    settings["channels"] = {str(resolution): width for resolution, width in network.settings.channels.items()}
    metadata = {
        "latent_levers.format": FORMAT,
        "architecture": "stylegan2",
        "settings": json.dumps(settings),
        "licence": LICENCE,
        "training": json.dumps(dict(training)),
        "regions": json.dumps(dict(regions)),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_file(tensors, partial, metadata)
    partial.chmod(0o644)  # safetensors writes for the owner alone
    partial.replace(path)


def average_generator(state: Mapping[str, Any]) -> StyleGAN2:
    """The average generator of a checkpoint.

    Args:
        state: As `adversary.read_checkpoint` returns it.

    Returns:
        The network, in float32 on the CPU.
    """
    network = StyleGAN2(read_settings(state).generator_settings())
    network.load_state_dict(state["average"])
    return network.eval().requires_grad_(False)


def main(arguments: list[str] | None = None) -> None:
    """Export from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--out", type=Path, default=Path("assets/portraits.safetensors"), help="file to write")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    state = read_checkpoint(options.run / "checkpoint.pt")
    training = {"images": state["images"], "data": "portraits drawn by training/portraits.py"}
    training |= json.loads(state["notes"]) | {"settings": json.loads(state["settings"])}
    export(average_generator(state), options.out, training, measure_regions())
    print(f"{state['images']} images seen, {options.out.stat().st_size} bytes in {options.out}")


if __name__ == "__main__":
    main()
