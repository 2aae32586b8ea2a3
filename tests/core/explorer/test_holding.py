"""An explorer that holds what lies outside the regions of its levers."""

from __future__ import annotations

import gc
import json
import threading
import weakref
from collections.abc import Callable
from typing import Any

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.base.errors import FieldError, RegionError
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.edits.holding.hold import hold
from latent_levers.core.explorer import holding as holding_file
from latent_levers.core.explorer.holding import Holds, held_region
from latent_levers.core.explorer.session import Holding, apply_state, render_each
from latent_levers.core.explorer.state import ExplorerState, lever_entry, read_state
from latent_levers.core.files.loading import untrained

GAN = tiny("stylegan2-resnet")
BOX = [{"box": [0.25, 0.25, 0.5, 0.5]}]
CORNER = [{"box": [0, 0, 0.25, 0.25]}]
INSIDE = ll.Region.box(4, 4, 8, 8, 16)


def pinned(*pulls: tuple[ll.Directions, float, Any], on: bool = True, **rest: Any) -> ExplorerState:
    """A state with first levers pulled, each with its region, or none."""
    levers = [
        {
            **lever_entry(found, 0, f"lever {number}", (-2, 2)),
            "pull": pull,
            **({} if region is None else {"region": region}),
        }
        for number, (found, pull, region) in enumerate(pulls)
    ]
    return read_state(json.dumps({"levers": levers, "hold": on, **rest}))


def mouth(code: LatentCode, gan: Generator = GAN, space: str | None = None) -> ll.Directions:
    """The first levers of the middle of an image."""
    return ll.resefa(gan, code, ll.Region.box(4, 4, 8, 8, gan.spec.img_size), space=space, count=2)


def changes(before: torch.Tensor, after: torch.Tensor, region: ll.Region) -> tuple[float, float]:
    """Root mean squares inside and outside a region."""
    squares = (after - before).square().mean(dim=(0, 1))
    inside = region.weights[0] > 0
    return float(squares[inside].mean().sqrt()), float(squares[~inside].mean().sqrt())


def test_hold_and_regions_are_read() -> None:
    assert not read_state("{}").hold
    state = pinned((ll.sefa(GAN), 1.0, BOX), (ll.sefa(GAN), 1.0, []), (ll.sefa(GAN), 1.0, None))
    assert state.hold
    assert [lever.region for lever in state.levers] == [tuple(BOX), (), None]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"hold": 1}, "has 1 as 'hold'"),
        ({"hold": "yes"}, "has 'yes' as 'hold'"),
        ({"levers": [{"region": {"box": [0, 0, 1, 1]}}]}, "an object of 1 entries as 'region'"),
        ({"levers": [{"region": "mouth"}]}, "as 'region'"),
        ({"levers": [{"region": [{}] * 501}]}, "at most 500 entries"),
    ],
)
def test_other_values_are_refused(changed: dict[str, Any], words: str) -> None:
    entry = lever_entry(ll.sefa(GAN), 0, "a", (-1, 1))
    whole = {**changed, "levers": [{**entry, **each} for each in changed.get("levers", [])]}
    with pytest.raises(FieldError, match=words):
        read_state(whole)


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


@pytest.mark.parametrize("space", ["W", "W+", "S"])
def test_the_outside_changes_much_less_and_the_inside_moves(space: str) -> None:
    codes = some_code(GAN, 2)
    levers = mouth(codes[0], space=space)
    state = pinned((levers, 1.0, BOX), psi=0.8)
    plain = apply_state(GAN, codes, pinned((levers, 1.0, BOX), on=False, psi=0.8))
    held = apply_state(GAN, codes, state)
    before = ll.render(GAN, apply_state(GAN, codes, pinned(psi=0.8)))
    expected = LatentSpace.W if space == "S" else LatentSpace.W_PLUS
    assert held.space is expected
    assert (held.style_shift is None) is (space != "S")
    inside, outside = changes(before, ll.render(GAN, plain), INSIDE)
    inside_held, outside_held = changes(before, ll.render(GAN, held), INSIDE)
    assert outside_held < 0.25 * outside
    assert inside_held > 0.2 * inside  # an untrained image moves as a whole, and much is held
    assert inside_held / outside_held > 1.3 * inside / outside


def test_it_is_the_hold_of_the_library() -> None:
    """Up to its steps: conjugate gradients find nearly the same image for a small pull."""
    code = some_code(GAN)
    levers = mouth(code)
    held = apply_state(GAN, code, pinned((levers, 0.1, BOX)))
    slow = hold(GAN, code, ll.edit(code, levers, 0, 0.1, "distance"), INSIDE, steps=6)
    torch.testing.assert_close(ll.render(GAN, held), ll.render(GAN, slow), rtol=0, atol=5e-3)


@pytest.mark.parametrize("name", ["dcgan", "pggan"])
def test_generators_without_a_mapping_network_hold_too(name: str) -> None:
    gan = tiny(name)
    code = some_code(gan)
    region = ll.Region.box(0, 0, 2, 2, gan.spec.img_size)
    levers = ll.resefa(gan, code, region, count=1)
    height, width = gan.spec.img_size
    shapes = [{"box": [0, 0, 2 / width, 2 / height]}]
    before = ll.render(gan, code)
    plain = apply_state(gan, code, pinned((levers, 0.3, shapes), on=False))
    held = apply_state(gan, code, pinned((levers, 0.3, shapes)))
    outside = changes(before, ll.render(gan, plain), region)[1]
    assert changes(before, ll.render(gan, held), region)[1] < outside


def test_an_image_is_the_same_alone_and_in_a_run() -> None:
    """The page asks for one image and keeps its Jacobian; a run begins anew, with all images."""
    codes = ll.sample_latents(GAN, 3, seed=1)
    masks = torch.zeros(3, 16, 16)
    for number in range(3):
        masks[number, number : number + 2] = 1
    state = pinned((mouth(some_code(GAN)), 1.5, BOX), psi=0.7)
    run = apply_state(GAN, codes, state, Holding(Holds(), masks))
    together = render_each(GAN, run)
    page = Holds()
    for number in (2, 0, 1, 2):
        code = apply_state(GAN, codes[number], state, Holding(page, masks, first=number))
        assert torch.equal(render_each(GAN, code)[0], together[number])
    assert len({tuple(image.flatten().tolist()) for image in together}) == 3


def test_images_are_as_before_where_nothing_can_be_held() -> None:
    """Workflows of earlier versions have no "hold", and their levers no region."""
    codes = some_code(GAN, 2)
    levers = mouth(codes[0])
    old = apply_state(GAN, codes, pinned((levers, 1.5, None), on=False))
    entry = {**lever_entry(levers, 0, "lever 0", (-2, 2)), "pull": 1.5}
    expected = ll.edit(codes, levers, 0, 1.5, "distance")
    for code in (
        old,
        apply_state(GAN, codes, read_state({"levers": [entry]})),
        apply_state(GAN, codes, pinned((levers, 1.5, BOX), on=False)),
        apply_state(GAN, codes, pinned((levers, 1.5, None))),
        apply_state(GAN, codes, pinned((levers, 1.5, BOX), (levers, 0.0, None), on=False)),
    ):
        assert code.space is expected.space
        assert torch.equal(code.values, expected.values)


def test_held_and_free_images_have_one_space() -> None:
    """A region and the mask may cover one image fully; its pull is then free."""
    codes = some_code(GAN, 2)
    levers = mouth(codes[0])
    half = [{"box": [0, 0, 0.5, 1]}]
    masks = torch.zeros(2, 16, 16)
    masks[0, 8:], masks[1, 12:] = 1, 1
    masks[0, 15, 15] = 0
    more = pinned((levers, 1.0, half), (levers, 0.5, [{"box": [0.9, 0.9, 0.1, 0.1]}]))
    assert held_region(GAN, more, 0, masks) is None
    assert held_region(GAN, more, 1, masks) is not None
    found = apply_state(GAN, codes, more, Holding(Holds(), masks))
    assert found.space is LatentSpace.W_PLUS
    plain = apply_state(GAN, codes, pinned((levers, 1.0, half), (levers, 0.5, half), on=False))
    drawn, free = render_each(GAN, found), render_each(GAN, plain)
    assert torch.equal(drawn[0], free[0])
    assert not torch.equal(drawn[1], free[1])


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
