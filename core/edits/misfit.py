"""What to say of levers that belong to another generator than the codes: names first."""

from __future__ import annotations

from pathlib import Path

from ..base.generator_names import name_of
from ..concepts.directions import Directions
from ..concepts.latent_code import LatentCode


def whose(codes: LatentCode, levers: Directions) -> str:
    """Say which generators levers and codes are of, as far as that is known.

    Args:
        codes: The codes.
        levers: The directions.

    Returns:
        Such as "The levers are made for portraits; this is celeba32-dcgan".
    """
    if levers.origin == codes.origin or not (levers.origin and codes.origin):
        return "These levers do not fit these codes"
    known = levers.details.get("generator")
    file = str(known.get("file") or "") if isinstance(known, dict) else ""
    made, here = name_of(levers.origin) or Path(file).stem, name_of(codes.origin)
    if made and here and made != here:
        return f"The levers are made for {made}; this is {here}"
    return f"The levers are made for {made or 'another generator'}, not for this one"


def misfit(codes: LatentCode, levers: Directions, sizes: str = "") -> str:
    """Say so, and what does not fit.

    Args:
        codes: The codes.
        levers: The directions.
        sizes: The sizes that do not fit; empty where the spaces do not.

    Returns:
        The sentence of `whose`, with spaces or sizes.
    """
    spaces = f"a lever in {levers.space.value}, codes in {codes.space.value}"
    return f"{whose(codes, levers)} ({sizes or spaces})"
