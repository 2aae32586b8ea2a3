"""Batches that are halved, and columns that move on to other memory, under a real limit."""

from __future__ import annotations

from collections.abc import Iterator

import latent_levers as ll
import torch
from latent_levers.core.base.execution import in_chunks, plain_tensors

from bench.accuracy import sine
from bench.networks import Workload

from .check import NOT_HERE, Finding, Setting
from .device import peak
from .limits import can_limit, limited, refusals
from .workloads import grey_levels, moved, workload

_SHARE, _LEAST = 0.4, 24 << 20
"""Share of what a whole batch takes that is left to it, and the fewest bytes."""


def findings(setting: Setting) -> Iterator[Finding]:
    """The same images and levers as without a limit, by smaller batches.

    Args:
        setting: The device.

    Yields:
        The findings.
    """
    what = f"allocator of {setting.device} with a limit"
    if not can_limit(setting.device):
        yield Finding(what, outcome=NOT_HERE, note="its allocator takes no limit here")
        return
    # Tiny networks fit under every limit.
    large = Setting(setting.device, False, setting.seconds)
    name = "stylegan2-64" if setting.quick else "stylegan2-256"
    given = moved(workload(large, name), setting.device)
    count = 16 if setting.quick else 32
    codes = ll.sample_latents(given.gan, count, 0)
    with plain_tensors():
        yield from _images(given, codes, setting.device)
    if not setting.quick:
        yield from _levers(given, setting.device)


def _images(given: Workload, codes: ll.LatentCode, kind: str) -> Iterator[Finding]:
    """A batch at once without a limit, and by halves with one."""

    def draw(start: int, stop: int) -> torch.Tensor:
        return given.gan.draw_codes(codes[start:stop], "const").to("cpu", torch.float32)

    draw(0, 1)
    whole, megabytes = peak(lambda: draw(0, len(codes)), kind)
    widest = max(layer.channels * layer.resolution**2 for layer in given.gan.spec.layers)
    taken = 8 * widest * len(codes) if megabytes is None else int(megabytes * 1e6)
    sizes: list[int] = []
    before = refusals(kind)

    def note(done: int, total: int) -> None:
        sizes.append(done - sum(sizes))

    with limited(kind, max(_LEAST, int(_SHARE * taken))):
        parts = in_chunks(len(codes), len(codes), draw, note)
    words = f"{len(codes)} images at once took {taken / 1e6:.0f} MB, and had {_SHARE:g} of it"
    yield Finding(
        "largest batch under the limit / the whole", max(sizes) / len(codes), "", 0.5, words
    )
    yield Finding("its images", grey_levels(whole, torch.cat(parts)), "grey levels", 1.0)
    after = refusals(kind)
    if before is not None and after is not None:
        yield Finding("refusals that the allocator counted", float(after - before), "")


def _levers(given: Workload, kind: str) -> Iterator[Finding]:
    """Levers whose columns do not fit on the device."""

    def find() -> torch.Tensor:
        return ll.resefa(given.gan, given.code, given.region, solver="krylov").vectors

    if kind == "cpu":
        yield Finding(
            "levers whose columns do not fit", outcome=NOT_HERE, note="there is one memory"
        )
        return
    free = find()
    room = int(_SHARE * 4 * given.image().size * given.rows)
    with limited(kind, room):
        bound = find()
    words = f"{room / 1e6:.0f} MB were left on the device"
    yield Finding("levers whose columns do not fit: angle", sine(free, bound), "", 1e-3, words)
