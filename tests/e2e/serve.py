"""Run ComfyUI until its standard input closes; started by `comfy_server`, never imported.

When the tests are killed, however hard, their end of the pipe closes and the server goes too.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading


def _die_with_parent() -> None:
    """Wait for the end of the pipe."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_die_with_parent, daemon=True).start()
    # As if `python main.py` had been typed in the folder of ComfyUI, which is the current one.
    sys.argv[0] = "main.py"
    sys.path[0] = os.getcwd()
    runpy.run_path("main.py", run_name="__main__")
