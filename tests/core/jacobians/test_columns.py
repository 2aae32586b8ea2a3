"""Stored columns and their Grams: weights, complements, half precision, blocks, memory."""

from __future__ import annotations

import pytest
import torch
from latent_levers.core.base.execution import full_precision
from latent_levers.core.base.memory import Memory
from latent_levers.core.jacobians import columns as module
from latent_levers.core.jacobians.columns import ColumnSource, StoredColumns, assemble
from latent_levers.core.jacobians.image_map import Block
from latent_levers.core.jacobians.storage import accumulate_grams, store_columns
from torch import Tensor

SHAPE = (3, 5, 4)
ROOM = Memory(1 << 30, 1 << 30)
CPU = torch.device("cpu")


def some_columns(count: int = 11, dtype: torch.dtype = torch.float64) -> Tensor:
    """`[n, C, H, W]`, with norms that differ."""
    lengths = torch.logspace(-2, 2, count, dtype=torch.float64)
    return (torch.randn(count, *SHAPE).double() * lengths[:, None, None, None]).to(dtype)


def source_of(columns: Tensor, chunk: int = 4, requested: list[int] | None = None) -> ColumnSource:
    """A source of given columns; `requested` records how many each call requests."""

    def compute(start: int, stop: int) -> Tensor:
        if requested is not None:
            requested.append(stop - start)
        return columns[start:stop]

    return ColumnSource(len(columns), SHAPE, compute, chunk, CPU)


def short_of_memory(columns: Tensor, most: int, chunk: int, requested: list[int]) -> ColumnSource:
    """A source that runs out of memory beyond some columns per call."""

    def compute(start: int, stop: int) -> Tensor:
        requested.append(stop - start)
        if stop - start > most:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return columns[start:stop]

    return ColumnSource(len(columns), SHAPE, compute, chunk, CPU)


def gram_of(columns: Tensor, weight: Tensor) -> Tensor:
    """`J^T diag(w) J` by its definition, in float64."""
    rows = columns.double().flatten(1)
    return (rows * weight.double().expand(SHAPE).flatten()) @ rows.T


def store_all(columns: Tensor, dtype: torch.dtype = torch.float64) -> StoredColumns:
    """Stored columns."""
    stored = store_columns(source_of(columns), ROOM, dtype)
    assert stored is not None
    return stored


def relative(found: Tensor, expected: Tensor) -> float:
    """Largest error of an entry, relative to the norms of its two columns."""
    root = expected.diagonal().sqrt()
    return float(((found - expected) / (root[:, None] * root)).abs().max())


SOFT = torch.rand(SHAPE[1:], generator=torch.Generator().manual_seed(1))
BOX = torch.zeros(SHAPE[1:])
BOX[1:3, 1:3] = 1


@pytest.mark.parametrize("weight", [SOFT, BOX, torch.ones(SHAPE[1:]), BOX * SOFT])
def test_soft_weights_scale_squares(weight: Tensor) -> None:
    """Each pixel counts by its weight; the trace over all pixels agrees with their Gram."""
    columns = some_columns()
    stored, expected = store_all(columns), gram_of(columns, weight)
    assert relative(stored.gram(weight), expected) < 1e-12
    assert stored.trace == pytest.approx(float(stored.full_gram().trace()), rel=1e-12)
    assert relative(stored.gram(weight).T, expected) < 1e-12


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
@pytest.mark.parametrize("piece", [1, 64 << 20])
def test_a_region_and_the_rest_of_it(
    piece: int, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is a difference only where the region has less than half the trace; both exact."""
    monkeypatch.setattr(module, "_BLOCK_BYTES", piece)
    columns = some_columns()
    everywhere = gram_of(columns, torch.ones(SHAPE[1:]))
    calls: list[str] = []
    original = StoredColumns.full_gram

    def counted(self: StoredColumns, *given: object) -> Tensor:
        calls.append("full_gram")
        return original(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(StoredColumns, "full_gram", counted)
    bound = 1e-12 if dtype is torch.float64 else 2e-3
    for region in (BOX, SOFT, 1 - BOX, 1 - SOFT * 0.1):
        small = float(gram_of(columns, region).trace()) < 0.5 * float(everywhere.trace())
        stored = store_all(columns, dtype)
        for _ in range(2):  # without and with a stored Gram of all pixels
            calls.clear()
            inside, outside, other = stored.grams([region, 1 - region, BOX * SOFT])
            assert bool(calls) == small
            assert relative(inside, gram_of(columns, region)) < bound
            assert relative(outside, gram_of(columns, 1 - region)) < bound
            assert relative(other, gram_of(columns, BOX * SOFT)) < bound
            original(stored)


def test_many_columns_are_multiplied_in_float32_and_added_in_float64(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Error below 1e-6, in one block and in several, and exactly symmetric."""
    columns = some_columns(2100, torch.float32)
    expected = gram_of(columns, SOFT)
    assert relative(store_all(columns, torch.float32).gram(SOFT), expected) < 1e-12
    monkeypatch.setattr(module, "_WIDE_COUNT", 100)
    for piece in (1 << 12, 64 << 20):
        monkeypatch.setattr(module, "_BLOCK_BYTES", piece)
        found = store_all(columns, torch.float32).gram(SOFT)
        assert 1e-12 < relative(found, expected) < 1e-6
        assert torch.equal(found, found.T)
        assert found.dtype is torch.float64


def test_tf32_is_off_while_columns_are_multiplied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the caller enables it for tangents."""
    seen: list[bool] = []
    original = module._add_product  # pyright: ignore[reportPrivateUsage]

    def recorded(total: Tensor, left: Tensor, right: Tensor) -> None:
        seen.append(torch.backends.cuda.matmul.allow_tf32)
        original(total, left, right)

    monkeypatch.setattr(module, "_add_product", recorded)
    with full_precision(tf32=True):
        store_all(some_columns()).gram(SOFT)
        assert torch.backends.cuda.matmul.allow_tf32
    assert seen == [False] * 3


def test_half_precision_is_scaled_by_column() -> None:
    """Columns of norm 1e-30 and 1e30 lose no more digits than others; zeros stay zero."""
    columns = some_columns(6, torch.float32)
    scale = torch.tensor([1e-30, 1e-12, 1, 1e12, 1e30, 0]) / columns.flatten(1).norm(dim=1)
    columns *= scale[:, None, None, None]
    for dtype, bound in ((torch.float16, 1e-3), (torch.bfloat16, 1e-2)):
        stored = store_all(columns, dtype)
        found, expected = stored.gram(SOFT), gram_of(columns, SOFT)
        assert stored.values.dtype is dtype
        assert relative(found[:5, :5], expected[:5, :5]) < bound
        assert stored.trace == pytest.approx(float(stored.full_gram().trace()), rel=bound)
        assert not found[5].any()
        assert not found[:, 5].any()
        assert stored.nbytes == columns.numel() * 2 + 36 * 8
        accumulated = accumulate_grams(source_of(columns, 1), Memory(0, 0), dtype, [SOFT])[0]
        torch.testing.assert_close(accumulated, found, rtol=1e-12, atol=0)


@pytest.mark.parametrize("chunk", [1, 3, 50])
@pytest.mark.parametrize("room", [0, 1, 2, 5, 10])
def test_accumulated_grams_equal_those_of_stored_columns(room: int, chunk: int) -> None:
    """With memory for few columns: equal Grams, columns computed as often as documented."""
    columns = some_columns()
    count = len(columns)
    size = columns[0].numel() * 8
    requested: list[int] = []
    reports: list[tuple[int, int]] = []
    source = source_of(columns, chunk, requested)
    budget = Memory(0, room * size)
    weights = [SOFT, 1 - SOFT, BOX]
    found = accumulate_grams(source, budget, torch.float64, weights, lambda *r: reports.append(r))
    for total, expected in zip(found, store_all(columns).grams(weights), strict=True):
        assert relative(total, expected) < 1e-12
        assert relative(total.T, expected) < 1e-12
    # Of the `fitting` columns some are the stored block, the others one chunk of later columns.
    fitting = max(room, 2)
    capacity = min(count, fitting - min(chunk, fitting // 2))
    assert sum(requested) == sum(range(count, 0, -capacity))
    assert max(requested) <= max(1, fitting // 2)
    assert reports[-1] == (sum(requested), sum(requested))
    assert reports == sorted(set(reports))


def test_accumulating_stays_within_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """No tensor is requested that exceeds the memory of its device."""
    columns = some_columns()
    size = columns[0].numel() * 8
    given: list[tuple[int, int]] = []
    original = Memory.room

    def room(self: Memory, shape: tuple[int, ...], *rest: object) -> Tensor | None:
        given.append((self.device, self.host))
        assert shape[0] * size <= self.host
        return original(self, shape, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Memory, "room", room)
    assert (
        len(accumulate_grams(source_of(columns, 2), Memory(1, 6 * size), torch.float64, [SOFT]))
        == 1
    )
    assert given == [(1, 6 * size)]


def test_no_column_is_computed_where_they_do_not_fit() -> None:
    """`store_columns` returns none before the first column."""
    requested: list[int] = []
    columns = some_columns()
    assert store_columns(source_of(columns, 4, requested), Memory(9, 9, 9), torch.float64) is None
    assert not requested


def test_out_of_memory_halves_the_chunk() -> None:
    """In `store_columns` and in `accumulate_grams`, until a chunk fits; no column is lost."""
    columns = some_columns()
    size = columns[0].numel() * 8
    requested: list[int] = []
    stored = store_columns(short_of_memory(columns, 2, 8, requested), ROOM, torch.float64)
    assert stored is not None
    assert requested == [8, 4, 2, 2, 2, 2, 2, 1]
    expected = gram_of(columns, SOFT)
    assert relative(stored.gram(SOFT), expected) < 1e-12
    source = short_of_memory(columns, 2, 8, requested)
    found = accumulate_grams(source, Memory(0, 9 * size), torch.float64, [SOFT])[0]
    assert relative(found, expected) < 1e-12
    with pytest.raises(torch.OutOfMemoryError):
        store_columns(short_of_memory(columns, 0, 8, requested), ROOM, torch.float64)


def test_other_errors_are_not_swallowed() -> None:
    """Only out-of-memory errors are retried."""

    def compute(start: int, stop: int) -> Tensor:
        raise RuntimeError("shapes cannot be multiplied")

    source = ColumnSource(3, SHAPE, compute, 2, CPU)
    for work in (
        lambda: store_columns(source, ROOM, torch.float64),
        lambda: accumulate_grams(source, Memory(0, 0), torch.float64, [SOFT]),
    ):
        with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
            work()


def test_assembling_inputs_that_share_coordinates() -> None:
    """`M^T G M` where two inputs depend on the same coordinates and a third on others."""
    matrices = [torch.randn(n, 3).double() for n in (4, 2, 5)]
    blocks = tuple(
        Block(i, start, matrix)
        for i, (start, matrix) in enumerate(zip((0, 0, 3), matrices, strict=True))
    )
    full = torch.zeros(11, 6, dtype=torch.float64)
    full[:4, :3], full[4:6, :3], full[6:, 3:] = matrices
    total = store_all(some_columns()).gram(SOFT)
    found = assemble(total, blocks, 6)
    torch.testing.assert_close(found, full.T @ total @ full, rtol=1e-12, atol=1e-12)
    assert torch.equal(found, found.T)
    own = tuple(Block(i, start, None) for i, start in enumerate((0, 4, 6)))
    assert assemble(total, own, 11) is total
