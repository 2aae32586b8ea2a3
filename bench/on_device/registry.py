"""The checks in order, one line each."""

from __future__ import annotations

from .check import Check

CHECKS: tuple[Check, ...] = (
    Check("agreement", "Agreement with the CPU", "agreement", 120, traced=True),
    Check("speed", "Speed", "speed", 150),
    Check("precisions", "Precisions", "precisions", 100),
    Check("out-of-memory", "Out of memory", "out_of_memory", 60, traced=True),
    Check("explorer", "Explorer", "explorer", 60, traced=True),
    Check("comfyui", "ComfyUI's memory management", "comfyui", 90),
    Check("graphs", "CUDA graphs", "graphs", 40),
    Check("branches", "Branches that no test on a CPU reaches", "branches", 20),
)
"""The last one tells what the ones before it reached."""
