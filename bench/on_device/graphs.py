"""CUDA graphs: how much quicker one image is where its kernels are replayed.

The pack draws without graphs: they take memory for each size of batch, and a network that
ComfyUI moves invalidates them. This says where they would win.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from latent_levers.core.base.execution import full_precision, plain_tensors
from latent_levers.core.concepts.conditions import Conditions

from .check import CUT_OFF, NOT_HERE, Finding, Setting
from .device import seconds
from .workloads import moved, workload

_TURNS, _WORTH = 20, 0.9
"""Turns of each way, and the share of the time below which a graph wins."""


def findings(setting: Setting) -> Iterator[Finding]:
    """Time of a replayed graph over that of the calls one by one.

    Args:
        setting: The device.

    Yields:
        One finding per network.
    """
    names = (
        ("stylegan2-64",) if setting.quick else ("stylegan2-64", "stylegan2-256", "stylegan2-1024")
    )
    for name in names:
        given = moved(workload(setting, name), setting.device)
        side = given.gan.spec.img_resolution
        what = f"{side} px: one image, graph / calls"
        if setting.left < 3:
            yield Finding(what, outcome=CUT_OFF, note="no time was left")
            continue
        with plain_tensors(), full_precision():
            ws = given.gan.layer_codes(given.code)

            def draw(given=given, ws=ws) -> torch.Tensor:  # pyright: ignore[reportMissingParameterType]
                return given.gan.network.synthesize(ws, Conditions())

            draw()
            calls = seconds(draw, setting.device, _TURNS)
            if setting.device != "cuda":
                note = f"{calls * 1e3:.2f} ms by calls"
                yield Finding(what, outcome=NOT_HERE, note=note)
                continue
            yield _replayed(what, draw, calls)


def _replayed(what: str, draw, calls: float) -> Finding:  # pyright: ignore[reportMissingParameterType]
    """Capture the calls of one image, and time their replay."""
    graph = torch.cuda.CUDAGraph()
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    try:
        with torch.cuda.stream(stream):
            for _ in range(3):
                expected = draw()
        torch.cuda.current_stream().wait_stream(stream)
        with torch.cuda.graph(graph):
            drawn = draw()
    except RuntimeError as error:
        return Finding(what, outcome="cannot be captured", note=str(error).splitlines()[0])
    took = seconds(graph.replay, "cuda", _TURNS)
    if not torch.allclose(drawn, expected, atol=1e-3):
        return Finding(what, outcome="falls short", note="the replayed image is another one")
    ratio = took / calls
    outcome = "wins" if ratio < _WORTH else "does not win"
    return Finding(what, ratio, "", note=f"{calls * 1e3:.2f} ms by calls", outcome=outcome)
