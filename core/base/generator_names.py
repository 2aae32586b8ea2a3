"""Names of the generators that were loaded, for messages: nobody knows one by its fingerprint."""

from __future__ import annotations

_NAMES: dict[str, str] = {}
"""By fingerprint."""


def remember_name(fingerprint: str, name: str) -> None:
    """Remember what a generator is called.

    Args:
        fingerprint: Of its weights; nothing is remembered for an empty one.
        name: Such as "portraits"; nothing is remembered for an empty one.
    """
    if fingerprint and name:
        _NAMES[fingerprint] = name


def name_of(fingerprint: str) -> str:
    """What a generator is called.

    Args:
        fingerprint: Of its weights.

    Returns:
        The name under which it was loaded last, in this process; empty where it was not.
    """
    return _NAMES.get(fingerprint, "")
