"""The frames of recorded moves, as a batch of images."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ...core.concepts.generator import Generator
from ...core.concepts.latent_code import LatentCode
from ...core.explorer.driving import recorded_states
from ...core.explorer.session import Holding, apply_state, render_each
from ...core.explorer.state import ExplorerState
from .. import host


def recorded_frames(
    gan: Generator, codes: LatentCode, state: ExplorerState, holding: Holding, images: Tensor
) -> Tensor:
    """Render the image that is shown at every frame of a recording.

    Args:
        gan: The generator.
        codes: All images.
        state: The state with its recording.
        holding: What a hold needs.
        images: `[N, h, w, 3]`, all images of the state.

    Returns:
        `[F, h, w, 3]` in [0, 1]; one image where nothing was recorded.
    """
    image = min(state.image, len(codes) - 1)
    if not state.recording:
        return images[image : image + 1].clone()  # outputs of a node share no memory
    at = replace(holding, progress=None, first=image)
    states = recorded_states(state)
    report = host.progress()
    frames: list[Tensor] = []
    for number, each in enumerate(states, 1):
        frames.append(render_each(gan, apply_state(gan, codes[image], each, at)))
        report(number, len(states))
    return torch.cat(frames)
