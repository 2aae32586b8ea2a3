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


_BASES: dict[str, str] = {}
"""Of tuned generators by fingerprint: that of the generator that they were tuned from."""


def remember_base(fingerprint: str, base: str) -> None:
    """Remember what a generator was tuned from.

    Args:
        fingerprint: Of its weights.
        base: Fingerprint of the generator that it was tuned from.
    """
    if fingerprint and base:
        _BASES[fingerprint] = base


def tuned_from(fingerprint: str, base: str) -> bool:
    """Whether one generator was tuned from another, as far as this process has seen.

    Args:
        fingerprint: Of the weights of the one.
        base: Of the other.

    Returns:
        True where it was loaded or tuned in this process.
    """
    return bool(base) and _BASES.get(fingerprint) == base


def name_of(fingerprint: str) -> str:
    """What a generator is called.

    Args:
        fingerprint: Of its weights.

    Returns:
        The name under which it was loaded last, in this process; empty where it was not.
    """
    return _NAMES.get(fingerprint, "")
