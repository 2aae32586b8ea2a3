"""Every architecture, and S: levers by all columns against levers by products alone.

The columns of a large space are sampled and their time is extrapolated, as the rows say. Products
are never sampled. Forward mode through the network, `vmap(jvp)`, is sampled always.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import latent_levers as ll
import torch
from latent_levers.core.base.execution import full_precision, plain_tensors
from latent_levers.core.jacobians.strategies.forward import ForwardStrategy

from .accuracy import sine
from .children import call
from .matrix_free import large
from .matrix_free.rows import Spent, timed
from .networks import load_workload
from .rows import Row

_ANGLE, _FORWARD = 1e-3, 2
"""Angle that products are asked for, and columns by forward mode that are timed."""

FORWARD, DENSE, FREE = "vmap-jvp", "dense", "matrix-free"


@dataclass(frozen=True)
class Family:
    """A network and a space."""

    network: str
    """Name of the network, as in `networks`."""
    space: str
    """Space of the levers."""
    title: str
    """Title of the case."""
    sampled: bool = False
    """Whether the dense way is extrapolated from some of its columns."""
    quick: bool = False
    """Whether `make bench-quick` runs it."""

    @property
    def case(self) -> str:
        """Name of the case."""
        return f"{self.network}-{self.space}"


FAMILIES = (
    Family("stylegan1-32", "W", "StyleGAN, 32 px, W", sampled=True, quick=True),
    Family("stylegan1-256", "W", "StyleGAN, 256 px, W"),
    Family("pggan-32", "Z", "PGGAN, 32 px, Z", sampled=True, quick=True),
    Family("pggan-256", "Z", "PGGAN, 256 px, Z"),
    Family("stylegan3-16", "W", "StyleGAN3-T, 16 px, W", sampled=True, quick=True),
    Family("stylegan3-128", "W", "StyleGAN3-T, 128 px, a quarter of the channels, W", sampled=True),
    Family("biggan-32", "Z", "BigGAN, 32 px, Z", sampled=True, quick=True),
    Family("biggan-128", "Z", "BigGAN, 128 px, 64 channels, Z"),
    Family("dcgan-64", "Z", "DCGAN, 64 px, Z", quick=True),
    Family("stylegan2-32", "S", "StyleGAN2, 32 px, S", sampled=True, quick=True),
    Family("stylegan2-256", "S", "StyleGAN2, 256 px, S", sampled=True),
)
"""One line each."""


def measure(family: Family, apart: bool = True) -> list[Row]:
    """Measure forward mode, all columns, and products alone, one after the other.

    Args:
        family: The network and the space.
        apart: Whether each runs in a process of its own, where its peak memory is known.

    Returns:
        Three rows; the angle of products alone is that to all columns at the same t, where all
        were computed.
    """
    run: Callable[..., Any] = call if apart else _here
    where = (family.network, family.space)
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "found")
        by_forward = run("bench.families:forward", *where)
        way = ("sampled_columns", where) if family.sampled else ("all_columns", (*where, folder))
        dense = run(f"bench.matrix_free.large:{way[0]}", *way[1])
        found = run(
            "bench.matrix_free.large:search",
            family.network, "mouth", family.space, _ANGLE, file,
        )  # fmt: skip
        angle = None
        if not family.sampled:
            grams = torch.load(f"{folder}/mouth")
            exact = large.solve(*grams, large.TAU * found["trace"])
            angle = sine(torch.load(file), exact)
    if not apart:
        found["peak_mb"] = None  # earlier work has left its memory with the process
    columns = by_forward["columns"]
    share = {"of_dense_processor_time": found["processor"] / dense["processor"]}
    facts = {"products": found["products"], **share}
    return [
        _row(family, FORWARD, by_forward, columns, {"extrapolated": True}),
        _row(family, DENSE, dense, columns, {"extrapolated": True} if family.sampled else {}),
        _row(family, FREE, found, None, facts, angle),
    ]


def _row(
    family: Family,
    method: str,
    found: dict[str, Any],
    columns: int | None,
    facts: dict[str, Any],
    angle: float | None = None,
) -> Row:
    """The row of one method; processor seconds and what else is known beside it."""
    each = None if columns is None else found["wall"] / columns * 1e3
    more = {"processor_s": found["processor"], **facts}
    return Row(family.case, method, each, found["wall"], found.get("peak_mb"), angle, more)


def _here(target: str, *arguments: Any) -> Any:
    """Call a function in this process, like `children.call`."""
    module, name = target.split(":")
    return getattr(importlib.import_module(module), name)(*arguments)


def forward(network: str, space: str) -> dict[str, Any]:
    """Time some columns by forward mode, and extrapolate.

    Args:
        network: Name of the network.
        space: Space of the levers.

    Returns:
        Seconds of all columns, and their number.
    """
    image = load_workload(network).image(ll.LatentSpace(space))
    with plain_tensors(), full_precision():
        source = ForwardStrategy().source(image, torch.float32, _FORWARD)
        source.columns(0, 1)
        _, spent = timed(lambda: source.columns(0, _FORWARD))
    total: Spent = spent * (source.count / _FORWARD)
    return {"wall": total.wall, "processor": total.processor, "columns": source.count}
