"""Results of benchmarks: rows, and a description of the machine."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from latent_levers.core.jacobians.speeds.device_names import processor_name


@dataclass(frozen=True)
class Row:
    """Results of one method in one case."""

    case: str
    """Such as "stylegan2-256-W"."""
    method: str
    """Such as "linearised-float32"."""
    ms_per_column: float | None = None
    """Milliseconds per column of J; for methods that compute rows, the total over the columns."""
    total_s: float | None = None
    """Seconds for the whole Jacobian or run."""
    peak_mb: float | None = None
    """Peak memory beyond the network in megabytes."""
    angle: float | None = None
    """Sine of the largest principal angle of its ten leading directions to the reference's."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Results of this case only: `chunk`, `extrapolated`, `ratio`, `note` and others."""

    def as_json(self) -> dict[str, Any]:
        """Convert to a flat dictionary for JSON.

        Returns:
            The fields, then `more`.
        """
        return {
            "case": self.case,
            "method": self.method,
            "ms_per_column": self.ms_per_column,
            "total_s": self.total_s,
            "peak_mb": self.peak_mb,
            "angle": self.angle,
            **self.more,
        }


def row_of(found: Mapping[str, Any]) -> Row:
    """Convert a dictionary to a row.

    Args:
        found: A dictionary from `Row.as_json` or `solvers.rows`; missing fields become none.

    Returns:
        The row.
    """
    names = ("case", "method", "ms_per_column", "total_s", "peak_mb", "angle")
    plain = {name: found.get(name) for name in names}
    more = {name: value for name, value in found.items() if name not in names}
    return Row(str(plain.pop("case")), str(plain.pop("method")), **plain, more=more)


def processor() -> str:
    """Model and architecture of the processor."""
    return f"{processor_name()} ({platform.machine()})"


def earlier_results(path: Path, here: str) -> Mapping[str, Any]:
    """Read the results of an earlier run, to keep what is not measured again.

    Args:
        path: A JSON file with an entry "machine".
        here: Description of this machine.

    Returns:
        Its entries; none where there is no file, or it is from another machine.
    """
    content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return content if content.get("machine") == here else {}


def machine() -> str:
    """Describe processor, threads, GPU and versions in one line."""
    parts = [
        processor(),
        f"{torch.get_num_threads()} threads",
        f"torch {torch.__version__}",
        f"Python {platform.python_version()}",
        platform.system(),
    ]
    if torch.cuda.is_available():
        parts.append(torch.cuda.get_device_name())
    return ", ".join(parts)
