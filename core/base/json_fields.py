"""Untrusted plain values, such as JSON: each field is checked where it is read."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from .errors import FieldError

_SHOWN = 60
"""Longest value shown in a message, in characters."""


def parse_json(text: str, what: str) -> Any:
    """Parse untrusted JSON; NaN, infinity, unbounded nesting and repeated names are errors.

    Args:
        text: The JSON.
        what: Name of the JSON, for messages, such as "The state".

    Returns:
        The value.

    Raises:
        FieldError: The text is not such JSON.
    """

    def refuse(name: str) -> NoReturn:
        raise FieldError(f"{what} holds {name}", "finite numbers")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, value in pairs:
            if name in fields:
                raise FieldError(f"{what} has {shown(name)} twice in one object", "each name once")
            fields[name] = value
        return fields

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise FieldError(
            f"{what} is not valid JSON: {error.msg} in line {error.lineno}, column {error.colno}",
            "valid JSON",
            "Check quotes, commas and closing brackets",
        ) from None
    except RecursionError:
        raise FieldError(f"{what} is nested too deeply", "plain JSON") from None
    except FieldError:
        raise
    except ValueError as error:  # an integer of thousands of digits
        reason = textwrap.shorten(str(error).partition(";")[0], 2 * _SHOWN, placeholder=" ...")
        raise FieldError(f"{what} cannot be read: {reason}", "plain JSON") from None


def shown(value: Any) -> str:
    """A value, shortened for a message.

    Args:
        value: Anything.

    Returns:
        Its beginning; for objects, lists and huge numbers, a description.
    """
    if isinstance(value, (dict, list)):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)} entries"  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, int) and abs(value) >= 10**_SHOWN:
        return "a huge number"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


@dataclass(frozen=True)
class Fields:
    """The fields of an object, checked by type on access; unknown fields are ignored."""

    values: Mapping[str, Any]
    """The object."""
    what: str
    """Name of the object, for messages, such as "Lever 3"."""

    @classmethod
    def of(cls, value: Any, what: str) -> Fields:
        """The fields of a value, which must be an object.

        Args:
            value: Anything.
            what: Name of the object, for messages, such as "Lever 3".

        Returns:
            Its fields.

        Raises:
            FieldError: The value is not an object.
        """
        if not isinstance(value, dict):
            raise FieldError(f"{what} is {shown(value)}", "an object of named fields")
        return cls(value, what)

    def _value(self, key: str, default: Any) -> Any:
        """A field, or the default where it is absent; an error where that is none, too."""
        value = self.values.get(key, default)
        if value is None:
            raise FieldError(f"{self.what} has no {key!r}", "that field")
        return value

    def _wrong(self, key: str, value: Any, expected: str) -> NoReturn:
        raise FieldError(f"{self.what} has {shown(value)} as {key!r}", expected)

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A finite number in a range.

        Args:
            key: Name of the field.
            low: Smallest value.
            high: Largest value.
            default: Value of an absent field; none makes the field required.

        Returns:
            The number.

        Raises:
            FieldError: The field is absent, not a number, or out of range.
        """
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._wrong(key, value, f"a number from {low:g} to {high:g}")
        if not low <= value <= high:  # also false for NaN; an int may exceed any float
            self._wrong(key, value, f"a number from {low:g} to {high:g}")
        return float(value)

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """An integer in a range.

        Args:
            key: Name of the field.
            low: Smallest value.
            high: Largest value.
            default: Value of an absent field; none makes the field required.

        Returns:
            The integer.

        Raises:
            FieldError: The field is absent, not an integer, or out of range.
        """
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self._wrong(key, value, f"a whole number from {low} to {high}")
        return value

    def text(self, key: str, longest: int, default: str | None = None) -> str:
        """A string.

        Args:
            key: Name of the field.
            longest: Largest number of characters.
            default: Value of an absent field; none makes the field required.

        Returns:
            The string.

        Raises:
            FieldError: The field is absent, not a string, or too long.
        """
        value = self._value(key, default)
        if not isinstance(value, str) or len(value) > longest:
            self._wrong(key, value, f"text of at most {longest} characters")
        return value

    def flag(self, key: str) -> bool:
        """A boolean; False where the field is absent.

        Args:
            key: Name of the field.

        Returns:
            The boolean.

        Raises:
            FieldError: The field is not a boolean.
        """
        value = self._value(key, False)
        if not isinstance(value, bool):
            self._wrong(key, value, "true or false")
        return value

    def array(self, key: str, longest: int, default: Sequence[Any] | None = None) -> list[Any]:
        """A list.

        Args:
            key: Name of the field.
            longest: Largest number of entries.
            default: Value of an absent field; none makes the field required.

        Returns:
            The entries, of any type.

        Raises:
            FieldError: The field is absent, not a list, or too long.
        """
        value = self._value(key, default)
        if not isinstance(value, (list, tuple)) or len(value) > longest:  # pyright: ignore[reportUnknownArgumentType]
            self._wrong(key, value, f"a list of at most {longest} entries")
        return list(value)

    def optional_number(self, key: str) -> float:
        """A number between -1e300 and 1e300; NaN where the field is absent or null.

        Args:
            key: Name of the field.

        Returns:
            The number, or NaN.

        Raises:
            FieldError: The field is neither such a number nor null.
        """
        value = self.values.get(key)
        if value is None:
            return math.nan
        return self.number(key, -1e300, 1e300)

    def optional_text(self, key: str, longest: int) -> str | None:
        """A string, or none where the field is absent or null.

        Args:
            key: Name of the field.
            longest: Largest number of characters.

        Returns:
            The string, if there is one.

        Raises:
            FieldError: The field is something else, or too long.
        """
        return None if self.values.get(key) is None else self.text(key, longest)

    def optional_integer(self, key: str, low: int, high: int) -> int | None:
        """An integer in a range, or none where the field is absent or null.

        Args:
            key: Name of the field.
            low: Smallest value.
            high: Largest value.

        Returns:
            The integer, if there is one.

        Raises:
            FieldError: The field is something else, or out of range.
        """
        return None if self.values.get(key) is None else self.integer(key, low, high)

    def choice(self, key: str, words: Iterable[str], default: str | None = None) -> str:
        """One of several words.

        Args:
            key: Name of the field.
            words: The words.
            default: Value of an absent field; none makes the field required.

        Returns:
            The word.

        Raises:
            FieldError: It is none of them.
        """
        known = list(words)
        value = self.text(key, 1000, default)
        if value not in known:
            self._wrong(key, value, f"one of {', '.join(known)}")
        return value

    def texts(self, key: str, most: int, longest: int) -> tuple[str, ...]:
        """Strings; none where the field is absent.

        Args:
            key: Name of the field.
            most: Largest number of strings.
            longest: Largest number of characters of each.

        Returns:
            The strings.

        Raises:
            FieldError: The field is something else, or too long.
        """
        entries = self.array(key, most, ())
        return tuple(Fields({key: entry}, self.what).text(key, longest) for entry in entries)
