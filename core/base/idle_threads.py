"""How idle threads of OpenMP wait, chosen before torch is loaded."""

from __future__ import annotations

import os
import sys

CHOICES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
"""Variables by which users choose it themselves."""


def let_idle_threads_sleep() -> bool:
    """Have idle threads sleep rather than spin, for this process and its children.

    Where other programs use the cores, threads that spin take time from those that compute. OpenMP
    reads the variable once, when torch is loaded, so that nothing is changed later.

    Returns:
        Whether it was set: not where the user chose, or torch is loaded already.
    """
    if "torch" in sys.modules or any(name in os.environ for name in CHOICES):
        return False
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    return True
