"""Graphs of many pictures of one plan: what they share is put into words once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from .comfy_graph import graph_id
from .embedded_graph import graph_chunks
from .graph_edits import LARGEST_STRENGTH
from .picture_recipe import PictureRecipe, as_markdown

_SEED, _CAPTION = "5772156649015", "captionofthispicture"
_INDEX, _STRENGTH = "618033988{:05d}", "271.828182{:05d}1"
"""Stand-ins for the values of a picture; those of pulls have the number of the pull in them."""

_STAND_INS = re.compile(rf"({_SEED}|{_CAPTION}|618033988\d{{5}}|271\.828182\d{{5}}1)")

_MOST_TEMPLATES = 256


class GraphWriter:
    """Writes `embedded_graph.graph_chunks` of pictures that differ in few values.

    For each kind of picture a graph with stand-ins is built once; after that, values take the place
    of the stand-ins in its text. Threads may share it.
    """

    def __init__(self) -> None:
        self._templates: dict[PictureRecipe, _Template | None] = {}

    def chunks(self, recipe: PictureRecipe) -> dict[str, str]:
        """See `embedded_graph.graph_chunks`, whose text it equals.

        Args:
            recipe: What made the picture.

        Returns:
            "prompt" and "workflow".
        """
        if any(abs(strength) > LARGEST_STRENGTH for _, strength in recipe.pulls):
            return graph_chunks(recipe)  # with other nodes
        if _STAND_INS.search(f"{recipe.caption} {recipe.seed} {recipe.pulls}"):
            return graph_chunks(recipe)  # where a file has that name, it would pass for the value
        kind = _kind(recipe)
        if kind not in self._templates:
            whole = graph_chunks(recipe)
            if len(self._templates) < _MOST_TEMPLATES:
                template = _Template(graph_chunks(kind))
                fits = template.fill(recipe) == whole  # not where a file is named like a stand-in
                self._templates[kind] = template if fits else None
            return whole
        template = self._templates[kind]
        return graph_chunks(recipe) if template is None else template.fill(recipe)


def _kind(recipe: PictureRecipe) -> PictureRecipe:
    """A recipe with stand-ins for what differs between pictures of one kind."""
    numbers = range(len(recipe.pulls))
    return replace(
        recipe,
        seed=int(_SEED),
        pulls=tuple((int(_INDEX.format(n)), float(_STRENGTH.format(n))) for n in numbers),
        caption=_CAPTION if recipe.caption else "",
        row=0 if recipe.latents is None else recipe.row,
    )


class _Template:
    """Text chunks with stand-ins."""

    def __init__(self, chunks: Mapping[str, str]) -> None:
        self._prompt = _split(chunks["prompt"])
        own = graph_id(chunks["prompt"])
        self._before, self._after = map(_split, chunks["workflow"].split(own, 1))

    def fill(self, recipe: PictureRecipe) -> dict[str, str]:
        """The chunks of a picture of this kind."""
        caption = json.dumps(as_markdown(recipe.caption))[1:-1]
        values = {_SEED: str(recipe.seed or 0), _CAPTION: caption}
        for number, (index, strength) in enumerate(recipe.pulls):
            values[_INDEX.format(number)] = str(index)
            values[_STRENGTH.format(number)] = str(strength)
        prompt = _joined(self._prompt, values)
        before, after = _joined(self._before, values), _joined(self._after, values)
        return {"prompt": prompt, "workflow": f"{before}{graph_id(prompt)}{after}"}


def _split(text: str) -> list[str]:
    """A text in parts: every second one is a stand-in."""
    return _STAND_INS.split(text)


def _joined(parts: list[str], values: Mapping[str, str]) -> str:
    """Parts in one text, with the values of a picture."""
    return "".join(
        values.get(part, part) if number % 2 else part for number, part in enumerate(parts)
    )
