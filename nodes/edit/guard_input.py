"""The input "guard" of nodes that pull levers."""

from __future__ import annotations

from comfy_api.latest import io

from ...core.edits.guards import GUARDS


def guard_input() -> io.Combo.Input:
    """What happens to a pull that leaves what random images look like.

    Returns:
        The input "guard", last of its node.
    """
    return io.Combo.Input(
        "guard",
        options=list(GUARDS),
        default=GUARDS[0],
        optional=True,
        tooltip="What happens to a pull so far that no random image has such latents, where faces "
        "break. off: nothing. shorten: it goes only as far as random images do. refuse: the node "
        "stops and says so. Needs gan.",
    )
