"""Precision "fast" against exact: never slower, on this machine and without its quick types.

oneDNN, which computes convolutions on a processor, can be kept from using instructions: with
`ONEDNN_MAX_CPU_ISA` an x86 processor that has some for bfloat16 is as slow at it as one that has
none. Speeds are probed once per machine, in the first search; here in the first of each process,
whose time stands in the note. The bound is for what comes after.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import latent_levers as ll
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes

from bench.accuracy import sine
from bench.children import call
from bench.networks import Workload, load_workload

from .rows import Line, Spent, timed

_ISA = "ONEDNN_MAX_CPU_ISA"

_MACHINES = {"as it is": "", "without bfloat16 instructions": "AVX512_CORE_VNNI"}
"""What the processor may use, by description; the second has an effect on x86 alone."""

_TURNS, _SECONDS = 2, 20.0
"""Turns of each at least, and seconds up to which further ones follow: a search that takes less
than a second is timed often, since its first turns are slower."""


def lines(quick: bool) -> Iterator[Line]:
    """Time and angle of fast against exact, for the bundled generator and a larger one.

    Args:
        quick: Whether the larger one has 64 pixels rather than 256.

    Yields:
        The lines.
    """
    cases = [("portraits", "W"), ("portraits", "W+")]
    cases.append(("stylegan2-64" if quick else "stylegan2-256", "W"))
    for network, space in cases:
        for machine, isa in _MACHINES.items():
            found = call("bench.matrix_free.fast:compare", network, space, isa)
            fast, exact = (Spent(*found[name]) for name in ("fast", "float32"))
            what = f"fast, {network}, {space}, processor {machine}"
            first = Spent(*found["first"])
            note = f"{found['chosen']}; {fast.text()}, first {first.text()}; exact {exact.text()}"
            ratio = fast.processor / exact.processor
            yield Line(f"{what}: time of processors / exact", ratio, 1.05, note)
            yield Line(f"{what}: angle to exact columns", found["angle"], 1e-3)


def compare(network: str, space: str, isa: str) -> dict[str, Any]:
    """Find ten levers exactly and by precision "fast", in turns, in a fresh process.

    Args:
        network: "portraits", or a network of the benchmarks.
        space: Space of the levers.
        isa: Most instructions of the processor that convolutions use; empty for all.

    Returns:
        Seconds and processor seconds of the best turn of each and of the first of fast, which
        probes speeds, the angle of fast to all exact columns, and what it chose.
    """
    if isa:
        os.environ[_ISA] = isa  # read by the first convolution
    workload = _workload(network)
    levers: dict[str, ll.Directions] = {}
    best: dict[str, Spent] = {}
    first: dict[str, Spent] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LATENT_LEVERS_CACHE"] = folder

        def find(precision: str, solver: str = "auto") -> ll.Directions:
            return ll.resefa(
                workload.gan,
                workload.code,
                workload.region,
                space=space,
                solver=solver,
                effort=ll.JacobianOptions(precision=precision),
            )

        begun, turn = time.perf_counter(), 0
        while turn < _TURNS or time.perf_counter() - begun < _SECONDS:
            for precision in ("fast", "float32") if turn % 2 else ("float32", "fast"):
                levers[precision], spent = timed(lambda p=precision: find(p))
                first.setdefault(precision, spent)
                if precision not in best or spent.processor < best[precision].processor:
                    best[precision] = spent
            turn += 1
        dense = levers["float32"]
        if dense.details["route"] != "dense":
            dense = find("float32", "krylov")
    facts = levers["fast"].details
    chosen = facts["columns_precision"] if facts["route"] == "dense" else "products alone"
    return {
        **{name: (spent.wall, spent.processor) for name, spent in best.items()},
        "first": (first["fast"].wall, first["fast"].processor),
        "angle": sine(levers["fast"].vectors.double(), dense.vectors.double()),
        "chosen": f"{chosen}, {facts['expected_share']:.2g} of exact expected",
    }


def _workload(network: str) -> Workload:
    """A generator with one code and the mouth."""
    if network != "portraits":
        return load_workload(network)
    gan = ll.load_generator(network)
    region = region_from_shapes("mouth", gan.spec.img_size, presets_for(gan.details))
    return Workload(gan, ll.sample_latents(gan, 1, 0), region)
