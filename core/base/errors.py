"""Errors of the pack: each states what was found, what was expected, and what to do."""

from __future__ import annotations

from .wording import LIBRARY, Front


class PackError(ValueError):
    """Base class of all errors that the pack raises.

    The message has at most three sentences: what was found, what was expected, what to do. Marks
    in them (see `wording`) are in the words of the library, or in those of another front by
    `worded`.
    """

    def __init__(self, found: str, expected: str = "", remedy: str = "") -> None:
        """Join the three parts into one message.

        Args:
            found: What is wrong, with the offending value; a sentence without a full stop.
            expected: What is valid, to follow "Expected"; empty to omit the sentence.
            remedy: What to do; a sentence without a full stop, or empty.
        """
        self.found, self.expected, self.remedy = found, expected, remedy
        super().__init__(self.worded(LIBRARY))

    def worded(self, front: Front) -> str:
        """The message in the words of a front.

        Args:
            front: Where the user stands.

        Returns:
            The sentences.
        """
        expected = f"Expected {self.expected}" if self.expected else ""
        parts = [front.word(part) for part in (self.found, expected, self.remedy)]
        return " ".join(f"{part.rstrip('.')}." for part in parts if part)

    def advised(self, more: str) -> PackError:
        """The same error with more to do.

        Args:
            more: A sentence without a full stop, to follow the remedy.

        Returns:
            A new error.
        """
        remedy = f"{self.remedy}. {more}" if self.remedy else more
        return type(self)(self.found, self.expected, remedy)


class CheckpointError(PackError):
    """A file cannot be read, or contains no generator that the pack supports."""


class LatentError(PackError):
    """Latent codes, labels, seeds or layers do not fit the generator."""


class RegionError(PackError):
    """A region is empty, complete, not finite, or of the wrong size."""


class DirectionsError(PackError):
    """Directions do not fit the generator, the codes, or the request."""


class SolveError(PackError):
    """An eigenproblem has no usable solution."""


class NotFiniteError(SolveError):
    """Numbers are NaN or infinite: weights or codes are damaged, or a type's range was left."""


class FieldError(PackError):
    """A field of untrusted input, such as JSON, is missing, of the wrong type, or too large."""


class UnknownNameError(PackError):
    """A registry has no entry of that name."""
