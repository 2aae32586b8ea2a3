"""Requests of pages: their bodies, parsed once and with every field checked."""

from __future__ import annotations

from dataclasses import dataclass

from ..base.errors import FieldError
from ..base.execution import plain_tensors
from ..base.json_fields import Fields, parse_json
from ..concepts.region import Region
from ..explorer.levers import explored_region, region_of_image, region_title
from ..explorer.photo_state import PhotoState, read_photo
from ..explorer.state import PSI_BOUNDS, ExplorerState, read_state, shape_entries
from ..regions.presets import presets_for
from .sessions import Contents

MOST_LEVERS = 16
"""Most levers that one request may ask for."""

_LONGEST_TOKEN, _LONGEST_CLIENT, _LONGEST_NODE = 64, 128, 200
_LARGEST_TICKET, _LARGEST_SIDE = 2**53, 1 << 16


@dataclass(frozen=True)
class Sender:
    """The page that sent a request."""

    session: str
    """Token of the session; empty where the page asks for one."""
    client: str
    """Id of the page."""
    ticket: int
    """Number that rises with every request of the page."""


@dataclass(frozen=True)
class LeverRequest:
    """A request for the levers of a region at one image."""

    region: Region | None
    """The region of the image; none for the whole image, and where `warm` is set."""
    title: str
    """Name of the levers, before a number."""
    image: int
    """Number of the code, from 0."""
    count: int
    """Number of levers, 1 to `MOST_LEVERS`."""
    psi: float
    """Truncation on top of the code's own."""
    warm: bool
    """Whether to compute only the Jacobian, so that the next request is quick."""
    photo: PhotoState
    """Has the code of the photograph, where one is connected."""
    beyond: int | None = None
    """Longer side of the smaller image in which levers were sought before, 0 for none: the next
    larger one will do. None asks for levers of the whole image."""


def read_body(data: bytes) -> Fields:
    """Parse the body of a request.

    Args:
        data: The body.

    Returns:
        Its fields.

    Raises:
        FieldError: It is not a JSON object in UTF-8.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise FieldError("The request is not text in UTF-8", "JSON") from None
    return Fields.of(parse_json(text, "The request"), "The request")


def read_sender(fields: Fields, with_session: bool = True) -> Sender:
    """Read which page sent a request.

    Args:
        fields: The fields of the request.
        with_session: Whether the request must name a session; else it may.

    Returns:
        Session, page and ticket.

    Raises:
        FieldError: One is missing or wrong.
    """
    return Sender(
        fields.text("session", _LONGEST_TOKEN, None if with_session else ""),
        fields.text("client", _LONGEST_CLIENT),
        fields.integer("ticket", 0, _LARGEST_TICKET, 0),
    )


def read_picture_request(fields: Fields) -> ExplorerState:
    """Read the state whose picture is requested; its shapes are not interpreted.

    Args:
        fields: The fields of the request.

    Returns:
        The state.

    Raises:
        FieldError: It is missing or wrong.
    """
    state = fields.values.get("state")
    if not isinstance(state, dict):
        raise FieldError("The request has no 'state'", "an object")
    return read_state(state)


def read_film_request(fields: Fields) -> tuple[ExplorerState, int]:
    """Read the state whose images are requested as a film, and the number of the first of them.

    Args:
        fields: The fields of the request.

    Returns:
        The state, and a number from 0.

    Raises:
        FieldError: One is missing or wrong.
    """
    return read_picture_request(fields), fields.integer("first", 0, 1_000_000, 0)


def read_lever_request(fields: Fields, contents: Contents) -> LeverRequest:
    """Read a request for levers, and draw its region.

    Args:
        fields: The fields of the request.
        contents: Generator and mask of the session.

    Returns:
        The request.

    Raises:
        FieldError: A field is wrong.
        RegionError: The shapes cannot be read, cover no pixel, or the mask does not fit.
    """
    shapes = shape_entries(fields)
    image = 0 if contents.photo is not None else fields.integer("image", 0, 1_000_000, 0)
    count = fields.integer("count", 1, MOST_LEVERS, 8)
    psi = fields.number("psi", *PSI_BOUNDS, 1.0)
    photo = read_photo(fields)
    if fields.flag("warm"):
        return LeverRequest(None, "", image, count, psi, True, photo)
    gan = contents.gan.generator
    with plain_tensors():
        drawn = explored_region(shapes, gan.spec.img_size, presets_for(gan.details), contents.mask)
    title = "global" if drawn is None else region_title(shapes)
    region = region_of_image(drawn, image)
    beyond = None
    if fields.values.get("beyond") is not None:
        beyond = fields.integer("beyond", 0, _LARGEST_SIDE, 0)
    return LeverRequest(region, title, image, count, psi, False, photo, beyond)


def read_node(fields: Fields) -> str:
    """Read the node whose session is requested.

    Args:
        fields: The fields of the request.

    Returns:
        Its id in the graph; pages may send it as a number.

    Raises:
        FieldError: It is missing or wrong.
    """
    node = fields.values.get("node")
    if isinstance(node, int) and not isinstance(node, bool) and abs(node) < 2**53:
        return str(node)
    return fields.text("node", _LONGEST_NODE)
