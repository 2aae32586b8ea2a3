"""Holds of an explorer: their regions, the Jacobians that are kept, threads."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable

import latent_levers as ll
import pytest
import torch
from cases import some_code
from held_states import BOX, CORNER, GAN, INSIDE, changes, mouth, pinned
from latent_levers.core.base.errors import RegionError
from latent_levers.core.concepts.latent_code import LatentCode
from latent_levers.core.explorer import holding as holding_file
from latent_levers.core.explorer.holding import Holds, held_region
from latent_levers.core.explorer.session import Holding, apply_state
from latent_levers.core.files.loading import untrained


def test_what_is_held_lies_outside_all_pulled_regions() -> None:
    levers = ll.sefa(GAN)
    two = held_region(GAN, pinned((levers, 1, BOX), (levers, -1, CORNER)), 0)
    assert two is not None
    assert two.weights.sum() == 64 + 16
    assert two.weights[0, 1, 1] == two.weights[0, 8, 8] == 1
    one = held_region(GAN, pinned((levers, 1, BOX), (levers, 0, None), (levers, 0, CORNER)), 0)
    assert one is not None
    assert torch.equal(one.weights, INSIDE.weights), "levers at 0 do not count"
    for nothing in (
        pinned(),
        pinned((levers, 0, BOX)),
        pinned((levers, 1, BOX), (levers, 1, None)),
        pinned((levers, 1, BOX), (levers, 1, [])),
        pinned((levers, 1, [{"box": [0, 0, 1, 1]}])),
        pinned((levers, 1, [{"box": [0, 0, 0.5, 1]}]), (levers, 1, [{"box": [0.5, 0, 0.5, 1]}])),
    ):
        assert held_region(GAN, nothing, 0) is None
    with pytest.raises(RegionError):
        held_region(GAN, pinned((levers, 1, [{"preset": "tail"}])), 0)


def test_the_connected_mask_is_part_of_every_region() -> None:
    state = pinned((ll.sefa(GAN), 1, CORNER))
    drawn = pinned((ll.sefa(GAN), 1, []))
    masks = torch.zeros(2, 16, 16)
    masks[0, 12:], masks[1, :, 15:] = 1, 1
    for image, cells in ((0, 64), (1, 16), (5, 16)):
        for each, more in ((state, 16), (drawn, 0)):
            region = held_region(GAN, each, image, masks)
            assert region is not None
            assert region.weights.sum() == cells + more
    assert held_region(GAN, drawn, 0, torch.zeros(16, 16)) is None


class Counted:
    """How often Jacobians are computed."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> ll.JacobianOptions:
        self.count += 1
        return ll.JacobianOptions(cache=ll.JacobianCache())


def pulls(holds: Holds, count: Counted, code: LatentCode, *strengths: float) -> list[LatentCode]:
    """One lever, pulled several times."""
    levers = mouth(code)
    states = (pinned((levers, strength, BOX)) for strength in strengths)
    return [apply_state(GAN, code, state, Holding(holds, None, count)) for state in states]


def test_jacobians_are_kept_and_forgotten() -> None:
    holds, count = Holds(), Counted()
    code = some_code(GAN)
    first, again, _ = pulls(holds, count, code, 1.0, 1.0, -2.0)
    assert torch.equal(first.values, again.values)
    assert (count.count, len(holds)) == (1, 1)
    holds.clear()
    assert len(holds) == 0
    (anew,) = pulls(holds, count, code, 1.0)
    assert torch.equal(first.values, anew.values)
    assert count.count == 2
    for seed in range(10, 14):
        pulls(holds, count, some_code(GAN, seed=seed), 1.0)
    assert (count.count, len(holds)) == (6, 4)
    pulls(holds, count, code, 1.0)
    assert count.count == 7, "the oldest was forgotten"


def test_few_bytes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding_file, "_KEPT_BYTES", 1)
    holds, count = Holds(), Counted()
    for seed in (1, 2):
        pulls(holds, count, some_code(GAN, seed=seed), 1.0)
    assert len(holds) == 1


@pytest.mark.parametrize("limit", ["_LARGEST_JACOBIAN", "_MOST_COLUMNS"])
def test_large_generators_hold_without_a_jacobian(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one that is in the cache, with which a later run would make another image."""
    code = some_code(GAN)
    levers = mouth(code)
    options = ll.JacobianOptions(cache=ll.JacobianCache())
    apply_state(GAN, code, pinned((levers, 1.0, BOX)), Holding(Holds(), None, lambda: options))
    assert options.cache is not None
    assert len(options.cache) == 1
    monkeypatch.setattr(holding_file, limit, 1)
    holds = Holds()
    given = Holding(holds, None, lambda: options)
    state = pinned((levers, 1.0, BOX))
    cached = apply_state(GAN, code, state, given)
    assert len(holds) == 0
    options.cache.clear()
    assert torch.equal(cached.values, apply_state(GAN, code, state, given).values)
    before = ll.render(GAN, code)
    plain = apply_state(GAN, code, pinned((levers, 1.0, BOX), on=False))
    outside = changes(before, ll.render(GAN, plain), INSIDE)[1]
    assert changes(before, ll.render(GAN, cached), INSIDE)[1] < 0.5 * outside


def test_no_generator_is_kept_alive() -> None:
    gan = untrained("stylegan2", GAN.network.settings)  # type: ignore[attr-defined]
    network = weakref.ref(gan.network)
    holds = Holds()
    code = some_code(gan)
    state = pinned((mouth(code, gan), 1.0, BOX))
    apply_state(gan, code, state, Holding(holds))
    assert len(holds) == 1
    del gan
    gc.collect()
    assert network() is None


def cancelled_after(steps: int) -> Callable[[int, int], None]:
    """Progress that cancels at some step."""
    left = iter(range(steps))

    def report(done: int, total: int) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return report


def test_progress_cancels() -> None:
    code = some_code(GAN)
    state = pinned((mouth(code), 1.0, BOX))
    holds = Holds()
    with pytest.raises(KeyboardInterrupt):
        apply_state(GAN, code, state, Holding(holds, progress=cancelled_after(0)))
    assert len(holds) == 0, "no half of a Jacobian"
    seen: list[tuple[int, int]] = []
    apply_state(
        GAN, code, state, Holding(holds, progress=lambda done, total: seen.append((done, total)))
    )
    assert max(total for _, total in seen) > 1, "columns are counted"
    with pytest.raises(KeyboardInterrupt):
        apply_state(GAN, code, state, Holding(holds, progress=cancelled_after(0)))


def test_threads_wait_for_each_other_and_clear_does_not() -> None:
    """A run may ask for an image while a page computes it; it is computed once."""
    code = some_code(GAN)
    levers = mouth(code)
    state = pinned((levers, 1.0, BOX))
    holds, count = Holds(), Counted()
    inside, go, waited = threading.Event(), threading.Event(), threading.Event()
    results: dict[str, LatentCode] = {}

    def slow(done: int, total: int) -> None:
        inside.set()
        assert go.wait(30)

    def wait(done: int, total: int) -> None:
        if (done, total) == (0, 1):
            waited.set()

    def work(name: str, progress: Callable[[int, int], None]) -> None:
        given = Holding(holds, None, count, progress)
        results[name] = apply_state(GAN, code, state, given)

    threads = [threading.Thread(target=work, args=("page", slow))]
    threads[0].start()
    assert inside.wait(30)
    threads.append(threading.Thread(target=work, args=("run", wait)))
    threads[1].start()
    assert waited.wait(30), "it reports progress while it waits"
    go.set()
    for thread in threads:
        thread.join(30)
    assert torch.equal(results["page"].values, results["run"].values)
    assert len(holds) == 1
    inside.clear()
    go.clear()
    other = pinned((levers, 1.0, CORNER))
    state = other
    thread = threading.Thread(target=work, args=("late", slow))
    thread.start()
    assert inside.wait(30)
    holds.clear()  # as when ComfyUI unloads the generator
    go.set()
    thread.join(30)
    assert "late" in results
    assert len(holds) == 0, "what was begun before is not kept"
