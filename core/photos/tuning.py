"""Pivotal tuning: a generator's weights, fitted so that given codes draw given photographs."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from math import cos, pi
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from ..base.errors import LatentError, PackError
from ..base.execution import full_precision, plain_tensors
from ..base.generator_names import remember_base
from ..base.hashing import network_fingerprint
from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode
from ..concepts.network import AbstractNetwork
from ..files.tuned_files import TUNED, storable
from .fitting.pyramid import Misfit
from .likeness import psnr
from .photo_input import drawn_channels, prepare_mask, prepare_photos
from .random_neighbours import RandomNeighbours, draw_inputs, inputs_of

RATE = 4e-3
"""Share of its size by which a weight may move in a step, at first."""

LOCALITY = 0.03
"""Weight of the images that should stay as they are."""

REACH = 1.0
"""Distance of those images' codes from the photograph's, in deviations of random codes."""

_PHOTOS = 4
"""Most photographs that a step looks at; more take turns."""

_TINY = 1e-9
"""Error below which nothing is gained; a photograph that is met exactly must not divide by 0."""

_FLOOR = 1e-2
"""Smallest size of a weight that its steps are measured by, in sizes of the largest; zeros move."""

_LIMITS = {
    "steps": (1, 100_000),
    "rate": (1e-9, 1.0),
    "locality": (0.0, 1e6),
    "reach": (0.0, 100.0),
}
"""Smallest and largest values of the numbers."""


@dataclass(frozen=True)
class _Fit:
    """What the weights are fitted to."""

    gan: Generator
    """The generator as it was."""
    codes: LatentCode
    """N codes."""
    inputs: Tensor
    """`[N, ...]`: latents of the layers, or styles for codes in S; constant."""
    misfits: tuple[Misfit, ...]
    """The N photographs."""
    others: RandomNeighbours
    """What should stay."""


def tune(
    gan: Generator,
    codes: LatentCode,
    photos: Tensor,
    steps: int = 150,
    *,
    rate: float = RATE,
    locality: float = LOCALITY,
    reach: float = REACH,
    mask: Tensor | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Generator:
    """Fit a generator's weights so that codes draw photographs: pivotal tuning.

    Roich et al., Pivotal Tuning for Latent-based Editing of Real Images, ACM TOG 2022. The codes
    stay; all weights behind them move, by Adam. Minimised is the misfit of `invert`, squared
    differences at four sizes, and, times `locality`, that of the image of another code to what
    the given generator draws of it (equations 6 and 7): the code lies on the way from the
    photograph's to a random one, so that what is near the photograph keeps its levers. No network
    that judges faces is needed: the paper's perceptual distance is left out.

    Args:
        gan: The generator, of any family; it is not changed.
        codes: N codes that draw something like the photographs, as `invert` finds them, in any
            space. Several photographs of one person share one tuned generator.
        photos: `[N, 3, H, W]` in [-1, 1], as `invert` takes them.
        steps: Steps of Adam; each computes at most four photographs, one after the other, so that
            the gradients of one image are in memory at a time.
        rate: Step size at first, as a share of each weight tensor's root mean square; it falls to 0
            along a cosine.
        locality: Weight of the other images; 0 leaves them out and takes half the time.
        reach: Distance of the other codes from the photograph's, as a share of the root mean square
            distance of random codes from their mean.
        mask: `[H, W]` or `[N, H, W]` in [0, 1], 1 where a pixel does not count, such as a hand.
        seed: Seed of the other codes; the global random state is neither used nor changed.
        progress: Called as `progress(done, total)` steps; may raise to cancel.

    Returns:
        A new generator on the same device, with a fingerprint of its own; `details["tuned"]` says
        what it was tuned from, and the PSNR in decibels before and after. `save_tuned` writes it.

    Raises:
        LatentError: The codes do not fit the generator, or are not one for each photograph.
        PackError: The photographs or the mask cannot be used, or a number is out of range.
    """
    numbers = {"steps": steps, "rate": rate, "locality": locality, "reach": reach}
    for name, value in numbers.items():
        low, high = _LIMITS[name]
        if not low <= value <= high:  # also false for NaN
            raise PackError(f"{name} is {value:g}", f"a number from {low:g} to {high:g}")
    gan.check(codes)
    images = prepare_photos(gan, photos)
    if len(images) != len(codes):
        raise LatentError(f"{len(codes)} codes were given for {len(images)} photographs", "as many")
    keep = prepare_mask(gan, mask, len(images))
    with full_precision(), plain_tensors():
        codes = _ordinary(codes)
        inputs = inputs_of(gan, codes).detach().clone()
        others = RandomNeighbours.draw(gan, codes, inputs, reach, seed, steps)
        fit = _Fit(gan, codes, inputs, _misfits(gan, images, keep), others)
        tuned = replace(gan, network=deepcopy(gan.network))
        before = _psnr(gan, fit)
        _descend(tuned, fit, steps, rate, locality, progress or no_progress)
        _make_storable(gan.network, tuned.network)
        facts = {
            "base": gan.spec.fingerprint,
            "base_file": str(gan.details.get("file", "")),
            "photos": len(codes),
            **numbers,
            "seed": seed,
            "psnr_before": before,
            "psnr_after": _psnr(tuned, fit),
        }
        mark = network_fingerprint(tuned.network.state_dict())
    remember_base(mark, gan.spec.fingerprint)
    details = _details(gan, facts)
    return replace(tuned, spec=replace(gan.spec, fingerprint=mark), details=details)


def _ordinary(codes: LatentCode) -> LatentCode:
    """Codes whose tensors were not made in inference mode, so that they can be differentiated."""
    names = ("values", "labels", "z", "z_shift", "style_shift")
    given = {name: getattr(codes, name) for name in names}
    return replace(codes, **{n: t.detach().clone() for n, t in given.items() if t is not None})


def _misfits(gan: Generator, images: Tensor, keep: Tensor | None) -> tuple[Misfit, ...]:
    """Photographs and masks on the generator's device."""
    images = images.to(gan.device, gan.dtype).clone()
    counted = None if keep is None else keep.to(gan.device, gan.dtype).clone()
    rows = range(len(images))
    return tuple(
        Misfit(images[i : i + 1], None if counted is None else counted[i : i + 1]) for i in rows
    )


def _psnr(gan: Generator, fit: _Fit) -> list[float]:
    """Likeness of each code's image to its photograph in decibels, where its pixels count."""
    found: list[float] = []
    for row, misfit in enumerate(fit.misfits):
        image = draw_inputs(gan, fit.inputs[row : row + 1], fit.codes[row])
        found.append(round(float(psnr(drawn_channels(image), misfit.photo, misfit.keep)), 2))
    return found


def _descend(
    tuned: Generator, fit: _Fit, steps: int, rate: float, locality: float, report: Progress
) -> None:
    """Take the steps of Adam on the weights of `tuned`."""
    parameters = _tuned_parameters(tuned.network)
    sizes = [float(parameter.square().mean().sqrt()) for parameter in parameters]
    least = _FLOOR * max(sizes)
    groups = [
        {"params": [parameter], "size": max(size, least)}
        for parameter, size in zip(parameters, sizes, strict=True)
    ]
    optimizer = torch.optim.Adam(groups, lr=rate)
    for parameter in parameters:
        parameter.requires_grad_(True)
    count = len(fit.codes)
    each = min(count, _PHOTOS)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * 0.5 * (1 + cos(pi * step / steps)) * group["size"]
        optimizer.zero_grad(set_to_none=True)
        rows = [(step * each + turn) % count for turn in range(each)]
        error = sum(_add_gradient(tuned, fit, row, 1 / each) for row in rows)
        if locality:
            error += _add_gradient_near(tuned, fit, (rows[0], step), locality)
        # Adam on the logarithm: the same minimum, and steps that do not shrink with the error.
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad /= max(error, _TINY)
        optimizer.step()
        report(step + 1, steps)
    for parameter in parameters:
        parameter.requires_grad_(False)
        parameter.grad = None


def _add_gradient(tuned: Generator, fit: _Fit, row: int, weight: float) -> float:
    """Add the gradient of a photograph's error, and return the error, both times `weight`."""
    with torch.enable_grad():
        image = draw_inputs(tuned, fit.inputs[row : row + 1], fit.codes[row])
        error = weight * _error(fit.misfits[row], image)
        error.backward()
    return float(error)


def _add_gradient_near(
    tuned: Generator, fit: _Fit, numbers: tuple[int, int], weight: float
) -> float:
    """The same for the image of another code, which should stay (equation 7)."""
    code, inputs = fit.others.near(*numbers)
    kept = Misfit(drawn_channels(draw_inputs(fit.gan, inputs, code)))
    with torch.enable_grad():
        error = weight * _error(kept, draw_inputs(tuned, inputs, code))
        error.backward()
    return float(error)


def _error(misfit: Misfit, image: Tensor) -> Tensor:
    """Mean squared differences, summed over the sizes."""
    return misfit(drawn_channels(image)).sum() / misfit.photo.numel()


def _tuned_parameters(network: AbstractNetwork) -> list[Parameter]:
    """Weights behind the codes: all but those of the mapping network."""
    return [
        parameter
        for name, parameter in network.named_parameters()
        if not name.startswith("mapping.") and parameter.is_floating_point()
    ]


def _make_storable(before: AbstractNetwork, after: AbstractNetwork) -> None:
    """Round the changes to what a file holds, so that a generator equals itself when loaded."""
    old = dict(before.named_parameters())
    for name, parameter in after.named_parameters():
        change = storable(parameter - old[name])
        parameter.copy_(old[name] + change.to(old[name]))


def _details(gan: Generator, facts: dict[str, Any]) -> dict[str, Any]:
    """The base's licence, training and regions, and what was done; not its file."""
    own = ("path", "bytes", "container", "file", TUNED)
    kept = {name: value for name, value in gan.details.items() if name not in own}
    return {**kept, TUNED: facts}
