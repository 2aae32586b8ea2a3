"""A photograph whose face the bundled generator can draw, and the workflow that explores it."""

from __future__ import annotations

import json
from pathlib import Path

import latent_levers as ll
import numpy as np
import torch
from latent_levers.core.cli.standalone.workflow import Origin, explorer_workflow
from PIL import Image
from torch.nn import functional as F

NAME = "photograph.png"
"""Its file."""

SIZE = (700, 900)
"""Height and width."""

FACE = (150, 100, 360)
"""Top, left and side of the face."""

SIDE = 128
"""Side of the generator's picture."""

MOUTH = [{"preset": "mouth"}]

_SEED = 4242


def photograph() -> np.ndarray:
    """A face with grain on a background that no generator draws.

    Returns:
        `[H, W, 3]` uint8.
    """
    gan = ll.load_generator("portraits-128")
    face = ll.render(gan, ll.sample_latents(gan, 1, _SEED, 0.8))
    top, left, side = FACE
    large = F.interpolate(face, size=(side, side), mode="bicubic").clamp(-1, 1)
    rows, columns = (torch.linspace(-1, 1, count) for count in SIZE)
    canvas = torch.stack([rows[:, None] * 0.5 + 0 * columns, 0 * rows[:, None] + columns * 0.4,
                          torch.sin(20 * columns) * rows[:, None] * 0.5])[None]  # fmt: skip
    canvas[:, :, top : top + side, left : left + side] = large
    grain = torch.randn(canvas.shape, generator=torch.Generator().manual_seed(1)) * 0.04
    pixels = ((canvas + grain).clamp(-1, 1) + 1) * 127.5
    return pixels[0].permute(1, 2, 0).round().byte().numpy()


def write_photograph(folder: Path) -> Path:
    """Write the photograph.

    Args:
        folder: Such as ComfyUI's folder of inputs.

    Returns:
        Its file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(photograph()).save(folder / NAME)
    return folder / NAME


def write_workflow(path: Path) -> Path:
    """Write a workflow that loads the photograph, explores it and saves it.

    Args:
        path: The file.

    Returns:
        The file.
    """
    origin = Origin("portraits-128", True, "", 0, 4, 0.7, None, NAME)
    path.write_text(json.dumps(explorer_workflow(origin, "{}", "photographed")), encoding="utf-8")
    return path
