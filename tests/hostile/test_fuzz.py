"""Readers fed with noise: whatever comes in, a checkpoint or an error of ours comes out.

`LATENT_LEVERS_FUZZ` names the number of examples per test; `make fuzz` gives a large one.
"""

from __future__ import annotations

import contextlib
import os
import pickletools
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from forge import LEGACY_HEAD, nested, pickled, text, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Checkpoint
from wholes import WHOLES, opened, whole

EXAMPLES = int(os.environ.get("LATENT_LEVERS_FUZZ", "60"))
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,  # other programs may slow an example down
    derandomize=EXAMPLES <= 100,  # the normal run is the same every time; `make fuzz` explores
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)

_HOME = tempfile.TemporaryDirectory(prefix="latent-levers-fuzz-")  # gone when Python ends
FOLDER = Path(_HOME.name)


@cache
def sample(title: str) -> bytes:
    """A whole file."""
    return whole(title, FOLDER)


def check(data: bytes) -> None:
    """Open it; only a checkpoint or an error of ours may come out, and nothing may have run."""
    with contextlib.suppress(CheckpointError):
        assert isinstance(opened(data, FOLDER), Checkpoint)
    assert not (FOLDER / "ran").exists()


@st.composite
def damages(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes changed, put in, taken out, and doubled, a few times."""
    result = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(result) - 1, 0)))
        length = draw(st.integers(1, 12))
        new = draw(st.binary(max_size=length))
        way = draw(st.sampled_from(["change", "insert", "remove", "double"]))
        if way == "change":
            result[at : at + len(new)] = new
        elif way == "insert":
            result[at:at] = new
        elif way == "remove":
            del result[at : at + length]
        else:
            result[at:at] = result[at : at + length]
    return bytes(result)


@pytest.mark.parametrize("title", WHOLES)
def test_damaged_files(title: str) -> None:
    data = sample(title)

    @bounded
    @given(damages(data))
    def run(damaged: bytes) -> None:
        check(damaged)

    run()


GLOBALS = (
    "os.system", "builtins.eval", "collections.OrderedDict", "torch.FloatStorage", "numpy.ndarray",
    "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter", "numpy.dtype",
    "numpy.core.multiarray._reconstruct", "numpy.core.multiarray.scalar", "_codecs.encode",
    "torch.storage._load_from_bytes", "torch_utils.persistence._reconstruct_persistent_obj",
    "copyreg._reconstructor", "builtins.bytearray", "builtins.set", "torch.Size", "foreign.Thing",
    "dnnlib.tflib.network.Network", "torch._tensor._rebuild_from_type_v2", "argparse.Namespace",
)  # fmt: skip
"""Names that opcodes may draw on."""

CODES = st.sampled_from([opcode.code.encode("latin-1") for opcode in pickletools.opcodes])
NAMES = st.sampled_from([f"c{p.rpartition('.')[0]}\n{p.rpartition('.')[2]}\n" for p in GLOBALS])
VALUES = st.one_of(
    st.text(max_size=8).map(text),
    st.binary(max_size=20).map(lambda value: b"C" + bytes([len(value)]) + value),
    st.integers(-(2**31), 2**31 - 1).map(lambda n: b"J" + n.to_bytes(4, "little", signed=True)),
    st.sampled_from([text(key) for key in ("state", "class_name", "variables", "_modules", "f4")]),
)
OPCODES = st.lists(
    st.one_of(
        VALUES, NAMES.map(str.encode), CODES, st.sampled_from([b"(", b"t", b"R", b"}", b")"])
    ),
    max_size=40,
).map(b"".join)


@pytest.mark.parametrize(
    "wrap",
    [
        pickled,
        zipped,
        lambda body: LEGACY_HEAD + pickled(body) + pickled(b"]"),
        lambda body: pickled(nested(body)),
    ],
    ids=["pickle", "zip", "legacy", "nested"],
)
def test_opcodes_at_random(wrap: Callable[[bytes], bytes]) -> None:
    @bounded
    @given(OPCODES)
    def run(body: bytes) -> None:
        check(wrap(body))

    run()


@bounded
@given(st.binary(max_size=200), st.sampled_from([b"", b"\x80\x02", b"\x80\x04\x95", b"PK\x03\x04"]))
def test_noise(data: bytes, head: bytes) -> None:
    check(head + data)
