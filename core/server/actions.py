"""What requests of pages compute: pictures of states, and cards of levers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ..base.errors import FieldError, LatentError
from ..base.execution import plain_tensors
from ..base.progress import Progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace
from ..concepts.region import Region
from ..explorer.card_ranges import CardView
from ..explorer.cards import cards_of
from ..explorer.first_levers import FIRST_COUNT, find_in_smaller, image_after
from ..explorer.levers import find_levers
from ..explorer.photo_search import class_of_codes, find_code
from ..explorer.photo_state import PhotoState
from ..explorer.photograph import in_photo, photo_code
from ..explorer.session import Holding, apply_state, render_each, truncated
from ..explorer.state import ExplorerState
from ..generators.layers.reuse import reusing
from ..generators.rendering import render
from ..jacobians.options import Derivative, JacobianOptions
from ..jacobians.plan import are_stored, stored_columns
from ..pictures.images import to_bytes, truncated_bytes
from .encoding import data_url, encoded
from .host import AbstractHost
from .jobs import Job
from .requests import LeverRequest
from .sessions import Contents

JACOBIAN = "jacobian"
"""Value of `Job.busy` while levers are searched."""

HOLD = "hold"
"""Value of `Job.busy` while a picture waits for the Jacobian that holds the rest of it."""

FILM_IMAGES = 24
"""Most images of one film."""

_FILM_HEIGHT = 96
"""Height of the images of a film in pixels."""

_LARGEST_PNG = 256
"""Largest side of pictures that are sent without loss."""


def picture(
    host: AbstractHost, contents: Contents, state: ExplorerState, job: Job
) -> tuple[str, bytes]:
    """Render the picture of a state.

    Args:
        host: The front.
        contents: Generator and codes of the session.
        state: The state.
        job: The job that this runs in.

    Returns:
        MIME type and bytes; every pixel of a PNG equals the node's output as ComfyUI saves it. Of
        a photograph: itself while no code was found for it, then what the generator shows for it,
        or the photograph with that in it, at the size for the page.
    """
    with plain_tensors():
        gan = host.generator(contents.gan, False, job)
        drawn = _drawn(host, contents, gan, state, job)
        pixels = truncated_bytes(drawn)
    return encoded(pixels, 92 if max(pixels.shape[:2]) > _LARGEST_PNG else None)


def _drawn(
    host: AbstractHost, contents: Contents, gan: Generator, state: ExplorerState, job: Job
) -> Tensor:
    """The picture of a state, `[h, w, 3]` in [0, 1]."""
    photo = contents.photo
    image = state.image if photo is None else 0
    if photo is not None and photo.found(gan, state.photo) is None:
        return photo.view.pixels[0]
    code = _code(contents, gan, image, state.photo)
    edited = apply_state(gan, code, state, holding_of(host, contents, job, image))
    with reusing(host.parts, gan.network):
        if photo is not None and state.photo.inside:
            return in_photo(gan, photo, state, edited, contents.mask, view=True)[0]
        return render_each(gan, edited)[0]


def find_photo(
    host: AbstractHost, contents: Contents, settings: PhotoState, job: Job
) -> dict[str, Any]:
    """Find the code of the photograph.

    Args:
        host: The front.
        contents: Generator and photograph of the session.
        settings: Box, space and trust.
        job: The job that this runs in; it reports the stages.

    Returns:
        Plain data for JSON: "found", as the state stores it.

    Raises:
        FieldError: No photograph is connected.
        PackError: Its crop cannot be used.
    """
    if contents.photo is None:
        raise FieldError("No photograph is connected", "one")

    def stage(name: str) -> Progress:
        job.busy = name
        return job.pulse

    with plain_tensors():
        gan = host.generator(contents.gan, True, job)
        label = class_of_codes(gan, contents.codes)
        return {"found": find_code(gan, contents.photo, settings, label, stage).entry()}


def holding_of(host: AbstractHost, contents: Contents, job: Job, first: int = 0) -> Holding:
    """What states of a session need where they hold the rest of the images.

    Args:
        host: The front.
        contents: Generator and mask of the session.
        job: The job that they are applied in; it reports a Jacobian that is computed.
        first: Number of the first code, where one of several is shown alone.

    Returns:
        The argument of `apply_state`.
    """

    def options() -> JacobianOptions:
        ready = host.generator(contents.gan, True, job)
        job.busy = HOLD
        return host.jacobian_options(ready)

    return Holding(host.holds, contents.mask, options, job.pulse, first)


def film(
    host: AbstractHost, contents: Contents, state: ExplorerState, first: int, job: Job
) -> tuple[str, bytes]:
    """Render small pictures of all images of a state; nothing of them is held.

    Args:
        host: The front.
        contents: Generator and codes of the session.
        state: The state; its image is ignored.
        first: Number of the first image, from 0.
        job: The job that this runs in.

    Returns:
        MIME type and bytes of one picture: at most `FILM_IMAGES` images side by side.
    """
    with plain_tensors():
        gan = host.generator(contents.gan, False, job)
        _code(contents, gan, first, state.photo)
        free = replace(state, hold=False)
        pictures: list[Tensor] = []
        for number in range(first, min(first + FILM_IMAGES, len(contents.codes))):
            job.pulse(number - first, FILM_IMAGES)
            code = _code(contents, gan, number, state.photo)
            pictures.append(render(gan, apply_state(gan, code, free)))
        height, width = gan.spec.img_size
        size = (_FILM_HEIGHT, max(1, round(width * _FILM_HEIGHT / height)))
        small = F.interpolate(torch.cat(pictures), size=size, mode="bicubic", antialias=True)
        strip = torch.cat(list(to_bytes(small)), dim=1)
    return encoded(strip, 90)


def levers(
    host: AbstractHost, contents: Contents, request: LeverRequest, job: Job
) -> dict[str, Any]:
    """Find levers for a region, and compute their cards.

    Args:
        host: The front.
        contents: Generator, codes and connected levers of the session.
        request: Region, image and number of levers.
        job: The job that this runs in.

    Returns:
        Plain data for JSON. "sought" is the longer side of the smaller image in which the levers
        were sought, 0 for the whole one.
    """
    region = request.region
    with plain_tensors():
        job.busy = JACOBIAN
        gan = host.generator(contents.gan, True, job)
        code = _code(contents, gan, request.image, request.photo)
        job.busy = JACOBIAN
        options = host.jacobian_options(gan)
        start = truncated(gan, code, request.psi)
        if request.warm:
            space = start.space if start.space.value == "S" else gan.spec.native_space
            columns = stored_columns(gan, start, Derivative(space), options, job.pulse)
            if columns is not None:
                columns.full_gram(job.pulse)
            return {"warm": True}
        job.pulse()
        smaller = None
        if request.beyond is not None and not _is_ready(gan, start, region, options):
            smaller = image_after(gan, start, request.beyond)
        first = smaller is not None and not request.beyond
        count = min(request.count, FIRST_COUNT) if first else request.count
        view = CardView.of(gan, start, region)
        if first:
            with reusing(host.parts, gan.network):  # most often it is the picture that is shown
                whole = render(gan, start)
            view = CardView.first(gan, start, region, whole)
        if smaller is not None and region is not None:
            found = find_in_smaller(smaller, start, region, count, first, job.pulse)
        else:
            smaller = view.rounds[-1] if first else None  # only their ranges depend on the image
            found = find_levers(gan, start, region, contents.directions, count, options, job.pulse)
        cards = cards_of(view, found, request.title, options, job.pulse)
    method = found.method if region is not None or contents.directions is None else "directions"
    return {
        "ticket": job.ticket,
        "method": method,
        "regional": region is not None,
        "status": found.details.get("status", ""),
        "sought": 0 if smaller is None else smaller.gan.spec.img_resolution,
        "levers": [
            {
                **card.entry,
                "share": card.share if card.share == card.share else None,  # JSON has no NaN
                "thumbs": data_url(card.strip),
            }
            for card in cards
        ],
    }


def _is_ready(
    gan: Generator, code: LatentCode, region: Region | None, options: JacobianOptions
) -> bool:
    """Whether levers of the whole image take no longer, since its Jacobian is stored."""
    if region is None:
        return False
    space = code.space if code.space is LatentSpace.S else gan.spec.native_space
    return are_stored(gan, code, Derivative(space), options)


def _code(contents: Contents, gan: Generator, image: int, photo: PhotoState) -> LatentCode:
    """The code of one image; of the photograph, where one was found for it."""
    found = None if contents.photo is None else contents.photo.found(gan, photo)
    if found is not None:
        return photo_code(gan, found)
    if image >= len(contents.codes):
        raise LatentError(
            f"Image {image} was requested", f"one from 0 to {len(contents.codes) - 1}"
        )
    return contents.codes[image]
