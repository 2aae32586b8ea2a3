"""What pages may ask for, read from the bodies of their requests with every field checked."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.base.errors import FieldError
from ...core.base.json_fields import Fields, parse_json
from ...core.explorer.state import PSI_BOUNDS, ExplorerState, read_shape_list, read_state

MOST_LEVERS = 16
"""Levers that are looked for at once."""

_LONGEST_TOKEN, _LONGEST_CLIENT, _LONGEST_NODE = 64, 128, 200
_LARGEST_TICKET = 2**53


@dataclass(frozen=True)
class Asker:
    """Who asks."""

    session: str
    """Token of the session; empty where a page looks for one."""
    client: str
    """Id of the page."""
    ticket: int
    """Rises with every request of a page."""


@dataclass(frozen=True)
class LeverWish:
    """Levers that are wanted."""

    shapes: str
    """The region as JSON; see `core.region_shapes`."""
    image: int
    """Which code."""
    count: int
    """How many, 1 to `MOST_LEVERS`."""
    psi: float
    """Truncation on top of the code's own."""
    warm: bool
    """Whether only the Jacobian is to be there."""


def read_body(data: bytes) -> Fields:
    """The fields of a request.

    Args:
        data: Its body.

    Returns:
        The fields.

    Raises:
        FieldError: It is no JSON object in UTF-8.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise FieldError("The request is not text in UTF-8", "JSON") from None
    return Fields.of(parse_json(text, "The request"), "The request")


def asker(fields: Fields, with_session: bool = True) -> Asker:
    """Who asks.

    Args:
        fields: Of the request.
        with_session: Whether a session must be named.

    Returns:
        Session, page and ticket.

    Raises:
        FieldError: One is missing or wrong.
    """
    return Asker(
        fields.text("session", _LONGEST_TOKEN) if with_session else "",
        fields.text("client", _LONGEST_CLIENT),
        fields.integer("ticket", 0, _LARGEST_TICKET, 0),
    )


def picture_wish(fields: Fields) -> ExplorerState:
    """The state whose picture is wanted.

    Args:
        fields: Of the request.

    Returns:
        The state.

    Raises:
        FieldError: It is missing or wrong.
    """
    state = fields.values.get("state")
    if not isinstance(state, dict):
        raise FieldError("The request has no 'state'", "an object")
    return read_state(state)


def lever_wish(fields: Fields) -> LeverWish:
    """The levers that are wanted.

    Args:
        fields: Of the request.

    Returns:
        The wish.

    Raises:
        FieldError: A field is wrong.
    """
    return LeverWish(
        read_shape_list(fields),
        fields.integer("image", 0, 1_000_000, 0),
        fields.integer("count", 1, MOST_LEVERS, 8),
        fields.number("psi", *PSI_BOUNDS, 1.0),
        fields.flag("warm"),
    )


def node_wish(fields: Fields) -> str:
    """The node whose session is looked for.

    Args:
        fields: Of the request.

    Returns:
        Its id in the graph; pages may know it as a number.

    Raises:
        FieldError: It is missing or wrong.
    """
    node = fields.values.get("node")
    if isinstance(node, int) and not isinstance(node, bool) and abs(node) < 2**53:
        return str(node)
    return fields.text("node", _LONGEST_NODE)
