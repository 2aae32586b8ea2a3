"""Objects of training scripts beside the weights: they run nothing and close no file."""

from __future__ import annotations

import argparse
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import logging
import operator
import os
import pickle
import platform
import random
import re
import sys
import uuid
from pathlib import Path
from typing import Any

import latent_levers as ll
import numpy as np
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import CheckpointError, DirectionsError
from stacks import stack
from torch import nn

pytestmark = pytest.mark.filterwarnings("ignore")
STATE = tiny().network.state_dict()


class Mode(enum.Enum):
    """A choice."""

    TRAIN = "train"


class Level(enum.IntFlag):
    """Choices that can be joined."""

    LOW = 1
    HIGH = 2


@dataclasses.dataclass(frozen=True)
class Config:
    """Settings."""

    size: int = 32
    mode: Mode = Mode.TRAIN


class Node:
    """Settings that know what they lie in, as those of omegaconf do."""

    def __init__(self, parent: Node | None, depth: int) -> None:
        self._parent = parent
        self._content = {f"k{i}": Node(self, depth - 1) for i in range(3)} if depth else {"a": 1}


class Anyones:
    """An object whose making is a call with a state."""

    def __reduce__(self) -> Any:
        return _made, (1, [2]), {"a": 1}


class Chain:
    """A list in which each element knows the next."""

    def __init__(self, length: int) -> None:
        self.next = Chain(length - 1) if length else None


class Names(dict[str, Any]):
    """A dictionary of a framework."""


def _made(*_: Any) -> None:
    raise AssertionError("a file's own function was run")


def stepped() -> torch.optim.Optimizer:
    """An optimizer whose state has parameters as keys."""
    weight = nn.Parameter(torch.ones(2))
    optimizer = torch.optim.Adam([weight])
    weight.sum().backward()
    optimizer.step()
    return optimizer


def circle() -> argparse.Namespace:
    """An object that holds itself by way of a dictionary."""
    settings = argparse.Namespace()
    settings.parts = {"whole": settings}
    return settings


EXTRAS: dict[str, Any] = {
    "namespace": argparse.Namespace(size=32, path=Path("a/b")),
    "enum": Mode.TRAIN,
    "flag": Level.LOW | Level.HIGH,
    "enum as a key": {Mode.TRAIN: 1, (Mode.TRAIN, 1): 2},
    "set of enums": {Mode.TRAIN},
    "frozenset of tuples": frozenset({((1, 2), 3)}),
    "dataclass": Config(),
    "tree with parents": Node(None, 4),
    "circle": circle(),
    "long chain": Chain(60),
    "call with state": Anyones(),
    "dict subclass": Names(a=1),
    "range": range(3),
    "partial": functools.partial(max, 1),
    "function": _made,
    "torch function": torch.relu,
    "bound method": [1].append,
    "class method": dict.fromkeys,
    "itemgetter": operator.itemgetter("a"),
    "attrgetter": operator.attrgetter("a.b"),
    "methodcaller": operator.methodcaller("a"),
    "logger": logging.getLogger("x"),
    "pattern": re.compile("a"),
    "RandomState": np.random.RandomState(0),
    "Generator": np.random.default_rng(0),
    "Random": random.Random(0),
    "random state": random.getstate(),
    "timezone": datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc),
    "time": datetime.time(1, 2),
    "uuid": uuid.uuid4(),
    "Decimal": decimal.Decimal("1.5"),
    "Fraction": fractions.Fraction(1, 2),
    "ChainMap": collections.ChainMap({"a": 1}),
    "versions": sys.version_info[:],
    "platform": platform.uname(),
    "uname": os.uname() if hasattr(os, "uname") else None,
    "masked array": np.ma.array([1.0], mask=[True]),
    "structured array": np.zeros(2, dtype=[("a", "f4"), ("b", "i8")]),
    "dates": np.array(["2020-01-02"], dtype="datetime64[D]"),
    "polynomial": np.polynomial.Polynomial([1.0, 2.0]),
    "optimizer": stepped(),
    "scheduler": torch.optim.lr_scheduler.StepLR(stepped(), 5),
    "scaler": torch.amp.GradScaler("cpu"),
    "sparse tensor": torch.eye(3).to_sparse(),
    "sparse rows": torch.eye(3).to_sparse_csr(),
    "meta tensor": torch.empty(3, device="meta"),
    "loss": nn.BCELoss(),
    "lambda of torch": torch.nn.functional.relu,
    "long key": {"a" * 1000: 1},
    "bytes": bytearray(b"ab"),
}
"""What people save beside their weights."""


def saved(extra: Any, folder: Path, layout: str) -> Path:
    """A generator and an object beside it."""
    path, content = folder / "x.pt", {"g_ema": STATE, "extra": extra}
    if layout == "pickle":
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=layout == "zip")
    return path


@pytest.mark.parametrize("layout", ["zip", "legacy", "pickle"])
@pytest.mark.parametrize("title", EXTRAS)
def test_the_weights_are_read(title: str, layout: str, tmp_path: Path) -> None:
    gan = ll.load_generator(saved(EXTRAS[title], tmp_path, layout))
    assert gan.spec.fingerprint == tiny().spec.fingerprint


def test_at_the_top_of_a_state_dict(tmp_path: Path) -> None:
    """Without a dictionary of their own, the weights lie beside everything else."""
    titles = ("RandomState", "Generator", "enum", "range", "logger", "optimizer", "stage")
    extras = {f"extra_{i}": EXTRAS.get(title) for i, title in enumerate(titles)}
    torch.save({**STATE, **extras}, tmp_path / "x.pt")
    assert ll.load_generator(tmp_path / "x.pt").spec.fingerprint == tiny().spec.fingerprint


def test_a_quantized_tensor_beside_weights(tmp_path: Path) -> None:
    extra = torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.qint8)
    for layout in ("zip", "legacy"):
        gan = ll.load_generator(saved(extra, tmp_path, layout))
        assert gan.spec.fingerprint == tiny().spec.fingerprint


def test_beside_a_network_that_was_saved_whole(tmp_path: Path) -> None:
    net = stack("first4 up4 up4", (16, 8, 3))
    torch.save({"netG": net, "rng": np.random.default_rng(0), "mode": Mode.TRAIN}, tmp_path / "x")
    assert ll.load_generator(tmp_path / "x").spec.img_size == (16, 16)


class Marker:
    """A weight that a call would make."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["synthesis.b8.conv1.weight", "synthesis.b8.conv1.bias"])
@pytest.mark.parametrize(
    "kind", ["a call", "a sparse tensor", "a parameter of a call", "a meta tensor"]
)
def test_a_weight_that_only_code_could_make(kind: str, name: str, tmp_path: Path) -> None:
    tensor = STATE[name]
    weight: Any = {
        "a call": Marker(tmp_path / "ran"),
        "a sparse tensor": tensor.to_sparse(),
        "a parameter of a call": nn.Parameter(tensor.to_sparse()),
        "a meta tensor": tensor.to("meta"),
    }[kind]
    torch.save({"g_ema": {**STATE, name: weight}}, tmp_path / "x.pt")
    with pytest.raises(CheckpointError) as caught:
        ll.load_generator(tmp_path / "x.pt")
    assert f"asks to run code to make {name} (" in str(caught.value)
    assert "nothing in a file is ever run" in str(caught.value)
    assert not (tmp_path / "ran").exists()


def test_a_bias_of_a_stack_is_never_left_out_silently(tmp_path: Path) -> None:
    """A convolution without a bias would be one, and its image another."""
    net = stack("first4 up4 up4", (16, 8, 3), bias=True)
    state: dict[str, Any] = {**net.state_dict(), "3.bias": Marker(tmp_path / "ran")}
    torch.save(state, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match=r"to make 3\.bias \("):
        ll.load_generator(tmp_path / "x.pt")


def test_a_mean_w_that_a_call_makes(tmp_path: Path) -> None:
    """It would be computed anew where it is absent, and differ."""
    state = {**STATE, "mapping.w_avg": STATE["mapping.w_avg"].to_sparse()}
    torch.save({"g_ema": state}, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match=r"mapping\.w_avg"):
        ll.load_generator(tmp_path / "x.pt")


def test_a_file_of_calls_alone(tmp_path: Path) -> None:
    torch.save({"g_ema": Marker(tmp_path / "ran")}, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match=r"asks to run (builtins\.getattr|pathlib)"):
        ll.load_generator(tmp_path / "x.pt")
    assert not (tmp_path / "ran").exists()


def test_directions_of_which_a_part_is_a_call(tmp_path: Path) -> None:
    content = {"comp": torch.ones(2, 5), "std": torch.ones(2).to_sparse()}
    torch.save(content, tmp_path / "x.pt")
    with pytest.raises((CheckpointError, DirectionsError), match=r"asks to run code to make std"):
        ll.load_directions(tmp_path / "x.pt")


def test_what_only_attacks_name_is_refused_beside_weights(tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self) -> Any:
            return os.system, ("true",)

    torch.save({"g_ema": STATE, "extra": Attack()}, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match=r"asks to run (posix|nt)\.system"):
        ll.load_generator(tmp_path / "x.pt")


def test_what_was_left_out_is_named_where_nothing_fits(tmp_path: Path) -> None:
    torch.save({"a": {"b": torch.ones(3)}, "net": Anyones()}, tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match=r"left out, since .*: net \(.*_made\)"):
        ll.load_generator(tmp_path / "x.pt")
