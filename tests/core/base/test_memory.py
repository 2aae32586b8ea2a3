"""Budgets of memory: which place is taken, and that files do not stay."""

from __future__ import annotations

import gc
import os
import tempfile
from pathlib import Path

import psutil
import pytest
import torch
from latent_levers.core.base import memory as module
from latent_levers.core.base.memory import Memory
from latent_levers.core.jacobians.columns import ColumnSource
from latent_levers.core.jacobians.storage import store_columns
from torch import Tensor

CPU, ELSEWHERE = torch.device("cpu"), torch.device("meta")
"""Meta stands for a GPU: it has a device type of its own and takes no memory."""

SHAPE, SIZE = (4, 5), 4 * 5 * 4


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def mapped() -> list[str]:
    """Column files that are mapped into this process."""
    maps = psutil.Process().memory_maps(grouped=False)
    return [entry.path for entry in maps if "latent_levers_" in entry.path]


def place(budget: Memory, device: torch.device, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where room is found."""
    made: list[int] = []
    honest = module._mapped_file  # pyright: ignore[reportPrivateUsage]

    def noted(count: int, dtype: torch.dtype) -> Tensor:
        made.append(count)
        return honest(count, dtype)

    monkeypatch.setattr(module, "_mapped_file", noted)
    found = budget.room(SHAPE, torch.float32, device)
    monkeypatch.setattr(module, "_mapped_file", honest)
    if found is None:
        return "nowhere"
    assert (found.shape, found.dtype) == (SHAPE, torch.float32)
    if made:
        return "file"
    return "host" if found.device == CPU else "device"


@pytest.mark.parametrize(
    ("budget", "on_cpu", "on_gpu"),
    [
        (Memory(SIZE, SIZE, SIZE), "host", "device"),
        (Memory(SIZE - 1, SIZE, SIZE), "host", "host"),
        (Memory(SIZE, SIZE - 1, SIZE), "file", "device"),
        (Memory(0, 0, SIZE), "file", "file"),
        (Memory(SIZE, 0), "nowhere", "device"),
        (Memory(SIZE - 1, SIZE - 1, SIZE - 1), "nowhere", "nowhere"),
    ],
)
def test_the_first_place_where_it_fits(
    budget: Memory, on_cpu: str, on_gpu: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Device, host, file, none; a device's budget is ignored on the CPU."""
    assert place(budget, CPU, monkeypatch) == on_cpu
    assert place(budget, ELSEWHERE, monkeypatch) == on_gpu


def test_a_place_that_turns_out_full_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Budgets are estimates: where allocation fails, the next place is tried."""
    honest = torch.empty

    def full(shape: tuple[int, ...], **options: object) -> Tensor:
        if options.get("device") == ELSEWHERE:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return honest(shape, **options)  # type: ignore[call-overload]

    budget = Memory(SIZE, SIZE, SIZE)
    monkeypatch.setattr(torch, "empty", full)
    assert place(budget, ELSEWHERE, monkeypatch) == "host"

    def broken(shape: tuple[int, ...], **options: object) -> Tensor:
        raise RuntimeError("device-side assert")

    monkeypatch.setattr(torch, "empty", broken)
    with pytest.raises(RuntimeError, match="device-side assert"):
        budget.room(SHAPE, torch.float32, CPU)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_columns_in_a_file(dtype: torch.dtype, folder: Path) -> None:
    """They are read back as they were written, and nothing stays once they are dropped."""
    others = mapped() if Path("/proc/self/maps").exists() else []
    columns = torch.randn(6, 3, 4, 4)
    source = ColumnSource(6, (3, 4, 4), lambda a, b: columns[a:b], 4, CPU)
    weight = torch.rand(4, 4)
    in_file = store_columns(source, Memory(0, 0, 1 << 20), dtype)
    on_host = store_columns(source, Memory(0, 1 << 20, 0), dtype)
    assert in_file is not None
    assert on_host is not None
    assert torch.equal(in_file.values, on_host.values)
    assert torch.equal(in_file.gram(weight), on_host.gram(weight))
    if os.name == "posix":
        assert not list(folder.iterdir())  # has no name any more, lives as long as it is mapped
    if Path("/proc/self/maps").exists():
        assert len(mapped()) == len(others) + 1
    del in_file
    gc.collect()
    assert not list(folder.iterdir())
    if Path("/proc/self/maps").exists():
        assert mapped() == others


def test_budgets_as_people_give_them() -> None:
    """Bytes count on the device and on the host alike, without a file."""
    assert Memory.of(1000, CPU) == Memory(1000, 1000, 0)
    assert Memory.of(0, CPU).room(SHAPE, torch.float32, CPU) is None
    given = Memory(1, 2, 3)
    assert Memory.of(given, CPU) is given
    assert given.largest == 3
    assert Memory(7, 2).largest == 7


def test_what_is_free() -> None:
    """Less than there is, more than nothing, and no file beyond its limit."""
    free = Memory.of(None, CPU)
    total = psutil.virtual_memory().total
    assert free.device == 0
    assert 0 < free.host < total / 2
    disk = psutil.disk_usage(tempfile.gettempdir()).free
    assert 0 <= free.file <= min(16 << 30, disk)
