"""How quick types are: what is measured, how slow ones are evaded, and what is kept.

Times are planted: no clock decides a test.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from latent_levers.core.base.precision import PRECISIONS, Precision
from latent_levers.core.jacobians.options import JacobianOptions
from latent_levers.core.jacobians.speeds import stored
from latent_levers.core.jacobians.speeds.device_names import device_name
from latent_levers.core.jacobians.speeds.probe import SIZES, Measure, measure_push, probe
from latent_levers.core.jacobians.speeds.stored import FILE, cache_folder, load_shares, save_shares
from latent_levers.core.jacobians.speeds.type_speeds import TypeSpeeds, type_speeds

CPU = torch.device("cpu")


def planted(factors: Mapping[str, float], calls: list[str] | None = None) -> Measure:
    """A measurement in which each type takes a factor of the exact time."""

    def measure(device: torch.device, precision: Precision, size: tuple[int, int, int]) -> float:
        if calls is not None:
            calls.append(precision.id)
        if precision.id not in factors and precision.id != "float32":
            raise RuntimeError("no such convolution here")
        return size[0] * size[1] ** 2 * 1e-9 * factors.get(precision.id, 1.0)

    return measure


def test_shares_are_times_over_the_exact_one() -> None:
    """TF32 is for CUDA devices; what a device cannot compute is infinitely slow."""
    found = probe(CPU, planted({"bfloat16": 0.5}))
    assert found == {"bfloat16": pytest.approx(0.5), "float16": float("inf")}
    assert probe(torch.device("cuda"), planted({"tf32": 0.2}))["tf32"] == pytest.approx(0.2)


def test_the_worst_of_the_typical_sizes_counts() -> None:
    """A type that is quick in one of them alone saves little."""

    def measure(device: torch.device, precision: Precision, size: tuple[int, int, int]) -> float:
        slow = precision.id == "bfloat16" and size == SIZES[-1]
        return 1.5 if slow else 1.0 if precision.id == "float32" else 0.4

    assert probe(CPU, measure) == {"bfloat16": 1.5, "float16": 0.4}


def test_a_hopeless_type_is_tried_at_the_smallest_size_alone() -> None:
    """Larger ones would take ten times as long and change nothing."""
    quick, slow = list[str](), list[str]()
    probe(CPU, planted({"bfloat16": 0.5, "float16": 0.5}, quick))
    probe(CPU, planted({"bfloat16": 9.0, "float16": 9.0}, slow))
    assert len(quick) == len(SIZES) * len(slow)


def test_the_first_of_each_kind_does_not_count() -> None:
    """It prepares kernels."""
    seen = set[tuple[str, tuple[int, int, int]]]()

    def measure(device: torch.device, precision: Precision, size: tuple[int, int, int]) -> float:
        first = (precision.id, size) not in seen
        seen.add((precision.id, size))
        return 100.0 if first and precision.id != "float32" else 1.0

    assert set(probe(CPU, measure).values()) == {1.0}


def test_a_real_push_takes_time() -> None:
    for precision in PRECISIONS:
        if precision.dtype is not torch.float16:  # some processors have none
            assert measure_push(CPU, precision, SIZES[0]) > 0


@pytest.mark.parametrize(("shares", "expected"), [
    ({}, "float32"),
    ({"bfloat16": 2.8, "float16": 8.0}, "float32"),
    ({"bfloat16": 0.95}, "float32"),
    ({"bfloat16": 0.5, "float16": 8.0}, "bfloat16"),
    ({"bfloat16": 2.8, "float16": 0.5}, "float16"),
    ({"bfloat16": 0.5, "float16": 0.45}, "bfloat16"),
    ({"bfloat16": 0.5, "float16": 0.3, "tf32": 0.4}, "float16"),
])  # fmt: skip
def test_the_quickest_is_taken_where_it_saves_time(shares: dict[str, float], expected: str) -> None:
    """And float16, whose range is small, only where it is clearly the quickest."""
    speeds = TypeSpeeds(shares)
    assert speeds.quickest == expected
    assert speeds.share("float32") == 1.0
    assert speeds.share("unknown") == float("inf")
    options = JacobianOptions(precision="fast", speeds=speeds)
    assert options.precision_on(CPU).id == expected
    assert JacobianOptions(precision="tf32", speeds=speeds).precision_on(CPU).id == "tf32"


def test_speeds_are_measured_once_per_machine(tmp_path: Path) -> None:
    """The second process reads what the first wrote; so does this one, which forgets nothing."""
    calls: list[str] = []
    measure = planted({"bfloat16": 0.5, "float16": 3.0}, calls)
    first = type_speeds(CPU, measure, tmp_path)
    count = len(calls)
    assert count
    assert type_speeds(CPU, measure, tmp_path) is first
    assert len(calls) == count
    assert load_shares(tmp_path, device_name(CPU)) == first.shares
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_devices_stand_side_by_side_and_the_oldest_go(tmp_path: Path) -> None:
    for number in range(40):
        save_shares(tmp_path, f"device {number}", {"bfloat16": 1.0 + number})
    assert load_shares(tmp_path, "device 39") == {"bfloat16": 40.0}
    assert load_shares(tmp_path, "device 8") == {"bfloat16": 9.0}
    assert load_shares(tmp_path, "device 7") is None
    save_shares(tmp_path, "x" * 1000, {"bfloat16": 1.0})
    assert load_shares(tmp_path, "x" * 1000) is None


def test_infinity_is_kept_as_a_number(tmp_path: Path) -> None:
    """JSON has none; a type that a device lacks stays one that it lacks."""
    save_shares(tmp_path, "device", {"float16": float("inf")})
    assert "1000000.0" in (tmp_path / FILE).read_text()
    assert load_shares(tmp_path, "device") == {"float16": float("inf")}


@pytest.mark.parametrize("shares", [
    {"bfloat16": 0.5},
    {"bfloat16": 0.5, "float16": 2.0, "fast": 1e-3},
    {"bfloat16": 0.5, "float16": 2.0, "float32": 1e-3},
    {"bfloat16": 0.5, "float16": 2.0, "int3": 1e-3},
])  # fmt: skip
def test_shares_of_other_types_are_measured_anew(shares: dict[str, float], tmp_path: Path) -> None:
    """Such as those of a version with fewer precisions, or of a file that was written by hand."""
    save_shares(tmp_path, device_name(CPU), shares)
    found = type_speeds(CPU, planted({"bfloat16": 0.6, "float16": 0.3}), tmp_path)
    assert found.shares == {"bfloat16": pytest.approx(0.6), "float16": pytest.approx(0.3)}
    assert found.quickest == "float16"


_GOOD = {"format": stored.FORMAT, "devices": {"device": {"bfloat16": 0.5}}}

BROKEN: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"{",
    "no text": b"\xff\xfe\x00",
    "a list": b"[]",
    "foreign": json.dumps({**_GOOD, "format": "else/1"}).encode(),
    "devices a list": json.dumps({**_GOOD, "devices": []}).encode(),
    "a share of text": json.dumps({**_GOOD, "devices": {"device": {"bfloat16": "1"}}}).encode(),
    "a share of zero": json.dumps({**_GOOD, "devices": {"device": {"bfloat16": 0}}}).encode(),
    "NaN": b'{"format": "%s", "devices": {"device": {"bfloat16": NaN}}}' % stored.FORMAT.encode(),
    "no shares": json.dumps({**_GOOD, "devices": {"device": {}}}).encode(),
    "deep": b"[" * 100_000,
    "huge": json.dumps(_GOOD).encode() + b" " * (1 << 17),
    "many": json.dumps(
        {**_GOOD, "devices": {"device": {"bfloat16": 0.5}, **{str(i): {} for i in range(99)}}}
    ).encode(),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_counts_as_none(name: str, tmp_path: Path) -> None:
    """It is measured anew, and replaced."""
    (tmp_path / FILE).write_bytes(json.dumps(_GOOD).encode())
    assert load_shares(tmp_path, "device") == {"bfloat16": 0.5}
    (tmp_path / FILE).write_bytes(BROKEN[name])
    assert load_shares(tmp_path, "device") is None
    save_shares(tmp_path, "device", {"bfloat16": 0.7})
    assert load_shares(tmp_path, "device") == {"bfloat16": 0.7}


def test_where_nothing_can_be_kept_speeds_are_measured(tmp_path: Path) -> None:
    """A folder that is a file, and no folder at all."""
    place = tmp_path / "file"
    place.write_text("mine")
    assert type_speeds(CPU, planted({"bfloat16": 0.4}), place).quickest == "bfloat16"
    assert place.read_text() == "mine"
    save_shares(None, "device", {"bfloat16": 0.4})
    assert load_shares(None, "device") is None


@pytest.mark.parametrize(("system", "variables", "expected"), [
    ("linux", {"XDG_CACHE_HOME": "/c"}, "/c/latent-levers"),
    ("linux", {}, "/home/me/.cache/latent-levers"),
    ("darwin", {}, "/home/me/Library/Caches/latent-levers"),
    ("win32", {"LOCALAPPDATA": "/l"}, "/l/latent-levers"),
    ("linux", {"LATENT_LEVERS_CACHE": "/own"}, "/own"),
])  # fmt: skip
def test_the_folder_is_the_systems(
    system: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "LATENT_LEVERS_CACHE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(stored.sys, "platform", system)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    assert cache_folder() == Path(expected)

    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder() == (Path("/own") if "LATENT_LEVERS_CACHE" in variables else None)


def test_names_tell_settings_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its instructions, a processor is another device."""
    name: Callable[[], str] = lambda: device_name(CPU)  # noqa: E731
    before = name()
    assert torch.__version__ in before
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    assert name() != before
