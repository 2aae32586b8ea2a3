"""Plain values from outside, JSON above all: each field is checked where it is read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from .errors import FieldError

_SHOWN = 60
"""Characters of a wrong value that a message shows."""


def parse_json(text: str, what: str) -> Any:
    """Read JSON that may be hostile: no NaN, no infinity, no nesting without end.

    Args:
        text: The JSON.
        what: What it is, for messages, such as "The state".

    Returns:
        What it says.

    Raises:
        FieldError: It cannot be read.
    """

    def refuse(name: str) -> NoReturn:
        raise FieldError(f"{what} holds {name}", "finite numbers")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise FieldError(
            f"{what} is not valid JSON: {error.msg} in line {error.lineno}, column {error.colno}",
            'an object such as {"v": 1}',
            "Mind quotes, commas and closing brackets",
        ) from None
    except RecursionError:
        raise FieldError(f"{what} is nested too deeply", "plain JSON") from None
    except FieldError:
        raise
    except ValueError as error:  # a whole number of thousands of digits
        raise FieldError(f"{what} cannot be read: {str(error)[:_SHOWN]}", "plain JSON") from None


def shown(value: Any) -> str:
    """A value as a message shows it.

    Args:
        value: Anything.

    Returns:
        Its beginning, or its kind where it is large.
    """
    if isinstance(value, (dict, list)):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)} entries"  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, int) and abs(value) >= 10**_SHOWN:
        return "a huge number"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


@dataclass(frozen=True)
class Fields:
    """The fields of an object; those that nobody reads are ignored."""

    values: Mapping[str, Any]
    """The object."""
    what: str
    """What it is, for messages, such as "Lever 3"."""

    @classmethod
    def of(cls, value: Any, what: str) -> Fields:
        """Insist on an object.

        Args:
            value: Anything.
            what: See `what`.

        Returns:
            Its fields.

        Raises:
            FieldError: It is something else.
        """
        if not isinstance(value, dict):
            raise FieldError(f"{what} is {shown(value)}", "an object of named fields")
        return cls(value, what)

    def _value(self, key: str, default: Any) -> Any:
        """A field, or what it is where it is absent; required where the default is none."""
        value = self.values.get(key, default)
        if value is None:
            raise FieldError(f"{self.what} has no {key!r}", "that field")
        return value

    def _wrong(self, key: str, value: Any, expected: str) -> NoReturn:
        raise FieldError(f"{self.what} has {shown(value)} as {key!r}", expected)

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A finite number within bounds.

        Args:
            key: Name of the field.
            low: Smallest allowed.
            high: Largest allowed.
            default: Where it is absent; none where it must be there.

        Returns:
            The number.

        Raises:
            FieldError: It is absent, no number, or out of bounds.
        """
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._wrong(key, value, f"a number from {low:g} to {high:g}")
        if not low <= value <= high:  # NaN is in no bounds, and an int may be larger than a float
            self._wrong(key, value, f"a number from {low:g} to {high:g}")
        return float(value)

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number within bounds.

        Args:
            key: See `number`.
            low: See `number`.
            high: See `number`.
            default: See `number`.

        Returns:
            The number.

        Raises:
            FieldError: See `number`.
        """
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self._wrong(key, value, f"a whole number from {low} to {high}")
        return value

    def text(self, key: str, longest: int, default: str | None = None) -> str:
        """Some text.

        Args:
            key: See `number`.
            longest: Most characters.
            default: See `number`.

        Returns:
            The text.

        Raises:
            FieldError: It is absent, no text, or too long.
        """
        value = self._value(key, default)
        if not isinstance(value, str) or len(value) > longest:
            self._wrong(key, value, f"text of at most {longest} characters")
        return value

    def flag(self, key: str) -> bool:
        """Yes or no; absent means no.

        Args:
            key: See `number`.

        Returns:
            Which.

        Raises:
            FieldError: It is neither.
        """
        value = self._value(key, False)
        if not isinstance(value, bool):
            self._wrong(key, value, "true or false")
        return value

    def listed(self, key: str, most: int, default: Sequence[Any] | None = None) -> list[Any]:
        """A list.

        Args:
            key: See `number`.
            most: Most entries.
            default: See `number`.

        Returns:
            The entries, of any kind.

        Raises:
            FieldError: It is absent, no list, or too long.
        """
        value = self._value(key, default)
        if not isinstance(value, (list, tuple)) or len(value) > most:  # pyright: ignore[reportUnknownArgumentType]
            self._wrong(key, value, f"a list of at most {most} entries")
        return list(value)

    def optional_number(self, key: str) -> float:
        """A number, or NaN where it is absent, null or not known.

        Args:
            key: See `number`.

        Returns:
            The number; infinity where it does not fit a float.

        Raises:
            FieldError: It is something else.
        """
        value = self.values.get(key)
        if value is None:
            return math.nan
        return self.number(key, -1e300, 1e300)
