"""The frames of recorded moves, as a batch of images."""

from __future__ import annotations

import torch
from torch import Tensor

from ...core.concepts.generator import Generator
from ...core.concepts.latent_code import LatentCode
from ...core.explorer.driving import recorded_states
from ...core.explorer.session import Holding, apply_state, render_each
from ...core.explorer.state import ExplorerState
from .. import host


def recorded_frames(
    gan: Generator, codes: LatentCode, state: ExplorerState, holding: Holding
) -> Tensor:
    """Render the image that is shown at every frame of a recording.

    Args:
        gan: The generator.
        codes: All images.
        state: The state with its recording.
        holding: What a hold needs.

    Returns:
        `[F, h, w, 3]` in [0, 1]; one image where nothing was recorded.
    """
    image = min(state.image, len(codes) - 1)
    at = Holding(holding.holds, holding.mask, holding.options, holding.progress, image)
    states = recorded_states(state)
    report = host.progress()
    frames: list[Tensor] = []
    for number, each in enumerate(states, 1):
        frames.append(render_each(gan, apply_state(gan, codes[image], each, at)))
        report(number, len(states))
    return torch.cat(frames)
