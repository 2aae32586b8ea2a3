"""Run ComfyUI until its standard input closes; `comfy_server` starts this script.

When the process of the tests is killed, its end of the pipe closes and the server exits.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading


def _die_with_parent() -> None:
    """Exit as soon as the other end of the pipe is closed."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_die_with_parent, daemon=True).start()
    # As `python main.py` in ComfyUI's folder, which is the current one.
    sys.argv[0] = "main.py"
    sys.path[0] = os.getcwd()
    if os.path.isfile("comfy/cmd/main.py"):  # a fork whose main.py ignores --base-directory
        runpy.run_module("comfy.cmd.main", run_name="__main__", alter_sys=False)
    else:
        runpy.run_path("main.py", run_name="__main__")
