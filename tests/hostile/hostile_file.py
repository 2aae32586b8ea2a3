"""A hostile file, and the error that it must cause."""

from __future__ import annotations

from dataclasses import dataclass

MARKER = "MARKER"
"""Stands for the path of a file that appears if anything runs."""


@dataclass(frozen=True)
class Case:
    """One hostile file."""

    data: bytes
    """Its bytes, with `MARKER` for the marker's path, which has as many letters as needed."""
    words: str
    """What the error must say, as a regular expression."""
