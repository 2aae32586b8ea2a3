"""Names of devices, by which measurements of their speed are kept."""

from __future__ import annotations

import os
import platform
import zlib
from functools import cache
from pathlib import Path

import torch

_SETTINGS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY")
"""Variables that keep torch from instructions that a processor has."""


def device_name(device: torch.device) -> str:
    """The name of a device, and what else decides how quick torch is on it.

    Args:
        device: The device.

    Returns:
        Model, instructions, threads and version of torch; the same for equal machines only.
    """
    parts = [_instructions(), f"{torch.get_num_threads()} threads"]
    if device.type == "cuda":
        major, minor = torch.cuda.get_device_capability(device)
        parts = [torch.cuda.get_device_name(device), f"capability {major}.{minor}"]
    elif device.type != "cpu":
        parts.insert(0, device.type)
    parts += [f"{name} {os.environ[name]}" for name in _SETTINGS if os.environ.get(name)]
    return ", ".join([*parts, f"torch {torch.__version__}"])


def processor_name() -> str:
    """The model of the processor.

    Returns:
        As the system states it.
    """
    return _stated().get("model name", platform.processor() or platform.machine())


def _instructions() -> str:
    """The model of the processor, and a number for its instructions: names of models are vague."""
    found = _stated()
    flags = found.get("flags", found.get("Features", ""))
    level = torch.backends.cpu.get_cpu_capability()
    return f"{processor_name()} ({level}, {zlib.crc32(flags.encode()):08x})"


@cache
def _stated() -> dict[str, str]:
    """What Linux states of the first core; nothing elsewhere."""
    facts = Path("/proc/cpuinfo")
    found: dict[str, str] = {}
    if facts.exists():
        for line in facts.read_text(errors="replace").splitlines():
            key, _, value = line.partition(":")
            found.setdefault(key.strip(), value.strip())
    return found
