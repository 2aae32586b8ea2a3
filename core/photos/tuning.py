"""Pivotal tuning: a generator's weights, fitted so that given codes draw given photographs."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from math import cos, pi
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from ..base.errors import PackError
from ..base.execution import full_precision
from ..base.hashing import network_fingerprint
from ..base.progress import Progress, no_progress
from ..concepts.generator import Generator
from ..concepts.latent_code import LatentCode, LatentSpace
from ..concepts.network import AbstractNetwork
from ..files.tuned_files import TUNED, storable
from .photo_fit import check_photos, psnr, pyramid_error
from .random_neighbours import RandomNeighbours

RATE = 3e-3
"""Share of its size by which a weight may move in a step, at first."""

LOCALITY = 1.0
"""Weight of the images that should stay as they are."""

REACH = 1.0
"""Distance of those images' codes from the photograph's, in deviations of random codes."""

_PHOTOS = 4
"""Most photographs that a step looks at; more take turns."""

_TINY = 1e-9
"""Error below which nothing is gained; keeps a photograph that is met exactly from dividing by 0."""

_FLOOR = 1e-2
"""Smallest size of a weight that its steps are measured by, in sizes of the largest; zeros move."""


@dataclass(frozen=True)
class Fit:
    """What the weights are fitted to."""

    codes: LatentCode
    """N codes."""
    inputs: Tensor
    """`[N, ...]`: latents of the layers, or styles for codes in S; constant."""
    photos: Tensor
    """`[N, C, H, W]`."""
    weights: Tensor | None
    """`[N, 1, H, W]`, 0 where a pixel counts not; or none."""


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
    stay; all weights behind them move, by Adam. Minimised are squared differences of the images to
    the photographs at four sizes, and, times `locality`, those of the image of another code to what
    the given generator draws of it (equations 6 and 7): the code lies on the way from the
    photograph's to a random one, so that what is near the photograph keeps its levers. No network
    that judges faces is needed; the paper's perceptual distance has none of its part here.

    Args:
        gan: The generator, of any family; it is not changed.
        codes: N codes that draw something like the photographs, as `invert` finds them, in any
            space. Several photographs of one person share one tuned generator.
        photos: `[N, C, H, W]` in [-1, 1], of the generator's size and channels.
        steps: Steps of Adam; each computes at most four photographs, one after the other, with
            gradients of one image in memory at a time.
        rate: Step size at first, as a share of each weight tensor's root mean square; it falls to 0
            along a cosine.
        locality: Weight of the other images; 0 leaves them out, and is a third quicker.
        reach: Distance of the other codes from the photograph's, as a share of the root mean square
            distance of random codes from their mean.
        mask: `[N or 1, H, W]` in [0, 1], 1 where a pixel counts not; none counts all.
        seed: Seed of the other codes; the global random state is neither used nor changed.
        progress: Called as `progress(done, total)` steps; may raise to cancel.

    Returns:
        A new generator on the same device, with a fingerprint of its own; `details["tuned"]` says
        what it was tuned from, and the PSNR in decibels before and after. `save_tuned` writes it.

    Raises:
        LatentError: The codes do not fit the generator.
        PackError: The photographs or the mask do not fit, or a number is out of range.
    """
    gan.check(codes)
    _check_numbers(steps, rate, locality, reach)
    target, weights = check_photos(gan, photos, len(codes), mask)
    with full_precision(), torch.inference_mode(False), torch.no_grad():
        network = deepcopy(gan.network).train(gan.network.training)
        tuned = replace(gan, network=network)
        fit = Fit(codes, _inputs(gan, codes).detach().clone(), target, weights)
        before = psnr(_images(gan, fit), target)
        others = RandomNeighbours.draw(gan, codes, fit.inputs, reach, seed, steps)
        _descend(gan, tuned, fit, others, (steps, rate, locality), progress)
        _make_storable(gan.network, network)
        after = psnr(_images(tuned, fit), target)
        facts: dict[str, Any] = {
            "base": gan.spec.fingerprint,
            "base_file": str(gan.details.get("file", "")),
            "photos": len(codes),
            "steps": steps,
            "rate": rate,
            "locality": locality,
            "reach": reach,
            "seed": seed,
            "psnr_before": [round(float(value), 2) for value in before],
            "psnr_after": [round(float(value), 2) for value in after],
        }
        spec = replace(gan.spec, fingerprint=network_fingerprint(network.state_dict()))
    return replace(tuned, spec=spec, details=_details(gan, facts))


def _check_numbers(steps: int, rate: float, locality: float, reach: float) -> None:
    """Refuse settings that cannot work."""
    if not 1 <= steps <= 100_000:
        raise PackError(f"steps is {steps}", "a number from 1 to 100,000")
    for name, value, most in (
        ("rate", rate, 1.0),
        ("locality", locality, 1e6),
        ("reach", reach, 100.0),
    ):
        if not 0 <= value <= most or (name == "rate" and value == 0):  # also true for NaN
            raise PackError(f"{name} is {value:g}", f"a number from 0 to {most:g}")


def _inputs(gan: Generator, codes: LatentCode) -> Tensor:
    """What stays constant: the latents of the layers, or the styles of codes in S."""
    in_s = codes.space is LatentSpace.S
    return gan.style_codes(codes) if in_s else gan.layer_codes(codes)


def draw_inputs(gan: Generator, inputs: Tensor, codes: LatentCode) -> Tensor:
    """Images of latents of the layers, or of styles where the codes are in S."""
    if codes.space is LatentSpace.S:
        return gan.draw_styles(inputs, codes, "const")
    return gan.draw(inputs, codes, "const")


def _images(gan: Generator, fit: Fit) -> Tensor:
    """`[N, C, H, W]` of all codes, one at a time."""
    rows = range(len(fit.codes))
    return torch.cat([draw_inputs(gan, fit.inputs[i : i + 1], fit.codes[i]) for i in rows])


def _descend(
    gan: Generator,
    tuned: Generator,
    fit: Fit,
    others: RandomNeighbours,
    settings: tuple[int, float, float],
    progress: Progress | None,
) -> None:
    """Take the steps of Adam on the weights of `tuned`."""
    steps, rate, locality = settings
    report = progress or no_progress
    parameters = dict(_tuned_parameters(tuned.network))
    sizes = {name: float(p.detach().square().mean().sqrt()) for name, p in parameters.items()}
    least = _FLOOR * max(sizes.values())
    groups = [{"params": [p], "size": max(sizes[n], least)} for n, p in parameters.items()]
    optimizer = torch.optim.Adam(groups, lr=rate)
    for parameter in parameters.values():
        parameter.requires_grad_(True)
    count = len(fit.codes)
    each = min(count, _PHOTOS)
    for step in range(steps):
        share = 0.5 * (1 + cos(pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = rate * share * group["size"]
        optimizer.zero_grad(set_to_none=True)
        rows = [(step * each + turn) % count for turn in range(each)]
        error = sum(_add_gradient(tuned, fit, row, 1 / each) for row in rows)
        if locality:
            error += _add_gradient_near(gan, tuned, others.near(rows[0], step), locality)
        # Adam on the logarithm: the same minimum, and steps that do not shrink with the error.
        for parameter in parameters.values():
            if parameter.grad is not None:
                parameter.grad /= max(error, _TINY)
        optimizer.step()
        report(step + 1, steps)
    for parameter in parameters.values():
        parameter.requires_grad_(False)
        parameter.grad = None


def _add_gradient(tuned: Generator, fit: Fit, row: int, weight: float) -> float:
    """Add the gradient of a photograph's error, and return the error, both times `weight`."""
    seen = None if fit.weights is None else fit.weights[row : row + 1]
    with torch.enable_grad():
        image = draw_inputs(tuned, fit.inputs[row : row + 1], fit.codes[row])
        error = weight * pyramid_error(image, fit.photos[row : row + 1], seen)
        error.backward()
    return float(error)


def _add_gradient_near(
    gan: Generator, tuned: Generator, near: tuple[LatentCode, Tensor], weight: float
) -> float:
    """The same for the image of another code, which should stay (equation 7)."""
    code, inputs = near
    kept = draw_inputs(gan, inputs, code)
    with torch.enable_grad():
        error = weight * pyramid_error(draw_inputs(tuned, inputs, code), kept, None)
        error.backward()
    return float(error)


def _tuned_parameters(network: AbstractNetwork) -> Iterator[tuple[str, Parameter]]:
    """Weights behind the codes: all but those of the mapping network."""
    for name, parameter in network.named_parameters():
        if not name.startswith("mapping.") and parameter.is_floating_point():
            yield name, parameter


def _make_storable(before: AbstractNetwork, after: AbstractNetwork) -> None:
    """Round the changes to what a file holds, so that a generator equals itself when loaded."""
    old = dict(before.named_parameters())
    for name, parameter in after.named_parameters():
        change = storable(parameter - old[name])
        parameter.copy_(old[name] + change.to(old[name]))


def _details(gan: Generator, facts: dict[str, Any]) -> dict[str, Any]:
    """The base's licence, training and regions, and what was done; not its file."""
    own = ("path", "bytes", "container", "file", "tuned")
    kept = {name: value for name, value in gan.details.items() if name not in own}
    return {**kept, TUNED: facts}
