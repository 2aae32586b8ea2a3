"""All that takes a GPU to test, on CUDA, ROCm or MPS: see `on_device/run.py`.

`python bench/on_cuda.py`, or `python -m bench on-cuda`.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):  # run as a file, whose folder then hides modules of the same names
    sys.path[0] = str(Path(__file__).resolve().parent.parent)


def main(arguments: list[str] | None = None) -> int:
    """Run the checks.

    Args:
        arguments: Of the command line; none means those after the name of this bench.

    Returns:
        The exit code.
    """
    from bench.on_device.checkout import register

    register()
    from bench.on_device.run import main as run

    return run(sys.argv[2:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
