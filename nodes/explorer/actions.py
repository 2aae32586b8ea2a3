"""What pages get: pictures of states, and cards of levers."""

from __future__ import annotations

import base64
import io
import json
import re
from typing import Any

from PIL import Image
from torch import Tensor

from ...core.base.errors import LatentError
from ...core.base.execution import plain_tensors
from ...core.concepts.latent_code import LatentCode
from ...core.explorer.cards import show_levers
from ...core.explorer.levers import explored_region, find_levers, region_of_image
from ...core.explorer.session import apply_state, draw_alone, truncated
from ...core.explorer.state import ExplorerState
from ...core.jacobians.options import Derivative
from ...core.jacobians.plan import stored_columns
from ...core.regions.presets import presets_for
from .. import host
from .borrowing import borrow
from .requests import LeverWish
from .sessions import Contents, LiveSession
from .worker import Job

JACOBIAN = "jacobian"
"""What a job is busy with while it looks for levers."""

_LARGEST_PNG = 256
"""Side up to which a picture is sent to the very pixel."""


def picture(session: LiveSession, state: ExplorerState, job: Job) -> tuple[str, bytes]:
    """The picture of a state.

    Args:
        session: The session.
        state: The state.
        job: Whose wish it is.

    Returns:
        Its MIME type and its bytes; of a PNG every pixel is the one that the node gives out and
        ComfyUI saves.
    """
    with plain_tensors():
        gan = borrow(session.contents.gan, False, job)
        code = _code(session.contents, state.image)
        drawn = draw_alone(gan, apply_state(gan, code, state))[0]
        pixels = (drawn * 255.0).clamp(0, 255).byte()  # cut off, as ComfyUI's own nodes save
    return _encoded(pixels, 92 if max(pixels.shape[:2]) > _LARGEST_PNG else None)


def levers(session: LiveSession, wish: LeverWish, job: Job) -> dict[str, Any]:
    """Levers for a region, with thumbnails.

    Args:
        session: The session.
        wish: Which.
        job: Whose wish it is.

    Returns:
        Plain data for JSON.
    """
    contents = session.contents
    with plain_tensors():
        job.busy = JACOBIAN
        code = _code(contents, wish.image)
        gan = borrow(contents.gan, True, job)
        job.busy = JACOBIAN
        effort = host.Session(gan).effort("exact", beside=True)
        start = truncated(gan, code, wish.psi)
        if wish.warm:
            space = start.space if start.space.value == "S" else gan.spec.native_space
            held = stored_columns(gan, start, Derivative(space), effort, job.pulse)
            if held is not None:
                held.whole(job.pulse)
            return {"warm": True}
        presets = presets_for(gan.details)
        region = region_of_image(
            explored_region(wish.shapes, gan.spec.img_size, presets, contents.mask), wish.image
        )
        job.pulse()
        found = find_levers(gan, start, region, contents.directions, wish.count, effort, job.pulse)
        title = "global" if region is None else _region_title(wish.shapes)
        cards = show_levers(gan, start, found, region, title, effort, job.pulse)
    method = found.method if region is not None or contents.directions is None else "directions"
    return {
        "ticket": job.ticket,
        "method": method,
        "status": found.details.get("status", ""),
        "levers": [
            {
                **card.entry,
                "share": card.share if card.share == card.share else None,  # NaN is no JSON
                "thumbs": _data_url(card.strip),
            }
            for card in cards
        ],
    }


def _code(contents: Contents, image: int) -> LatentCode:
    """One of the images."""
    if image >= len(contents.codes):
        raise LatentError(
            f"Image {image} was asked for", f"one from 0 to {len(contents.codes) - 1}"
        )
    return contents.codes[image]


def _region_title(shapes: str) -> str:
    """What levers of a region are called: after the parts of the face that were chosen."""
    listed = json.loads(shapes)
    names = [shape.get("preset") for shape in listed if isinstance(shape, dict)]
    if names and len(names) == len(listed) and all(isinstance(name, str) for name in names):
        return re.sub(r"_", " ", ", ".join(dict.fromkeys(names)))[:100]
    return "region"


def _encoded(pixels: Tensor, quality: int | None) -> tuple[str, bytes]:
    """A picture `[h, w, 3]` uint8 as PNG, or as JPEG of a quality."""
    image = Image.fromarray(pixels.contiguous().numpy())
    out = io.BytesIO()
    if quality is None:
        image.save(out, "PNG", compress_level=1)
        return "image/png", out.getvalue()
    image.save(out, "JPEG", quality=quality)
    return "image/jpeg", out.getvalue()


def _data_url(strip: Tensor) -> str:
    """A thumbnail as text."""
    kind, data = _encoded(strip, 88)
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
