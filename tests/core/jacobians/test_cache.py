"""The Jacobian cache: what it stores, under which key, and that new regions need no derivative."""

from __future__ import annotations

import threading
from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny, wide
from golden import subspace_angle
from latent_levers.core.base.memory import Memory
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.jacobians.cache import JacobianCache, cache_key
from latent_levers.core.jacobians.columns import ColumnSource, StoredColumns
from latent_levers.core.jacobians.measuring import measure_grams
from latent_levers.core.jacobians.options import Derivative, JacobianOptions
from latent_levers.core.jacobians.strategies import linearised

BOX, OTHER = ll.Region.box(1, 2, 3, 2, 8), ll.Region.box(4, 1, 3, 6, 8)


def columns(count: int = 10) -> StoredColumns:
    """Some columns: 40 bytes each, and 8 n^2 bytes for their Gram."""
    source = ColumnSource(count, (1, 2, 5), lambda a, b: torch.zeros(b - a, 1, 2, 5), 1, CPU)
    stored = StoredColumns(source, torch.zeros(count, 1, 10))
    assert stored.nbytes == source.nbytes(torch.float32) == 40 * count + 8 * count**2
    return stored


CPU = torch.device("cpu")
EACH = 40 * 10 + 8 * 100


def test_the_least_recently_used_is_evicted_first() -> None:
    """Reading counts as use; bytes are counted, not entries."""
    cache = JacobianCache(3 * EACH)
    first, second, third, fourth = (columns() for _ in range(4))
    for name, stored in zip("abc", (first, second, third), strict=True):
        cache.put(name, stored)
    assert (len(cache), cache.nbytes) == (3, 3 * EACH)
    assert cache.get("a") is first
    cache.put("d", fourth)
    assert cache.get("b") is None
    assert [cache.get(name) for name in "acd"] == [first, third, fourth]
    cache.put("a", second)  # replaces the first
    assert (len(cache), cache.get("a")) == (3, second)
    cache.make_room(EACH + 1)
    assert (len(cache), cache.get("a")) == (1, second)
    cache.clear()
    assert (len(cache), cache.nbytes) == (0, 0)


def test_columns_larger_than_the_limit_are_not_stored() -> None:
    """And they evict nothing."""
    cache = JacobianCache(2 * EACH)
    cache.put("a", columns())
    cache.make_room(2 * EACH + 1)
    cache.put("large", columns(30))
    assert (len(cache), cache.get("large")) == (1, None)
    assert cache.get("a") is not None


def full_code() -> LatentCode:
    """A code in which every optional tensor is set."""
    gan = tiny("stylegan2-conditional")
    code = some_code(gan)
    assert code.z is not None
    shift = torch.zeros(1, gan.spec.direction_dim(LatentSpace.S))
    return replace(code, z_shift=torch.zeros_like(code.z), style_shift=shift)


def test_equal_codes_share_a_key() -> None:
    """The key depends on the numbers, not on their type or memory layout."""
    code = full_code()
    assert code.z is not None
    same = replace(code, values=code.values.clone().double(), z=code.z.clone())
    assert cache_key(code, "w", 1) == cache_key(same, "w", 1)
    assert cache_key(code, "w", 1) != cache_key(code, "w", 2)
    strided = replace(code, values=torch.stack([code.values, code.values], -1)[..., 0])
    assert cache_key(code, "w", 1) == cache_key(strided, "w", 1)


def test_any_number_makes_another_key() -> None:
    """Each tensor, one entry at a time; an absent tensor is not one of zeros."""
    code = full_code()
    keys = {cache_key(code)}
    for name in ("values", "labels", "z", "z_shift", "style_shift"):
        tensor = getattr(code, name)
        for entry in range(tensor.numel()):
            moved = tensor.clone()
            moved.view(-1)[entry] += 1e-6
            keys.add(cache_key(replace(code, **{name: moved})))
        keys.add(cache_key(replace(code, **{name: moved + 1})))
    numbers = sum(getattr(code, n).numel() + 1 for n in ("values", "labels", "z"))
    numbers += sum(getattr(code, n).numel() + 1 for n in ("z_shift", "style_shift"))
    for name in ("labels", "z", "z_shift", "style_shift"):
        keys.add(cache_key(replace(code, **{name: None})))
    keys.add(cache_key(replace(code, truncation_psi=0.55)))
    keys.add(cache_key(replace(code, truncation_cutoff=1)))
    keys.add(cache_key(replace(code, space=LatentSpace.Z)))
    assert len(keys) == 1 + numbers + 4 + 3


def keys_of(gan: Generator, code: LatentCode, **changed: object) -> set[str]:
    """The key under which one call stores its Jacobian."""
    keys: set[str] = set()

    class Cache(JacobianCache):
        def put(self, key: str, columns: StoredColumns) -> None:
            keys.add(key)

    where = {"space": LatentSpace.W, "layers": None, "noise_mode": "const"} | {
        k: v for k, v in changed.items() if k in ("space", "layers", "noise_mode", "mode")
    }
    how = {k: v for k, v in changed.items() if k in ("precision", "keep", "strategy", "memory")}
    options = JacobianOptions(**how, cache=Cache())  # type: ignore[arg-type]
    measure_grams(gan, code, [BOX, ~BOX], Derivative(**where), options)  # type: ignore[arg-type]
    assert len(keys) == 1
    return keys


def test_what_else_makes_another_key() -> None:
    """Space, layers, noise, precision, strategy, type of the columns, type of the network."""
    gan = tiny()
    code = some_code(gan)
    own = keys_of(gan, code)
    for same in (
        {"layers": (0, 1, 2, 3)},
        {"keep": torch.float32},
        {"memory": 1 << 20},
        {"mode": "paper"},  # which reduces no small image
        {"strategy": "linearised"},
    ):
        assert keys_of(gan, code, **same) == own, same
    changes: list[dict[str, object]] = [
        {"space": LatentSpace.W_PLUS},
        {"space": LatentSpace.Z},
        {"space": LatentSpace.S},
        {"layers": (1, 2)},
        {"layers": (1,)},
        {"noise_mode": "none"},
        {"precision": "bfloat16"},
        {"precision": "tf32"},
        {"keep": torch.float16},
        {"strategy": "forward"},
    ]
    keys = [own, *(keys_of(gan, code, **change) for change in changes)]
    keys.append(keys_of(wide(), code, keep=torch.float32))
    keys.append(keys_of(replace(gan, spec=replace(gan.spec, fingerprint="other")), code))
    assert len(set().union(*keys)) == len(keys)


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each linearisation of a tiny StyleGAN2."""
    calls: list[str] = []
    architecture = type(tiny().architecture)
    original = architecture.linearise

    def counted(self: object, *given: object) -> object:
        calls.append("linearised")
        return original(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(architecture, "linearise", counted)
    return calls


@pytest.mark.parametrize("space", ["Z", "W", "W+", "S"])
def test_another_region_costs_no_derivative(space: str, count: list[str]) -> None:
    """The same directions as without a cache, without a linearisation; progress is reported."""
    gan, codes = wide(), some_code(wide(), 3)
    cache = JacobianCache()
    ll.resefa(gan, codes, BOX, space=space, effort=JacobianOptions(cache=cache))
    assert (len(cache), len(count)) == (3, 3)
    count.clear()
    reports: list[tuple[int, int]] = []
    found = ll.resefa(
        gan, codes, OTHER, None, space, count=3, effort=JacobianOptions(cache=cache),
        progress=lambda *report: reports.append(report),
    )  # fmt: skip
    assert not count
    assert reports == sorted(reports)
    assert reports[-1][0] == reports[-1][1]
    plain = ll.resefa(gan, codes, OTHER, None, space, count=3)
    assert count
    torch.testing.assert_close(found.eigenvalues, plain.eigenvalues, rtol=1e-9, atol=0)
    assert subspace_angle(found.vectors, plain.vectors) < 1e-6


def test_columns_that_do_not_fit_are_not_stored(count: list[str]) -> None:
    """With a small limit, and with little memory, each call computes them again; results agree."""
    gan, codes = wide(), some_code(wide())
    expected = ll.resefa(gan, codes, OTHER, count=3)
    for options in (
        JacobianOptions(cache=JacobianCache(100)),
        JacobianOptions(cache=JacobianCache(), memory=Memory(0, 5000)),
    ):
        count.clear()
        for region in (BOX, OTHER):
            found = ll.resefa(gan, codes, region, count=3, effort=options)
        assert (len(count), len(options.cache or ())) == (2, 0)
        assert subspace_angle(found.vectors, expected.vectors) < 1e-6


def test_a_cancelled_call_stores_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelling takes effect after one chunk; its columns are not stored."""
    monkeypatch.setattr(linearised, "_CPU_CHUNK", 4)
    gan, codes = wide("stylegan2-resnet"), some_code(wide("stylegan2-resnet"))
    cache, box = JacobianCache(), ll.Region.box(2, 2, 5, 6, 16)
    reports: list[tuple[int, int]] = []

    def cancel(done: int, total: int) -> None:
        reports.append((done, total))
        raise KeyboardInterrupt

    for memory in (None, Memory(0, 2 * 3 * 256 * 8)):
        reports.clear()
        with pytest.raises(KeyboardInterrupt):
            ll.resefa(
                gan, codes, box, space="S", progress=cancel,
                effort=JacobianOptions(cache=cache, memory=memory),
            )  # fmt: skip
        assert len(reports) == 1
        assert reports[0][0] <= 4 < reports[0][1]
        assert len(cache) == 0


def test_threads_share_a_cache() -> None:
    """Concurrent calls: no error, never above the limit, the right columns under each key."""
    cache = JacobianCache(3 * EACH)
    known = {str(i): columns() for i in range(8)}
    counted: list[int] = []
    wrong: list[str] = []

    def hammer(seed: int) -> None:
        draw = torch.Generator().manual_seed(seed)
        try:
            for number in torch.randint(8, (400,), generator=draw).tolist():
                key = str(number)
                found = cache.get(key)
                if found is None:
                    cache.make_room(EACH)
                    cache.put(key, known[key])
                elif found is not known[key]:
                    wrong.append("another's columns")
                if cache.nbytes > cache.limit:
                    wrong.append("too much")
                if number == 0:
                    cache.clear()
        except Exception as error:
            wrong.append(repr(error))
        counted.append(cache.hits_here)

    threads = [threading.Thread(target=hammer, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(cache) <= 3
    assert cache.hits_here == 0 < min(counted)
    assert sum(counted) == cache.hits


def test_the_same_weights_with_another_option_are_another_generator(tmp_path) -> None:
    """An option that no weight shows changes the Jacobian."""
    path = ll.save_generator(tiny(), tmp_path / "tiny")
    plain, other = ll.load_generator(path), ll.load_generator(path, activation="tanh")
    assert plain.spec.fingerprint == other.spec.fingerprint
    cache = JacobianCache()
    for gan in (plain, other):
        codes = ll.sample_latents(gan, 1)
        found, fresh = (
            ll.resefa(gan, codes, BOX, count=2, effort=JacobianOptions(cache=some))
            for some in (cache, None)
        )
        assert torch.equal(found.vectors, fresh.vectors)
    assert (cache.hits, len(cache)) == (0, 2)
