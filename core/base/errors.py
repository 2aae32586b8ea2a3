"""Errors of the pack: each says what was found, what was expected, and what to do."""

from __future__ import annotations


class PackError(ValueError):
    """Base of every error that the pack raises on purpose.

    The message has three sentences at most, in this order: what was found, what was expected,
    and what the reader can do about it.
    """

    def __init__(self, found: str, expected: str = "", remedy: str = "") -> None:
        """Join the three parts to one message.

        Args:
            found: What is wrong, with the offending value, as a sentence without a full stop.
            expected: What would have been right, completing "Expected ...".
            remedy: What to do now, as a sentence without a full stop.
        """
        parts = [found, f"Expected {expected}" if expected else "", remedy]
        super().__init__(" ".join(f"{part.rstrip('.')}." for part in parts if part))
        self.found, self.expected, self.remedy = found, expected, remedy


class CheckpointError(PackError):
    """A file could not be read, or holds no generator that the pack knows."""


class LatentError(PackError):
    """Latent codes, labels, seeds or layers do not fit the generator."""


class RegionError(PackError):
    """A region is empty, complete, not finite, or of the wrong size."""


class DirectionsError(PackError):
    """Directions do not fit the generator, the codes, or the question asked of them."""


class SolveError(PackError):
    """An eigenproblem has no usable answer."""


class FieldError(PackError):
    """A value from outside, such as a page, is missing, of another kind, or too large."""


class UnknownNameError(PackError):
    """A name is not among those that a registry knows."""
