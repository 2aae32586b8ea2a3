"""Files that abuse what lies beside weights: objects, whole modules, archives around a model."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import torch
from forge import archive, entry, name, pickled, storage, tensor, text, zipped
from hostile_file import Case
from torch import nn
from torch.nn import BatchNorm2d, ConvTranspose2d


def objects() -> Iterator[tuple[str, Case]]:
    """Inert records without end, in depth, in breadth and in circles."""
    steps = "more than 400000 steps"
    made = "asks to run foreign.make"
    deep = 130_000
    nested = b"h\x00" * deep + b"N" + b"\x85R" * deep
    million = b"h\x00" * 1_000_000 + b"N" + b"\x85R" * 1_000_000
    maker = name("foreign.make") + b"q\x000"
    yield "calls nested a million deep", Case(pickled(maker + million), steps)
    yield "calls nested as deep as can be", Case(pickled(maker + nested), made)
    yield "calls nested deep in a zip", Case(zipped(maker + entry("g_ema", nested)), made)
    laughs = b"h\x00h\x01h\x01\x86Rq\x01" * 20_000
    yield "laughing calls", Case(pickled(maker + b"Nq\x01" + laughs), made)
    one = b"h\x00)\x81}" + text("a") + b"h\x01s" + text("b") + b"h\x01sbq\x01"
    settings = name("foreign.Settings") + b"q\x000Nq\x01" + one * 20_000
    yield "laughing settings", Case(pickled(settings), "no tensors")
    circle = name("foreign.Settings") + b")\x81q\x00}" + text("a") + b"h\x00s" + text("b")
    yield "settings that hold themselves", Case(pickled(circle + b"h\x00sb"), "no tensors")
    web = b"".join(b"h\x00)\x81q" + bytes([i]) + b"0" for i in range(1, 200))
    held = b"".join(
        b"h" + bytes([i]) + b"}("
        + b"".join(text(f"k{j}") + b"h" + bytes([j]) for j in range(1, 200)) + b"ub0"
        for i in range(1, 200)
    )  # fmt: skip
    body = name("foreign.Settings") + b"q\x000" + web + held + b"h\x01"
    yield "settings that hold each other", Case(pickled(body), "no tensors")
    keys = b"}(" + (b"h\x00)RN" * 60_000) + b"u"
    yield "calls as keys", Case(pickled(maker + keys), made)
    calls = b"}(" + b"".join(text(f"w{i}") + b"h\x00)R" for i in range(50_000)) + b"u"
    yield "weights of calls alone", Case(pickled(maker + entry("g_ema", calls)), made)
    tuples = b")" + b"2\x86" * 100
    yield (
        "laughing tuples as an encoding",
        Case(pickled(name("_codecs.encode") + text("x") + tuples + b"\x86R"), "cannot act on"),
    )
    rebuild = name("torch._tensor._rebuild_from_type_v2") + b"q\x000"
    spiral = b"(h\x00N" * 20_000 + b"N" + b"t" * 20_000
    yield (
        "rebuilding without end",
        Case(pickled(rebuild + b"h\x00" + spiral + b"R"), "cannot act on"),
    )
    quantized = tensor(storage(1 << 40, kind="QInt8Storage"), (1 << 40,), (1,))
    yield "quantized terabytes", Case(zipped(entry("a", quantized)), "no such member")


def stack(**settings: Any) -> nn.Sequential:
    """A small network whose second convolution states what it likes."""
    net = nn.Sequential(
        ConvTranspose2d(4, 4, 4), BatchNorm2d(4), nn.ReLU(), ConvTranspose2d(4, 3, 4, 2, 1)
    )
    for setting, value in settings.items():
        object.__setattr__(net[3], setting, value)
    return net


def saved(net: Any) -> bytes:
    """A torch file of a whole network."""
    buffer = io.BytesIO()
    torch.save(net, buffer)
    return buffer.getvalue()


def modules() -> Iterator[tuple[str, Case]]:
    """Whole modules that state sizes without end, or hold themselves."""
    for title, settings, words in (
        ("strides of a billion", {"stride": (10**9, 10**9)}, r"The stride .* was given"),
        ("strides of 300 digits", {"stride": (10**300, 1)}, "whole numbers"),
        ("strides of half a thousand", {"stride": (500, 500)}, "1502 x 1502 pixels"),
        ("a negative stride", {"stride": (-2, -2)}, r"The stride .* was given"),
        ("a stride of nothing", {"stride": (0, 0)}, "A stride of 0"),
        ("strides of text", {"stride": "a" * 500}, "whole numbers"),
        ("a thousand strides", {"stride": (2,) * 1000}, "whole numbers"),
        ("paddings of a billion", {"padding": (10**9, 10**9)}, r"The padding .* was given"),
        ("paddings that leave nothing", {"padding": (400, 400)}, "leaves nothing"),
        ("an output padding of a billion", {"output_padding": (10**9, 0)}, "was given"),
        ("a dilation of a billion", {"dilation": (10**9, 10**9)}, "has a dilation of"),
        ("a billion groups", {"groups": 10**9}, "1 group"),
    ):
        yield f"module with {title}", Case(saved(stack(**settings)), words)
    for title, key in (("a circle", "again"), ("a circle of wrappers", "module")):
        net = stack()
        net._modules[key] = net
        yield f"modules in {title}", Case(saved(net), "deep")
    deep: nn.Module = nn.ReLU()
    for _ in range(90):
        deep = nn.Sequential(deep)
    yield "modules nested deep", Case(saved(deep), "deep")


def downloads() -> Iterator[tuple[str, Case]]:
    """Zip archives around models that unpack without end, and pictures that do."""
    packed = zipfile.ZIP_DEFLATED
    bomb = archive({"model.pt": b"\0" * (300 << 20)}, packed)
    yield "zipped model of gigabytes", Case(bomb, "would unpack")
    lying = bytearray(bomb)
    place = lying.index(b"PK\x01\x02")
    lying[place + 24 : place + 28] = struct.pack("<I", 0xFFFFFFF0)
    yield "zipped model that states gigabytes", Case(bytes(lying), "would unpack")
    inner = b"x"
    for depth in range(8):
        inner = archive({f"{depth}.zip": inner}, packed)
    yield "zips in zips", Case(inner, "holds another archive")
    many = archive({f"{i}/model.pt": b"" for i in range(20_000)})
    yield "twenty thousand models in a zip", Case(many, "holds 20000 models")
    slip = archive({"../../model.pt": b"x"})
    yield "zipped model outside of itself", Case(slip, "outside of itself|no data.pkl")
    yield (
        "NumPy archive of gigabytes",
        Case(archive({"w.npy": b"\0" * (300 << 20)}, packed), "archive of NumPy arrays"),
    )
    names = archive({"a" * 60_000 + ".pt": b"", "b.pt": b""})
    yield "zipped models of long names", Case(names, "holds 2 models")

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)  # with alpha
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
    picture = b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")
    yield "picture with alpha of gigabytes", Case(picture, "is a PNG picture")
    yield (
        "picture with alpha of gigabytes in a zip",
        Case(archive({"face.png": picture}), "holds no model"),
    )
