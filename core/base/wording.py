"""One text for three fronts: messages name what a user can give, and each front says how.

A message of core writes a mark such as `«labels»` or `«space W»` where it names something that a
user can give. The library, the command line and the nodes each have a `Front` that replaces marks:
`labels` in the library is `--label` on the command line and `class_index` on a node.
"""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_MARK = re.compile("\xab([a-z_]+)(?: ([^\xab\xbb]*))?\xbb")
"""A name between quotation marks that point outwards, and the value to give, if any."""


@dataclass(frozen=True)
class Front:
    """How one front names what a user can give."""

    names: Mapping[str, str]
    """For each mark of `LIBRARY`, a phrase for the middle of a sentence; `{}` is the value."""

    def word(self, text: str) -> str:
        """Replace the marks of a text.

        Args:
            text: A message; an `Advice` is worded anew from its marks.

        Returns:
            The text in the words of this front. What looks like a mark and is none stays.
        """

        def name(mark: re.Match[str]) -> str:
            phrase = self.names.get(mark[1])
            return mark[0] if phrase is None else phrase.replace("{}", mark[2] or "")

        return _MARK.sub(name, text.marked if isinstance(text, Advice) else text)


LIBRARY = Front(
    {
        "another_folder": "Choose another folder",
        "average_by": "average_by='{}'",
        "codes": "more codes",
        "comfyui": "A GAN is needed here",
        "crop": "crop_photo cuts it",
        "draw_region": 'Give shapes such as [{"preset": "mouth"}], or a mask',
        "describe": "describe",
        "encoder_kind": "kind='{}'",
        "exactly": "precision 'float32' or 'fast', with columns stored in float32,",
        "generator": "the generator as gan",
        "inverter": "inverter",
        "labels": "labels",
        "latents_space": "space='{}'",
        "layers": "layers",
        "levers_space": "space='{}'",
        "load_directions": "load_directions",
        "load_encoder": "load_encoder",
        "load_generator": "load_generator",
        "load_latents": "load_latents",
        "mode": "mode='{}'",
        "no_labels": "Leave labels out",
        "no_locality": "Leave locality out",
        "num_ws": "num_ws",
        "one_code": "a single code, such as codes[:1]",
        "option": "{}",
        "pictures": "a picture of a region is read as an array and given to Region.from_mask",
        "plan_generator": "generator of Places",
        "plan_levers": "levers of Places",
        "repair_batch": "Delete that file, and draw its row again",
        "replace_source": "set replace_source",
        "space": "space='{}'",
        "unit": "unit='{}'",
    }
)
"""The words of the library, and the list of all marks."""


class Advice(str):
    """A text in the library's words that remembers its marks, so that other fronts can word it."""

    marked: str
    """The text with its marks."""

    def __new__(cls, marked: str) -> Advice:
        """Word a text for the library.

        Args:
            marked: The text with marks.

        Returns:
            The text.
        """
        text = super().__new__(cls, LIBRARY.word(marked))
        text.marked = marked
        return text


class PackWarning(UserWarning):
    """A warning of the pack; its text may hold marks."""

    def __init__(self, text: str) -> None:
        """Word the text for the library.

        Args:
            text: The text, with or without marks; an `Advice` keeps its own.
        """
        self.advice = text if isinstance(text, Advice) else Advice(text)
        super().__init__(str(self.advice))


def counted(number: int, name: str, several: str = "") -> str:
    """A number and what it counts, such as "1 picture" or "1,200 pictures".

    Args:
        number: From 0.
        name: What is counted, in the singular.
        several: The plural; empty adds an s.

    Returns:
        Both.
    """
    return f"{number:,} {name if number == 1 else several or f'{name}s'}"


def warn(text: str, stacklevel: int = 2) -> None:
    """Warn the user of something that was assumed, dropped or only nearly done.

    Args:
        text: What, with or without marks.
        stacklevel: Frames above this one that the warning points to, as in `warnings.warn`.
    """
    warnings.warn(PackWarning(text), stacklevel=stacklevel + 1)


def suggestion(name: object, known: Iterable[str]) -> str:
    """What a misspelt name may have meant, for a message.

    Args:
        name: What was given; its first 100 characters are compared.
        known: Names that exist.

    Returns:
        " (did you mean 'x'?)", or an empty text where no name is near.
    """
    near = difflib.get_close_matches(str(name)[:100], list(known), 1)
    return f" (did you mean {near[0]!r}?)" if near else ""
