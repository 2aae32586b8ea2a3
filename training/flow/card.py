"""The model card of the flow model: what it is, how it was made, and how good it is."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from core.diffusion.flow_model import FlowModel
from core.measures.attribute_network import DEFAULT_FILE

from ..card import GRID_COLUMNS, spread_section, verdict, write_figures
from ..dataset import to_bytes
from ..evaluation import RENDERS, SAMPLES, Evaluation
from ..portraits import contact_sheet

STEPS = 25
"""Of Euler's method, for the figures and the samples."""

TEXT = """# Portraits by flow

A flow-matching model of {side} x {side} pixels with {parameters:.2f} million weights, trained by this project from
nothing but drawings that `training/portraits.py` makes, the same that the bundled generators learned from. No
photograph, no other dataset and no other network had a part in it. It is here as a diffusion model that needs no
download, and whose levers can be checked against what was drawn.

- File: `{file}`, {megabytes:.2f} MB, bfloat16. Licence: Apache-2.0, weights and pictures alike.
- Network: `core/diffusion/unet.py`, widths {widths} at {sides} pixels, self-attention at the
  smallest. Its tensors have the names of ComfyUI's `UNetModel`, which loads them and computes the same.
- Latent: the picture itself, each square of 2 x 2 pixels as channels: {shape}. There is no autoencoder.
- Rectified flow: at time t the picture is `(1 - t) picture + t noise`, the network predicts `noise - picture`, and is
  told 1000 t. It knows no text and no classes.
- Training: {images:,} images seen, of {renders:,} renders (renderer {renderer}), in {hours:.1f} hours of processor time
  on two shared CPU cores; batch {batch}, AdamW. `training/README.md` has the commands. The header has the settings and
  named regions ({regions}).

## Samples

Seeds 0 to {last}, {steps} steps of Euler's method:

![Samples of the model]({samples_file})

## Figures

Read by `{reader_file}`, a small network trained on renders to name their attributes (`training/attribute_net.py`).
{samples} samples of {steps} steps are compared with {compared} held-out renders; `portraits.md` has the
same figures of the generator of this size.

| Frechet distance in its features to held-out renders | |
| --- | --- |
| this model | {frechet:.2f} |
| the same network untrained (noise) | {frechet_untrained:.2f} |
| other renders | {frechet_renders:.2f} |
| this model / untrained | {ratio:.4f} |

{verdict}

Sharpness: the energy of the Laplacian of its pictures is {sharpness:.2f} of the renders'.

{spread}

## Limits

The faces are cartoons, and vary as `training/drawing/attributes.py` says and no further; they tell nothing about how
people look. It draws 64 x 64 pixels; at other sizes it draws something else.
"""


def write_card(path: Path, model: FlowModel, evaluation: Evaluation, images: Tensor) -> None:
    """Write the card, its samples and its figures beside it.

    Args:
        path: The Markdown file; the weights lie beside it under the same stem.
        model: As stored.
        evaluation: Its figures.
        images: `[N, 3, H, W]`, its samples of seeds 0 to N - 1.
    """
    samples_path = path.with_name(f"{path.stem}_samples.png")
    contact_sheet(to_bytes(images), GRID_COLUMNS).save(samples_path, optimize=True)
    weights, settings = path.with_suffix(".safetensors"), model.network.settings
    training = model.training
    channels, height, width = model.latent_shape
    text = TEXT.format(
        side=images.shape[2],
        parameters=sum(parameter.numel() for parameter in model.network.parameters()) / 1e6,
        file=weights.name,
        megabytes=weights.stat().st_size / 1e6,
        widths=", ".join(str(factor * settings.model_channels) for factor in settings.channel_mult),
        sides=", ".join(str(height >> level) for level in range(len(settings.channel_mult))),
        shape=f"{channels} x {height} x {width}",
        images=training["images"],
        renders=training["renders"],
        renderer=training["renderer"],
        hours=training["processor_seconds"] / 3600,
        batch=training["settings"]["batch"],
        regions=", ".join(model.regions),
        last=len(images) - 1,
        steps=STEPS,
        samples_file=samples_path.name,
        reader_file=DEFAULT_FILE.name,
        samples=SAMPLES,
        compared=RENDERS,
        frechet=evaluation.frechet,
        frechet_untrained=evaluation.frechet_untrained,
        frechet_renders=evaluation.frechet_renders,
        ratio=evaluation.ratio,
        verdict=verdict(evaluation),
        sharpness=evaluation.sharpness,
        spread=spread_section(evaluation),
    )
    path.write_text(text)
    write_figures(path, evaluation)
