"""What a run of an explorer draws: all images or the photograph, and frames of recorded moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ...core.concepts.generator import Generator
from ...core.concepts.latent_code import LatentCode
from ...core.explorer.driving import recorded_states
from ...core.explorer.photograph import Photograph, in_photo, photo_code
from ...core.explorer.session import Holding, apply_state, render_each
from ...core.explorer.state import ExplorerState
from .. import host
from ..host_server import running_client

_NOT_FOUND = (
    "The photograph comes out as it went in: no latent was found for it yet. Put the square over "
    "the face, and press Find the latent."
)

_OF_ANOTHER = (
    "The photograph comes out as it went in: the latent that is saved here is of another "
    "photograph or generator. Press Find the latent."
)

_FIRST = "{} photographs are connected; the first is used."


@dataclass(frozen=True)
class Explored:
    """What an explorer edits."""

    latents: LatentCode
    """The images."""
    photo: Photograph | None = None
    """The photograph, whose code takes their place once it was found."""


@dataclass(frozen=True)
class Drawn:
    """The results of a run."""

    images: Tensor
    """`[N, h, w, 3]` in [0, 1]; of a photograph `[1, H, W, 3]`, the change in it."""
    frames: Tensor
    """`[F, h, w, 3]`; one image where nothing was recorded."""
    edited: LatentCode
    """N edited codes."""
    notes: Sequence[str] = ()
    """Sentences for the user."""


def draw(gan: Generator, explored: Explored, state: ExplorerState, holding: Holding) -> Drawn:
    """Draw the images of a state.

    Args:
        gan: The generator.
        explored: Images or photograph.
        state: The state with its recording.
        holding: What a hold needs.

    Returns:
        The results.
    """
    photo, notes = explored.photo, list[str]()
    if photo is not None:
        state = replace(state, image=0)
        if len(photo.source) > 1:
            notes.append(_FIRST.format(len(photo.source)))
    found = None if photo is None else photo.found(gan, state.photo)
    if photo is not None and found is None:
        if running_client() is None:  # a page says so itself, until it is found
            notes.append(_NOT_FOUND if state.photo.found is None else _OF_ANOTHER)
        edited = apply_state(gan, explored.latents, state, holding)
        return Drawn(photo.pixels.clone(), photo.pixels.clone(), edited, notes)
    codes = explored.latents if found is None else photo_code(gan, found)
    edited = apply_state(gan, codes, state, holding)
    if photo is None:
        images = render_each(gan, edited, host.progress())
    else:
        images = in_photo(gan, photo, state, edited, holding.mask)
    return Drawn(images, _frames(gan, codes, state, holding, (images, photo)), edited, notes)


def _frames(
    gan: Generator,
    codes: LatentCode,
    state: ExplorerState,
    holding: Holding,
    drawn: tuple[Tensor, Photograph | None],
) -> Tensor:
    """The image that is shown at every frame of a recording; a photograph at the page's size."""
    images, photo = drawn
    image = min(state.image, len(codes) - 1)
    if not state.recording:
        return images[image : image + 1].clone()  # outputs of a node share no memory
    at = replace(holding, progress=None, first=image)
    states = recorded_states(state)
    report = host.progress()
    frames: list[Tensor] = []
    for number, each in enumerate(states, 1):
        edited = apply_state(gan, codes[image], each, at)
        if photo is None:
            frames.append(render_each(gan, edited))
        else:
            frames.append(in_photo(gan, photo, each, edited, holding.mask, view=True))
        report(number, len(states))
    return torch.cat(frames)
