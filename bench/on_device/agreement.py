"""Images and levers on the device against those on the CPU, for every architecture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import latent_levers as ll
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.solvers.davidson import DavidsonSolver

from bench.accuracy import sine
from bench.matrix_free.small import GENERATORS

from .check import CUT_OFF, Finding, Setting
from .device import on_device
from .workloads import grey_levels

COUNT, IMAGES = 5, 3
"""Levers and images that are compared."""

_PORTRAITS = "portraits, trained"


def findings(setting: Setting) -> Iterator[Finding]:
    """Images within one grey level, levers within an angle of 1e-3, with all columns and without.

    Args:
        setting: The device.

    Yields:
        Two findings or three for each architecture.
    """
    note = "the CPU against itself" if setting.device == "cpu" else ""
    for name in (*GENERATORS, *(() if setting.quick else (_PORTRAITS,))):
        if setting.left < 5:
            yield Finding(f"{name}: images and levers", outcome=CUT_OFF)
            continue
        gan = GENERATORS[name]() if name in GENERATORS else ll.load_generator("portraits")
        there = on_device(gan, setting.device)
        codes = ll.sample_latents(gan, IMAGES, 0, labels=0 if gan.spec.c_dim else None)
        difference = grey_levels(ll.render(gan, codes), ll.render(there, codes))
        yield Finding(f"{name}: images", difference, "grey levels", 1.0, note)
        ways: Mapping[str, object] = {"all columns": "dense", "products alone": _products()}
        for words, solver in ways.items():
            angles = {
                space.value: sine(
                    *(_levers(each, codes[:1], space, solver).vectors for each in (gan, there))
                )
                for space in _spaces(gan)
            }
            which = ", ".join([*angles, *([note] if note else [])])
            yield Finding(f"{name}: levers by {words}", max(angles.values()), "", 1e-3, which)


def _products() -> DavidsonSolver:
    """The trace is exact, so that rounding alone separates the devices."""
    return DavidsonSolver(1e-4, trace="exact")


def _spaces(gan: ll.Generator) -> list[LatentSpace]:
    """The native space, and S or the space of all layers where there is one."""
    native = gan.spec.native_space
    wide = [space for space in gan.spec.spaces if space is LatentSpace.S or space.is_plus]
    return [native, *wide[-1:]]


def _levers(
    gan: ll.Generator, codes: ll.LatentCode, space: LatentSpace, solver: object
) -> ll.Directions:
    """Some levers of the middle of the image."""
    height, width = gan.spec.img_size
    region = ll.Region.box(height // 4, width // 4, height // 3, width // 3, gan.spec.img_size)
    return ll.resefa(gan, codes, region, space=space, count=COUNT, solver=solver)  # pyright: ignore[reportArgumentType]
