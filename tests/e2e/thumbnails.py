"""The story of each template's thumbnail: some of its pictures, which fill a square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comfy_server import ComfyServer
from node_facts import WORKFLOWS
from picture_rows import DARK, SIDE
from PIL import Image

GAP = 4
"""Pixels between pictures."""

FRAME = -1
"""In place of an output: what the node shows on itself."""

_SIZES = {1: 1, 4: 2, 9: 3}
"""Columns, and rows, for a number of pictures."""


@dataclass(frozen=True)
class Story:
    """Which pictures of a template's graph tell what it does."""

    sources: tuple[tuple[str, int], ...]
    """Nodes and their outputs of images, or `FRAME`."""
    pictures: tuple[tuple[int, int], ...]
    """Number of a source and of a picture in it, row by row; 1, 4 or 9 of them."""
    bottom: bool = False
    """Whether a picture that is no square is cut at its bottom edge (its caption is above)."""
    right: bool = False
    """Whether one that is wider than high is cut at its right edge (the face is there)."""


def _sweep(node: str, *rows: int, steps: int = 5) -> Story:
    """Both ends and the middle of three rows of a sweep."""
    ends = (0, steps // 2, steps - 1)
    return Story(((node, 1),), tuple((0, row * steps + end) for row in rows for end in ends))


def _of(node: str, output: int, *pictures: int, bottom: bool = False) -> Story:
    """Pictures of one output."""
    return Story(((node, output),), tuple((0, number) for number in pictures), bottom)


STORIES = {
    2: _sweep("6", 0, 2, 5),
    3: Story((("5", 1),), ((0, 0), (0, 4), (0, 15), (0, 19))),
    4: Story((("7", 0), ("9", 0)), ((0, 1), (1, 1), (0, 3), (1, 3))),
    5: Story((("6", 0), ("7", 0)), ((0, 0), (1, 0), (0, 2), (1, 2))),
    6: _of("5", 0, 0, 6, 12, 18),
    7: _of("6", 0, *range(9)),
    8: _of("3", 0, *range(0, 90, 10)),
    9: _of("7", 0, 0, 1, 2, 4, 5, 6, 8, 9, 10),
    10: _of("7", 0, 0, 1, 2, 4, 5, 6, 8, 9, 10),
    11: _of("4", 0, *range(9), bottom=True),
    12: _of("7", 0, *range(4)),
    13: _of("8", 0, *range(4)),
    14: Story(
        (("4", FRAME), ("4", 1), ("5", 1), ("10", 0)), tuple((n, 0) for n in range(4)), right=True
    ),
    15: Story((("10", 0),), ((0, 0),), right=True),
    16: _sweep("4", 0, 1, 2),
    17: _sweep("5", 0, 1, 2),
    18: _sweep("7", 0, 3, 4),
    19: _sweep("14", 0, 1, 2),
    20: _of("4", 0, 0),
}
"""By the template's number; the explorer's picture is that of its node."""


def told(server: ComfyServer, number: int, graph: dict[str, Any]) -> Image.Image:
    """Run a graph, and arrange the pictures of its story.

    Args:
        server: Runs it.
        number: Number of the template.
        graph: Its graph, as the page sends it.

    Returns:
        A square of `SIDE` pixels.
    """
    story = STORIES[number]
    shown = taken(server, story.sources, graph)
    pictures = [shown[source][picture] for source, picture in story.pictures]
    return square(pictures, story.bottom, story.right)


def taken(
    server: ComfyServer, sources: tuple[tuple[str, int], ...], graph: dict[str, Any]
) -> list[list[Image.Image]]:
    """All pictures of some outputs.

    Args:
        server: Runs the graph.
        sources: Nodes and outputs, or `FRAME`.
        graph: As the page sends it.

    Returns:
        For each source its pictures.
    """
    seen = {
        f"seen{number}": {"class_type": "PreviewImage", "inputs": {"images": list(source)}}
        for number, source in enumerate(sources)
        if source[1] != FRAME
    }
    server.clear_cache()  # nodes with cached results show nothing
    images = server.images(server.run({**graph, **seen}))
    return [
        images[node] if output == FRAME else images[f"seen{number}"]
        for number, (node, output) in enumerate(sources)
    ]


def square(pictures: list[Image.Image], bottom: bool = False, right: bool = False) -> Image.Image:
    """Fill a square with pictures.

    Args:
        pictures: 1, 4 or 9 of them.
        bottom: Whether those that are no squares keep their bottom edge, else their top edge.
        right: Whether they keep their right edge, else their left edge.

    Returns:
        A square of `SIDE` pixels.
    """
    across = _SIZES[len(pictures)]
    page = Image.new("RGB", (SIDE, SIDE), DARK)
    edges = [round(number * (SIDE + GAP) / across) for number in range(across + 1)]
    for number, picture in enumerate(pictures):
        column, row = number % across, number // across
        width, height = edges[column + 1] - edges[column] - GAP, edges[row + 1] - edges[row] - GAP
        side = min(picture.size)
        top = picture.height - side if bottom else 0
        left = picture.width - side if right else 0
        part = picture.convert("RGB").crop((left, top, left + side, top + side))
        page.paste(
            part.resize((width, height), Image.Resampling.LANCZOS), (edges[column], edges[row])
        )
    return page


def number_of(stem: str) -> int:
    """The number of a template.

    Args:
        stem: Its file name, without the ending.

    Returns:
        From 1.
    """
    return int(stem.split()[0])


assert set(STORIES) | {1} == {number_of(path.stem) for path in WORKFLOWS}
