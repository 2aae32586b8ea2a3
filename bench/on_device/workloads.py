"""The networks of the checks: those of the other benches, and tiny ones for a quick run."""

from __future__ import annotations

from dataclasses import replace

import latent_levers as ll
import torch

from bench.matrix_free.small import GENERATORS
from bench.networks import Workload, load_workload, standard

from .check import Setting
from .device import on_device


def workload(setting: Setting, name: str) -> Workload:
    """A network on the CPU with its code and its region.

    Args:
        setting: Device, and whether the run is quick.
        name: Name of the network, such as "stylegan2-1024".

    Returns:
        The workload; of 16 pixels in a quick run.
    """
    if not setting.quick:
        return load_workload(name)
    small = standard(GENERATORS["stylegan2"]())
    return replace(small, region=ll.Region.box(4, 4, 6, 6, small.gan.spec.img_size))


def moved(given: Workload, kind: str) -> Workload:
    """The same on a device.

    Args:
        given: A workload on the CPU, which stays there.
        kind: Type of the device.

    Returns:
        The workload there.
    """
    return replace(given, gan=on_device(given.gan, kind))


def grey_levels(one: torch.Tensor, other: torch.Tensor) -> float:
    """The largest difference of two images.

    Args:
        one: Images in [-1, 1].
        other: Likewise, of the same shape.

    Returns:
        Grey levels, of which there are 255; infinite where an image is not finite.
    """
    difference = (one.clamp(-1, 1) - other.clamp(-1, 1)).abs()
    if not bool(torch.isfinite(difference).all()):
        return float("inf")
    return float(difference.max()) * 127.5
