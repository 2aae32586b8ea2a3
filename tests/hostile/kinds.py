"""Files that want to run something, or to take all memory and time, each with what must be said."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from forge import (
    archive,
    array,
    call,
    entry,
    legacy,
    name,
    nested,
    number,
    numbers,
    octets,
    pickled,
    safetensors,
    storage,
    tensor,
    text,
    tuple_of,
    zipped,
)

MARKER = "MARKER"
"""Stands for the path of a file that appears if anything runs."""


@dataclass(frozen=True)
class Kind:
    """One hostile file."""

    data: bytes
    """Its bytes, with `MARKER` for the marker's path, which has as many letters as needed."""
    words: str
    """What the error must say, as a regular expression."""


def touching(command: str) -> bytes:
    """Opcodes of a text that would create the marker."""
    return text(command.replace("@", MARKER * 20))


def payloads() -> dict[str, tuple[bytes, str]]:
    """Ways to run something, and the name that the error must give."""
    touch, source = touching("touch @"), touching("open('@', 'w')")
    shell = tuple_of(touch)
    code = b"ctypes\nCodeType\n(tR"
    return {
        "os.system": (call("os.system", touch), "os.system"),
        "posix.system": (call("posix.system", touch), "posix.system"),
        "nt.system": (call("nt.system", touch), "nt.system"),
        "os.popen": (call("os.popen", touch), "os.popen"),
        "subprocess.Popen": (call("subprocess.Popen", touch, b"K\x00NNNNNN\x88"), "subprocess"),
        "subprocess instance": (name("subprocess.Popen") + shell + b"\x81", "subprocess.Popen"),
        "subprocess keywords": (name("subprocess.Popen") + shell + b"}\x92", "subprocess.Popen"),
        "builtins.eval": (call("builtins.eval", source), "builtins.eval"),
        "builtins.exec": (call("builtins.exec", source), "builtins.exec"),
        "eval of Python 2": (call("__builtin__.eval", source), "builtins.eval"),
        "builtins.open": (call("builtins.open", touching("@"), text("w")), "builtins.open"),
        "builtins.__import__": (call("builtins.__import__", text("os")), "builtins.__import__"),
        "getattr chain": (
            call("builtins.getattr", call("builtins.getattr", name("foreign.x"), text("y")),
                 text("z")) + shell + b"R",
            "builtins.getattr",
        ),
        "importlib": (call("importlib.import_module", text("antigravity")), "importlib"),
        "runpy": (call("runpy.run_path", touching("@")), "runpy.run_path"),
        "Path.touch": (name("pathlib.Path.touch") + shell + b"R", "pathlib.Path"),
        "dotted name": (b"\x8c\x02os\x8c\x0bpath.os.sys\x93)R", "os.path.os.sys"),
        "stack global": (b"\x8c\x02os\x8c\x06system\x93" + shell + b"R", "os.system"),
        "old instance": (b"(" + touch + b"ios\nsystem\n", "os.system"),
        "old object": (b"(" + name("os.system") + touch + b"o", "os.system"),
        "partial called": (
            name("functools.partial") + tuple_of(name("foreign.run")) + b"R" + shell + b"R",
            "the result of another call",
        ),
        "partial of a name": (call("functools.partial", name("os.system")), "os.system"),
        "types.FunctionType": (call("types.FunctionType", code), "types.FunctionType"),
        "operator": (call("operator.methodcaller", text("system")), "operator.methodcaller"),
        "reduce": (call("functools.reduce", name("os.system")), "functools.reduce"),
        "map": (call("builtins.map", name("os.system")), "builtins.map"),
        "shutil": (call("shutil.rmtree", touching("@")), "shutil.rmtree"),
        "ctypes": (call("ctypes.CDLL", text("libc.so.6")), "ctypes.CDLL"),
        "pickle in pickle": (call("pickle.Unpickler", octets(b"cos\n")), "pickle.Unpickler"),
        "marshal": (call("marshal.loads", octets(b"c")), "marshal.loads"),
        "webbrowser": (call("webbrowser.open", text("http://0")), "webbrowser.open"),
        "socket": (call("socket.create_connection", text("0")), "socket.create_connection"),
        "timeit": (call("timeit.timeit", source), "timeit.timeit"),
        "pip": (call("pip.main", text("install")), "pip.main"),
        "commands of Python 2": (call("commands.getoutput", touch), "commands.getoutput"),
        "torch.hub": (call("torch.hub.load", text("a/b"), text("c")), "torch.hub.load"),
        "torch's loader": (call("torch.serialization.load", touching("@")), "torch.serialization"),
        "numpy's loader": (call("numpy.load", touching("@")), "numpy.load"),
        "numpy's runner": (
            call("numpy.testing._private.utils.runstring", source, b"}"), "numpy.testing"
        ),
        "class of torch": (call("torch.nn.modules.linear.Linear", b"K\x01K\x01"), "torch.nn"),
        "state of a name": (name("foreign.Thing") + entry("run", touch) + b"b", "changes to"),
        "rebuild of a call": (
            call("torch._tensor._rebuild_from_type_v2", name("foreign.run"), name("x.y"), shell),
            "foreign.run",
        ),
        "rebuild by a class": (
            call("copyreg._reconstructor", call("foreign.run", touch), name("x.y"), b"N"),
            "foreign.run",
        ),
        "extension code": (b"\x82\x01", "EXT1"),
        "codec that unpacks": (
            call("_codecs.encode", text("x"), text("bz2")), "_codecs.encode with 'bz2'"
        ),
        "module with source": (
            tuple_of(text("module"), name("os.system"), text("x.py"), source) + b"Q",
            "os.system",
        ),
    }  # fmt: skip


def code() -> Iterator[tuple[str, Kind]]:
    """Every payload in every wrapping, beside a tensor or in its place."""
    for title, (body, named) in payloads().items():
        words = f"asks to run (what the pickle opcode )?.*{named.replace('.', '[.]')}"
        yield f"{title} in a pickle", Kind(pickled(body), words)
        yield f"{title} in a zip", Kind(zipped(entry("g_ema", body)), words)
        yield f"{title} in a legacy file", Kind(legacy(body), words)
        yield f"{title} in a nested archive", Kind(pickled(nested(body)), words)
    body, named = payloads()["os.system"]
    source = entry("class_name", body)
    yield (
        "os.system in a persistent object",
        Kind(pickled(call("torch_utils.persistence._reconstruct_persistent_obj", source)), named),
    )
    yield (
        "os.system in a TensorFlow network",
        Kind(
            pickled(
                name("dnnlib.tflib.network.Network") + b")\x81" + entry("variables", body) + b"b"
            ),
            named,
        ),
    )
    yield (
        "archives four deep",
        Kind(pickled(nested(nested(nested(nested(b"N"))))), "nests more than 3 archives"),
    )


def pickles() -> Iterator[tuple[str, Kind]]:
    """Pickles that take all memory, all time, or the reader's stack."""
    none = "holds no tensors"
    steps = "more than 400000 steps"
    keys = "keys are not text or numbers"
    laughs = b")" + b"2\x86" * 100
    dictionaries = b"}" + b"".join(b"q\x00}" + text("a") + b"h\x00s" + text("b") + b"h\x00s"
                                   for _ in range(25))  # fmt: skip
    yield "nine bytes", Kind(b"\x80\x02Nr\xff\xff\xff\x7f.", none)
    yield (
        "memo of large numbers",
        Kind(
            pickled(b"N" + b"".join(b"r" + struct.pack("<I", i << 12) for i in range(90_000))), none
        ),
    )
    yield "memo grown by one opcode", Kind(b"\x80\x04N" + b"\x94" * 450_000 + b".", steps)
    yield "laughing tuples", Kind(pickled(laughs), none)
    yield "laughing tuples as a key", Kind(pickled(b"}" + laughs + b"Ns"), keys)
    yield "laughing tuples in a set", Kind(b"\x80\x04\x8f(" + laughs + b"\x90.", none)
    yield "laughing dictionaries", Kind(pickled(dictionaries), steps)
    yield "laughing lists in a zip", Kind(zipped(b"]" + b"q\x00]h\x00ah\x00a" * 60), none)
    yield (
        "colliding keys",
        Kind(
            pickled(
                b"}(" + b"".join(number((2**61 - 1) * i * 2**60) + b"N" for i in range(1, 9)) + b"u"
            ),
            keys,
        ),
    )
    yield "lists nested deep", Kind(pickled(b"(" * 190_000 + b"l" * 190_000), none)
    yield "tuples nested deep", Kind(pickled(b")" + b"\x85" * 300_000), none)
    yield (
        "dictionaries nested deep",
        Kind(
            pickled(b"}" + text("a") * 1 + (b"}" + text("a")) * 5000 + b"N" + b"s" * 5001), "deep"
        ),
    )
    yield "marks alone", Kind(b"(" * 5_000_000, steps)
    yield "stack of nothing", Kind(b"\x80\x02" + b"N" * 5_000_000, steps)
    yield "copies of the top", Kind(pickled(b"]" + b"2" * 5_000_000), steps)
    yield "dictionary that holds itself", Kind(pickled(b"}q\x00" + text("a") + b"h\x00s"), "deep")
    yield "text that never comes", Kind(pickled(b"X\xff\xff\xff\xff"), "cut off")
    yield "bytes that never come", Kind(pickled(b"B\xff\xff\xff\xff"), "cut off")
    yield "exabytes", Kind(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 60) + b".", "cut off")
    yield "more than can be counted", Kind(b"\x80\x04\x8e" + b"\xff" * 8 + b".", "maxsize")
    yield (
        "bytearray that never comes",
        Kind(b"\x80\x05\x96" + struct.pack("<Q", 1 << 40) + b".", "cut off"),
    )
    yield "string of Python 2 that never comes", Kind(pickled(b"T\xff\xff\xff\x7f"), "cut off")
    yield "string of a negative length", Kind(pickled(b"T\xff\xff\xff\xff"), "count < 0")
    yield "frame that never comes", Kind(b"\x80\x04\x95" + b"\xff" * 8 + b"N.", none)
    yield (
        "integer of a million bits",
        Kind(pickled(b"\x8b" + struct.pack("<I", 125_000) + b"\x7f" * 125_000), "999999 bits"),
    )
    yield "integer of a million digits", Kind(b"(L" + b"9" * 1_000_000 + b"L\n.", "does not end")
    yield (
        "bytearray of a number",
        Kind(pickled(call("builtins.bytearray", number(1 << 33))), "making of bytes"),
    )
    yield (
        "bytearray in a torch file",
        Kind(zipped(call("builtins.bytearray", number(1 << 33))), "making of bytes"),
    )
    yield "bytes copied over and over", Kind(
        pickled(name("_codecs.encode") + b"q\x00" + text("a" * (1 << 20)) + b"q\x01"
                + text("latin1") + b"q\x02" + b"h\x00h\x01h\x02\x86R" * 5000),
        "far more memory",
    )  # fmt: skip
    yield (
        "list copied over and over",
        Kind(
            pickled(
                b"](" + b"N" * 50_000 + b"eq\x00" + (name("builtins.set") + b"h\x00\x85R") * 9000
            ),
            steps,
        ),
    )
    yield (
        "settings from a persistent object without end",
        Kind(
            pickled(call("torch_utils.persistence._reconstruct_persistent_obj", b"}")),
            "never there",
        ),
    )
    yield "unhashable key", Kind(pickled(b"}]Ns"), keys)
    yield "nothing at all", Kind(b"\x80\x02.", "lacks its operands")
    yield "newest protocol but one", Kind(b"\x80\x05\x97.", "NEXT_BUFFER")


def tensors() -> Iterator[tuple[str, Kind]]:
    """Tensors and arrays that are not what they say."""
    bad = {
        "terabytes": (tensor(storage(4), (1 << 40,), (1,)), "lies on a storage of 4 numbers"),
        "gigabytes beyond the storage": (
            tensor(storage(4), (1 << 28,), (1,)), "lies on a storage of 4"
        ),
        "terabytes by repeating": (
            tensor(storage(4), (1 << 40,), (0,)), "lies on a storage of 4"
        ),
        "more axes than can be counted": (
            tensor(storage(4), (1 << 40, 1 << 40, 0), (1, 1, 1)), "more than 2.48"
        ),
        "negative strides": (tensor(storage(4), (2,), (-1,)), "strides of a tensor"),
        "negative axes": (tensor(storage(4), (-2,), (1,)), "shape of a tensor"),
        "negative offset": (tensor(storage(4), (2,), (1,), -1), "offset of a tensor"),
        "offset beyond the end": (tensor(storage(4), (2,), (1,), 3), "lies on a storage of 4"),
        "strides beyond the end": (tensor(storage(4), (2, 2), (3, 1)), "lies on a storage of 4"),
        "a thousand axes": (tensor(storage(4), (1,) * 1000, (1,) * 1000), "at most 32"),
        "fewer strides than axes": (tensor(storage(4), (1, 1), (1,)), "zip"),
        "integers beyond all": (tensor(storage(4), (1 << 600,), (1,)), "from 0 to 2.48"),
        "storage that is none": (tensor(b"N", (1,), (1,)), "no storage"),
        "storage of no type": (
            tensor(storage(4, kind="system"), (1,), (1,)), "no type that torch has"
        ),
        "storage stated twice": (storage(4) + storage(5) + b"\x86", "stated twice"),
        "storage of a negative length": (storage(-4), "length of a storage"),
    }  # fmt: skip
    for title, (body, words) in bad.items():
        yield f"{title} in a zip", Kind(zipped(entry("a", body), {"0": b"\0" * 16}), words)
        data = struct.pack("<q", 4) + b"\0" * 16
        yield f"{title} in a legacy file", Kind(legacy(entry("a", body), ("0",), data), words)
    good = entry("a", tensor(storage(4), (4,), (1,)))
    for title, body, words in (
        ("tensor of gigabytes", name("torch.Tensor") + numbers(1 << 31) + b"\x81", "no tensors"),
        ("tensor of gigabytes by a call", call("torch.Tensor", number(1 << 31)), "torch.Tensor"),
        ("storage of gigabytes", name("torch.UntypedStorage") + numbers(1 << 33) + b"\x81", "no t"),
        (
            "tensor that grows",
            tensor(storage(4), (4,), (1,))
            + tuple_of(storage(4), number(0), numbers(1 << 31), numbers(1))
            + b"b",
            "filled in twice",
        ),
        ("laughing set", call("builtins.set", b"])" + b"2\x86" * 100 + b"a"), "has a set of"),
        (
            "attributes copied over and over",
            name("collections.OrderedDict")
            + b")R}("
            + b"".join(number(i) + b"N" for i in range(20_000))
            + b"uq\x01b"
            + b"h\x01b" * 50_000,
            "more than 400000 steps",
        ),
    ):
        yield f"{title} in a zip", Kind(zipped(entry("a", body), {"0": b"\0" * 16}), words)
    yield (
        "storage larger than its member",
        Kind(
            zipped(entry("a", tensor(storage(1 << 40), (4,), (1,))), {"0": b"\0" * 16}),
            "no such member",
        ),
    )
    yield "storage without a member", Kind(zipped(good), "no such member")
    yield (
        "storage as a path",
        Kind(
            zipped(entry("a", tensor(storage(4, "../../../etc/passwd"), (4,), (1,)))),
            "no such member",
        ),
    )
    yield (
        "storage of terabytes in a legacy file",
        Kind(
            legacy(
                entry("a", tensor(storage(1 << 40), (4,), (1,))), ("0",), struct.pack("<q", 1 << 40)
            ),
            "cut off",
        ),
    )
    yield (
        "storage of another length in a legacy file",
        Kind(legacy(good, ("0",), struct.pack("<q", -1) + b"\0" * 16), "has -1"),
    )
    yield "storage left out of a legacy file", Kind(legacy(good), "numbers are missing")
    yield (
        "storage that nobody has in a legacy file",
        Kind(legacy(good, ("9",)), "no tensor lies on"),
    )
    many = b"q\x070}(" + b"".join(text(f"n{i}") + b"h\x07" for i in range(1000)) + b"u"
    shared = tensor(storage(1 << 20), (1 << 20,), (1,))
    yield (
        "one tensor under many names",
        Kind(zipped(shared + many, {"0": b"\0" * (4 << 20)}), "far more memory"),
    )
    yield (
        "name of a million letters",
        Kind(
            zipped(entry("a" * 1_000_000, tensor(storage(4), (4,), (1,))), {"0": b"\0" * 16}),
            "a name of 1000000 letters",
        ),
    )
    arrays = {
        "array of terabytes": (array(numbers(1 << 40), octets(b"\0" * 16)), "has 16 bytes"),
        "array of a negative length": (array(numbers(-4), octets(b"\0" * 16)), "shape of an array"),
        "array of a few bytes": (array(numbers(4), octets(b"\0" * 15)), "has 15 bytes"),
        "array of a number": (array(numbers(4), number(1 << 33)), "cannot act on"),
        "array of an enormous type": (
            array(numbers(4), octets(b"\0" * 16), "V99999999999999"), "holds no tensors"
        ),
        "scalar of no bytes": (
            call("numpy.core.multiarray.scalar", call("numpy.dtype", text("f8")), octets(b"")),
            "has 0 bytes",
        ),
    }  # fmt: skip
    for title, (body, words) in arrays.items():
        yield title, Kind(pickled(entry("a", body)), words)


def archives() -> Iterator[tuple[str, Kind]]:
    """Zip archives that unpack without end, lead outside, or look different to two readers."""
    good = {"x/data.pkl": pickled(entry("a", tensor(storage(4), (4,), (1,)))),
            "x/data/0": b"\0" * 16}  # fmt: skip
    whole = archive(good)
    yield (
        "zip bomb",
        Kind(archive({"x/data.pkl": b"\0" * 10_000_000}, zipfile.ZIP_DEFLATED), "packed member"),
    )
    for title, path in {
        "zip slip": "../../evil", "zip slip from the root": "/etc/evil",
        "zip slip of Windows": "x\\..\\evil", "zip slip to a drive": "c:evil",
    }.items():  # fmt: skip
        yield title, Kind(archive({**good, path: b"x"}), "outside of itself")
    yield "no data.pkl", Kind(archive({"x/other": b""}), "holds no data.pkl")
    yield "empty archive", Kind(b"PK\x03\x04" + archive({}), "bytes around|is empty|makes no sense")
    yield (
        "one name twice",
        Kind(
            archive({**good, "x/DATA.pkl": pickled(b"N")}), "'x/data.pkl' twice|'x/DATA.pkl' twice"
        ),
    )
    yield "bytes behind the archive", Kind(whole + b"\0" * 100, "has no end")
    yield (
        "bytes before the archive",
        Kind(b"PK\x03\x04" + b"\0" * 96 + whole, "bytes around|overlap"),
    )
    yield "comment", Kind(whole[:-2] + b"\x04\0abcd", "has no end")
    place = whole.index(b"PK\x01\x02")
    second = whole.index(b"PK\x01\x02", place + 4)
    lying = bytearray(whole)
    lying[second + 42 : second + 46] = struct.pack("<I", 0)
    yield "two members in one place", Kind(bytes(lying), "overlap|two names")
    lying = bytearray(whole)
    lying[second + 20 : second + 28] = struct.pack("<II", 1 << 31, 1 << 31)
    yield "member of gigabytes", Kind(bytes(lying), "overlap or lie outside")
    lying = bytearray(whole)
    lying[-12:-6] = struct.pack("<HI", 60_000, 46 * 60_000)[:6]
    yield "directory of thousands", Kind(bytes(lying), "makes no sense|bytes around")
    lying = bytearray(whole)
    lying[place + 46] = 0xFF
    yield "name that is no text", Kind(bytes(lying), "makes no sense")
    lying = bytearray(whole)
    lying[place + 46] = ord("y")
    yield "member of two names", Kind(bytes(lying), "two names")
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, 1 << 60, 1)
    yield "directory beyond the end", Kind(whole[:-22] + locator + whole[-22:], "has no end")
    entries = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 16) * 150_000
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(entries), 4, 0)
    yield "directory of a hundred thousand", Kind(b"PK\x03\x04" + entries + tail, "steps")
    yield "big-endian", Kind(archive({**good, "x/byteorder": b"big"}), "big-endian")
    yield "head of a zip alone", Kind(b"PK\x03\x04", "has no end")


def other_files() -> Iterator[tuple[str, Kind]]:
    """Headers of safetensors files that lie, and files of no kind."""
    data = b"\0" * 16

    def stated(shape: list[int], begin: int, end: int, kind: str = "F32") -> dict[str, object]:
        return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}

    cannot = "cannot be read as safetensors"
    headers = {
        "overlapping": ({"a": stated([4], 0, 16), "b": stated([2], 8, 16)}, cannot),
        "beyond the end": ({"a": stated([1 << 38], 0, 1 << 40)}, cannot),
        "absurd": ({"a": stated([1 << 62, 4], 0, 16)}, cannot),
        "absurd and empty": (
            {"a": stated([1 << 62, 0], 0, 0), "b": stated([4], 0, 16)}, "tensor 'a' of shape"
        ),
        "with a hole": ({"a": stated([2], 8, 16)}, cannot),
        "negative": ({"a": stated([-4], 0, 16)}, cannot),
        "backwards": ({"a": stated([4], 16, 0)}, cannot),
        "of no type": ({"a": stated([4], 0, 16, "F99")}, cannot),
        "nested deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, cannot),
        "no text": (b"{\xff\xfe", cannot),
        "no object": (b"{" * 10, cannot),
        "longer than any": (
            {f"tensor {i}": stated([0], 0, 0) for i in range(200_000)}, "a header of"
        ),
        "of too many": ({f"t{i}": stated([0], 0, 0) for i in range(60_000)}, "60000 tensors"),
    }  # fmt: skip
    for title, (header, words) in headers.items():
        held = b"" if title.startswith(("longer", "of too")) else data
        yield f"safetensors header {title}", Kind(safetensors(header, held), words)
    yield (
        "safetensors header of exabytes",
        Kind(safetensors({}, data, 1 << 62), "more than the file"),
    )
    yield "text", Kind(b"<html></html>", "which no reader knows")
    yield "nothing", Kind(b"", "is empty")


def every_kind() -> dict[str, Kind]:
    """All of them by name."""
    kinds: dict[str, Kind] = {}
    for group in (code, pickles, tensors, archives, other_files):
        for title, kind in group():
            assert title not in kinds, title
            kinds[title] = kind
    return kinds
