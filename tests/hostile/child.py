"""Opens files as the library does, under limits that are set anew for each, and reports.

Run as a script with a folder: every file in it is opened, one JSON object per line comes out.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

import latent_levers as ll
from latent_levers.core.base.errors import PackError

BEYOND = 1 << 30
"""Bytes of address space beyond the file's own that a reader may take."""

HANG = 30
"""Seconds after which a child is taken to hang, however busy the machine."""

RUNNING = (
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "subprocess.Popen",
    "pickle.find_class", "ctypes.dlopen", "socket.connect", "webbrowser.open", "shutil.rmtree",
    "os.remove", "os.rename", "marshal.loads", "builtins.input",
)  # fmt: skip
"""What Python itself reports when something runs, or when its own unpicklers look something up."""


def address_space() -> int:
    """Bytes of address space that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


class Watch:
    """Collects what Python reports; a hook can never be taken off again, so there is one."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Remember what runs, and what is opened to be written."""
        writes = (
            event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
        )
        if event in RUNNING or writes:
            self.seen.append(event)


def open_file(path: Path, watch: Watch) -> dict[str, object]:
    """Open one file under limits and tell what happened."""
    watch.seen = []
    limit = address_space() + path.stat().st_size + BEYOND
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    signal.alarm(HANG)
    cpu = time.process_time()
    try:
        ll.load_generator(path)
        error, words = "none", ""
    except PackError as caught:
        error, words = "ours", str(caught)
    except BaseException as caught:
        error, words = type(caught).__name__, str(caught)[:300]
    seconds = time.process_time() - cpu
    signal.alarm(0)
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return {
        "file": path.name, "error": error, "words": words, "cpu": seconds, "seen": watch.seen
    }  # fmt: skip


def main(folder: Path) -> None:
    """Open every file of a folder."""
    ll.load_generator("portraits")  # what is imported late is imported now
    watch = Watch()
    for path in sorted(folder.iterdir()):
        print(json.dumps(open_file(path, watch)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
