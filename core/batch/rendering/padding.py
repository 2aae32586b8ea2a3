"""Chunks of one size in which every item has a place of its own.

The last bits of an image depend on how many images are drawn at once, and may depend on its place
among them. So an item takes the place `number % size` of a chunk whose size never changes, and
places that nobody needs repeat an item that is there.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator


def chunks_in_order(numbers: Iterable[int], size: int) -> Iterator[list[int]]:
    """Divide numbers into chunks, without two of one place, in their order.

    Args:
        numbers: Any numbers from 0.
        size: Places of a chunk.

    Yields:
        From one to `size` numbers.
    """
    chunk: list[int] = []
    taken: set[int] = set()
    for number in numbers:
        if number % size in taken:
            yield chunk
            chunk, taken = [], set()
        chunk.append(number)
        taken.add(number % size)
    if chunk:
        yield chunk


def fewest_chunks(numbers: Iterable[int], size: int) -> Iterator[list[int]]:
    """Divide different numbers into as few chunks as possible, in any order.

    Args:
        numbers: Different numbers from 0.
        size: Places of a chunk.

    Yields:
        From one to `size` numbers.
    """
    waiting: dict[int, deque[int]] = defaultdict(deque)
    for number in numbers:
        waiting[number % size].append(number)
    while waiting:
        chunk = [queue.popleft() for queue in waiting.values()]
        waiting = defaultdict(deque, {place: q for place, q in waiting.items() if q})
        yield chunk


def padded_places(chunk: list[int], size: int) -> tuple[list[int], list[int]]:
    """Where the numbers of a chunk stand, and what fills the rest.

    Args:
        chunk: Numbers of different places.
        size: Places.

    Returns:
        For each place the position in `chunk` of its item, or of the first where it is free; and
        for each number its place.
    """
    places = [number % size for number in chunk]
    filled = [0] * size
    for position, place in enumerate(places):
        filled[place] = position
    return filled, places
