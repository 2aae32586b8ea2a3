"""Pickles that ask to run something, in every container."""

from __future__ import annotations

from collections.abc import Iterator

from forge import call, entry, legacy, name, nested, octets, pickled, text, tuple_of, zipped
from hostile_file import MARKER, Case


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
        "types.FunctionType": (call("types.FunctionType", code), "types.CodeType"),
        "operator": (call("operator.methodcaller", text("system")), "operator.methodcaller"),
        "reduce": (call("functools.reduce", name("os.system")), "os.system"),
        "map": (call("builtins.map", name("os.system")), "os.system"),
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


def code() -> Iterator[tuple[str, Case]]:
    """Every payload in every wrapping, beside a tensor or in its place."""
    for title, (body, named) in payloads().items():
        words = f"asks to run (what the pickle opcode )?.*{named.replace('.', '[.]')}"
        yield f"{title} in a pickle", Case(pickled(body), words)
        yield f"{title} in a zip", Case(zipped(entry("g_ema", body)), words)
        yield f"{title} in a legacy file", Case(legacy(body), words)
        yield f"{title} in a nested archive", Case(pickled(nested(body)), words)
    body, named = payloads()["os.system"]
    source = entry("class_name", body)
    yield (
        "os.system in a persistent object",
        Case(pickled(call("torch_utils.persistence._reconstruct_persistent_obj", source)), named),
    )
    yield (
        "os.system in a TensorFlow network",
        Case(
            pickled(
                name("dnnlib.tflib.network.Network") + b")\x81" + entry("variables", body) + b"b"
            ),
            named,
        ),
    )
    yield (
        "archives four deep",
        Case(pickled(nested(nested(nested(nested(b"N"))))), "nests more than 3 archives"),
    )
