"""Untrained StyleGAN2 of 256 and 1,024 pixels: products alone against all columns.

The dense way is timed in the same run. At 256 pixels in W+ its columns are all computed, unless a
quick run is asked for; else some columns of every style are, and their time is extrapolated, as the
lines say. Angles are those to directions at the same t, from all columns where there are any, else
from a search for a tenth of the angle that knows t.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import latent_levers as ll
import torch
from latent_levers.core.base.execution import full_precision, plain_tensors
from latent_levers.core.base.memory import Memory
from latent_levers.core.concepts.eigenproblem import EigenProblem
from latent_levers.core.jacobians.matrix_pencil import MatrixPencil, Sample
from latent_levers.core.jacobians.measuring import each_gram
from latent_levers.core.jacobians.options import Derivative, JacobianOptions
from latent_levers.core.jacobians.strategies.linearised import LinearisedStrategy
from latent_levers.core.levers.grams.region_grams import RegionTask
from latent_levers.core.levers.routes.route import plan_route
from latent_levers.core.solvers import SOLVERS
from latent_levers.core.solvers.davidson import DavidsonSolver
from torch import Tensor

from bench.accuracy import COUNT, sine
from bench.children import call
from bench.networks import Workload, load_workload
from bench.peaks import peak_mb

from .rows import Line, Spent, timed

TAU = 1e-3
_SAMPLED, _LARGE = 1 / 16, 1 / 32
"""Share of the columns of every style that are computed where their time is extrapolated; the
second at 1,024 pixels."""


def workloads(name: str) -> dict[str, Workload]:
    """A network with each region: the mouth, and half the image.

    Args:
        name: Name of the network.

    Returns:
        By the name of the region.
    """
    mouth = load_workload(name)
    height, width = mouth.gan.spec.img_size
    half = ll.Region.box(0, 0, height, width // 2, mouth.gan.spec.img_size)
    return {"mouth": mouth, "half": replace(mouth, region=half)}


def search(network: str, region: str, space: str, angle: float, file: str) -> dict[str, Any]:
    """Search in a fresh process.

    Args:
        network: Name of the network.
        region: "mouth" or "half".
        space: Space of the levers.
        angle: Angle that is asked for.
        file: Where the directions are written.

    Returns:
        Seconds, megabytes beyond the network, and what the search reports.
    """
    workload = workloads(network)[region]

    def work() -> ll.Directions:
        solver = DavidsonSolver(angle)
        return ll.resefa(
            workload.gan, workload.code, workload.region, space=space, shrinkage=TAU, solver=solver
        )

    (found, spent), peak = peak_mb(lambda: timed(work))
    torch.save(found.vectors.double(), file)
    facts = ("products", "trace", "trace_error", "trace_angle", "trace_probes", "residual")
    return {
        "wall": spent.wall,
        "processor": spent.processor,
        "peak_mb": peak,
        **{name: found.details[name] for name in facts},
    }


def reference(
    network: str, region: str, space: str, shift: float, angle: float, file: str
) -> float:
    """Search for a smaller angle at a given t, in a fresh process.

    Args:
        network: Name of the network.
        region: "mouth" or "half".
        space: Space of the levers.
        shift: t.
        angle: Angle that is asked for.
        file: Where the directions are written.

    Returns:
        The largest residual.
    """
    workload = workloads(network)[region]
    inside = workload.region.fractions(1)[0]
    weights = (inside, 1 - inside)
    rows = [3 * float(weight.double().sum()) for weight in weights]
    with plain_tensors(), full_precision():
        sample = Sample(workload.image(ll.LatentSpace(space)), weights, (1 / rows[0], 1 / rows[1]))
        pencil = MatrixPencil([sample], 16)
        found = DavidsonSolver(angle).solve_operators(pencil.problem(shift=shift), COUNT)
    torch.save(found.vectors, file)
    return float(found.residuals.max())


def all_columns(network: str, space: str, folder: str) -> dict[str, Any]:
    """Grams of both regions from all columns, in a fresh process.

    Args:
        network: Name of the network.
        space: Space of the levers.
        folder: Where the Grams are written.

    Returns:
        Seconds of columns and Grams together.
    """
    both = workloads(network)
    regions = [both["mouth"].region, both["half"].region]
    workload = both["mouth"]
    options = JacobianOptions(memory=Memory(0, 1 << 34, 1 << 34))
    derivative = Derivative(ll.LatentSpace(space))

    def work() -> list[Tensor]:
        pairs = [region for inside in regions for region in (inside, ~inside)]
        return [
            gram.mean
            for gram in next(each_gram(workload.gan, workload.code, pairs, derivative, options))
        ]

    grams, spent = timed(work)
    torch.save(grams[:2], f"{folder}/mouth")
    torch.save(grams[2:], f"{folder}/half")
    return {"wall": spent.wall, "processor": spent.processor}


def sampled_columns(network: str, space: str, share: float = _SAMPLED) -> dict[str, Any]:
    """Time some columns of every style, and extrapolate, in a fresh process.

    Args:
        network: Name of the network.
        space: Space of the levers.
        share: Of all columns.

    Returns:
        Seconds of all columns and of the Gram of all pixels.
    """
    image = load_workload(network).image(ll.LatentSpace(space))
    with plain_tensors(), full_precision():
        source = LinearisedStrategy().source(image, torch.float32, 32)
        source.columns(0, source.chunk)
        spent, done = Spent(0.0, 0.0), 0
        step = max(source.chunk, int(source.chunk / share))
        for start in range(0, source.count, step):
            stop = min(start + source.chunk, source.count)
            columns, each = timed(lambda start=start, stop=stop: source.columns(start, stop))
            spent, done = spent + each, done + stop - start
        rows = torch.randn(source.count, 1024)
        _, product = timed(lambda: rows @ rows.T)
        pixels = columns[0].numel() / 1024
    total = spent * (source.count / done) + product * pixels
    return {"wall": total.wall, "processor": total.processor, "columns": source.count}


def solve(a: Tensor, b: Tensor, shift: float) -> Tensor:
    """The dense way's last step.

    Args:
        a: Gram of the region.
        b: Gram of the background.
        shift: t.

    Returns:
        `[10, d]`.
    """
    return SOLVERS["auto"].solve(EigenProblem(a, b, shift), COUNT).vectors


def wide_lines(
    network: str,
    space: str,
    bounds: dict[float, float],
    quick: bool,
    regions: Sequence[str] = ("mouth", "half"),
) -> Iterator[Line]:
    """Time and angle of each region at each angle, and the memory.

    Args:
        network: Name of the network.
        space: Space of the levers.
        bounds: Largest share of the dense way's time, by angle.
        quick: Whether the dense way is extrapolated from some of its columns.
        regions: Of "mouth" and "half".

    Yields:
        The lines.
    """
    place = f"{space} {network.split('-')[1]} px"
    with tempfile.TemporaryDirectory() as folder:
        target = "sampled_columns" if quick else "all_columns"
        share = _LARGE if "1024" in network else _SAMPLED
        arguments = (network, space, share) if quick else (network, space, folder)
        dense = call(f"bench.matrix_free.large:{target}", *arguments)
        whole = Spent(dense["wall"], dense["processor"])
        label = "extrapolated" if quick else "all columns"
        print(f"  dense, {place}: {whole.text()}, {label}", flush=True)
        if quick:
            w = call("bench.matrix_free.large:sampled_columns", network, "W", share)
            beside = Spent(w["wall"], w["processor"])
            print(f"  dense, W beside it: {beside.text()}, extrapolated", flush=True)
        for region in regions:
            for angle, bound in bounds.items():
                file = f"{folder}/found"
                found = call("bench.matrix_free.large:search", network, region, space, angle, file)
                vectors, shift = torch.load(file), TAU * found["trace"]
                spent = Spent(found["wall"], found["processor"])
                what = f"{place}, {region}, angle {angle:g}"
                note = (
                    f"{found['products']} products, {spent.text()}; dense {whole.text()}, {label}"
                )
                yield Line(f"{what}: time / dense", spent.wall / whole.wall, bound, note)
                yield Line(
                    f"{what}: time of processors / dense",
                    spent.processor / whole.processor,
                    bound,
                )
                words = f"{found['trace_probes']} probes, t to {found['trace_error']:.1e}"
                yield Line(
                    f"{what}: angle by which t may be off", found["trace_angle"], angle, words
                )
                if found["peak_mb"] is not None:
                    most = 1000 if "256" in network else 7000
                    yield Line(f"{what}: MB beyond the network", found["peak_mb"], most)
                if quick:
                    call(
                        "bench.matrix_free.large:reference",
                        network, region, space, shift, angle / 10, f"{folder}/reference",
                    )  # fmt: skip
                    told = f"to a search for {angle / 10:g}"
                    exact = torch.load(f"{folder}/reference")
                else:
                    exact, told = solve(*torch.load(f"{folder}/{region}"), shift), "to dense"
                yield Line(f"{what}: angle at the same t", sine(vectors, exact), angle, told)


def w_lines() -> Iterator[Line]:
    """W at 256 pixels: products alone, and what the chooser takes.

    Yields:
        The lines.
    """
    network, region = "stylegan2-256", "mouth"
    workload = workloads(network)[region]
    gan, code = workload.gan, workload.code

    def dense() -> ll.Directions:
        return ll.resefa(gan, code, workload.region, solver="krylov")

    exact, whole = timed(dense)
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "found")
        found = call("bench.matrix_free.large:search", network, region, "W", 1e-3, file)
        angle = sine(torch.load(file), exact.vectors.double())
    spent = Spent(found["wall"], found["processor"])
    ratio = spent.processor / whole.processor
    task = RegionTask(gan, code, workload.region)
    route = plan_route(task, TAU, COUNT, "auto", False)
    note = f"{found['products']} products, {spent.text()}; dense {whole.text()}"
    yield Line("W 256 px, mouth: angle to dense, t estimated", angle, 2e-3)
    if route.matrix_free:
        yield Line("W 256 px, mouth: time of processors / dense", ratio, 0.7, note)
    else:  # the bound is for what is used
        words = f"the chooser takes dense; products alone would take {ratio:.2f}: {note}"
        yield Line("W 256 px, mouth: time of the choice / dense", 1.0, 1.0, words)
