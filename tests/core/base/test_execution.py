"""Full precision while several threads and nested blocks request it; batches that are halved."""

from __future__ import annotations

import re
import threading

import pytest
import torch
from latent_levers.core.base.execution import full_precision, in_chunks

SWITCHES = (torch.backends.cuda.matmul, torch.backends.cudnn)


def allowed() -> list[bool]:
    """Where TF32 is on."""
    return [switch.allow_tf32 for switch in SWITCHES]


@pytest.fixture(autouse=True)
def _all_on() -> object:
    """TF32 is on before each test, and as it was after it."""
    before = allowed()
    for switch in SWITCHES:
        switch.allow_tf32 = True
    yield
    for switch, value in zip(SWITCHES, before, strict=True):
        switch.allow_tf32 = value


def test_the_inner_request_wins_in_one_thread() -> None:
    with full_precision():
        assert allowed() == [False, False]
        with full_precision(tf32=True):
            assert allowed() == [True, True]
        assert allowed() == [False, False]
    assert allowed() == [True, True]


def test_a_thread_that_leaves_takes_nothing_from_another() -> None:
    """The first to come leaves first: with plain switches the second would lose its digits."""
    inside, leave = threading.Event(), threading.Event()

    def first() -> None:
        with full_precision():
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(30)
    with full_precision(tf32=True):
        assert allowed() == [False, False]
    with full_precision():
        leave.set()
        thread.join(30)
        assert allowed() == [False, False]
    assert allowed() == [True, True]


def test_switches_come_back_after_a_failure() -> None:
    with pytest.raises(KeyError), full_precision():
        raise KeyError
    assert allowed() == [True, True]


@pytest.mark.parametrize(
    "words",
    ["CUDA out of memory", "can't allocate memory: 9 bytes", "could not create a primitive"],
)
def test_batches_are_halved_by_the_words_of_every_library(words: str) -> None:
    """The last are oneDNN's, which has no others for a lack of memory on a CPU."""
    sizes: list[int] = []

    def work(start: int, stop: int) -> int:
        sizes.append(stop - start)
        if stop - start > 2:
            raise RuntimeError(words)
        return stop - start

    assert sum(in_chunks(6, 6, work)) == 6
    assert sizes == [6, 3, 1, 1, 1, 1, 1, 1]
    with pytest.raises(RuntimeError, match=re.escape(words)):
        in_chunks(1, 1, lambda start, stop: work(start, stop + 2))
