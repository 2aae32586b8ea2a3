"""Whether a whole picture is the one that its line and its row ask for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

COMPARED = ("row", "seed", "direction", "strength", "caption", "plan")
"""Facts that a picture and its line both state."""

_DIGEST = re.compile(r"[0-9a-f]{64}")

_PNG = b"\x89PNG\r\n\x1a\n"


def contradiction(texts: Mapping[str, str], stated: Mapping[str, Any]) -> str:
    """Compare what a picture says of itself with what is said of it.

    Args:
        texts: Facts in the picture, by keyword.
        stated: Facts of its line, its row and its plan; what is absent contradicts nothing.

    Returns:
        What differs, as the end of a sentence that begins with the file; empty where nothing does.
    """
    for fact in COMPARED:
        own, listed = texts.get(fact), stated.get(fact)
        if own is None or listed is None or listed == "":
            continue
        if own != str(listed):
            return f"has {fact} {own[:80]!r}, and should have {str(listed)[:80]!r}"
    return ""


def is_named(texts: Mapping[str, str], stated: Mapping[str, Any]) -> bool:
    """Whether a picture and its line state any fact alike.

    Args:
        texts: Facts in the picture, by keyword.
        stated: Facts of its line.

    Returns:
        False where the picture says nothing that could be compared.
    """
    return any(texts.get(fact) and stated.get(fact) not in (None, "") for fact in COMPARED)


def stated_digest(facts: Mapping[str, Any]) -> str:
    """The digest of a picture's bytes in its line.

    Args:
        facts: Of the line.

    Returns:
        64 hex digits of SHA-256; empty in lines of versions that wrote none.
    """
    digest = facts.get("sha256")
    return digest if isinstance(digest, str) and _DIGEST.fullmatch(digest) else ""


def digest_of(data: bytes) -> str:
    """SHA-256 of the bytes of a picture.

    Args:
        data: The file.

    Returns:
        64 hex digits.
    """
    return hashlib.sha256(data).hexdigest()


def is_checked(data: bytes, facts: Mapping[str, Any]) -> bool:
    """Whether every bit of a picture is known to be as it was written, once nothing was found.

    Args:
        data: The file.
        facts: Of its line.

    Returns:
        True for PNGs, which hold checksums, and for files whose line holds their digest.
    """
    return data.startswith(_PNG) or bool(stated_digest(facts))


OTHER_BYTES = "has other bytes than were written"
"""What is wrong with a picture that decodes, and whose digest differs."""
