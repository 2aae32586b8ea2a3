"""Files to generators: recognise the file by content, build the network, copy the weights."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..base.atomic_files import size
from ..base.errors import CheckpointError
from ..base.execution import plain_tensors
from ..base.generator_names import remember_name
from ..base.hashing import network_fingerprint
from ..base.wording import Advice, warn
from ..concepts.checkpoint import Blueprint, Checkpoint, checkpoint_errors
from ..concepts.generator import Generator
from ..concepts.network import AbstractNetwork
from ..generators.architectures import ARCHITECTURES
from ..generators.lazy_init import build_empty
from ..latents.code_statistics import STATISTICS_COUNT, w_statistics
from ..latents.sampling import DISTRIBUTIONS
from .bundled import BUNDLED, find_generator
from .guesses import guesses
from .leftovers import check_leftovers, left_over, left_over_in
from .recognition import read_checkpoint, recognise
from .tensor_views import SinglePrecision
from .tuned_files import (
    TunedFile,
    base_candidates,
    laid_over,
    missing_base,
    tuned_file,
)

_COVARIANCE = "w_covariance"
"""Name of the covariance of w in files of this pack, beside the network's tensors."""


def load_generator(
    path_or_name: str | os.PathLike[str],
    device: str | torch.device = "cpu",
    *,
    base: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Generator:
    """Load a trained generator; nothing in the file is ever executed.

    Args:
        path_or_name: A file, a folder with weights and a config.json, or the name of a bundled
            generator ("portraits" of 64 pixels, "portraits-128" of 128).
        device: Where to put the network.
        base: For a file of `save_tuned`: the generator that it was tuned from, a file or a bundled
            name; none looks for it among the bundled ones and beside the file.
        **options: Settings that cannot be inferred from shapes; they override the file:
            `distribution` (one of `sampling.DISTRIBUTIONS`), and the options of the architecture
            (`describe` lists them).

    Returns:
        The generator, in float32, without gradients.

    Raises:
        CheckpointError: There is no such file, it is damaged, it holds no known generator, its
            weights are not finite, or an option is unknown.
    """
    path = find_generator(path_or_name)
    with plain_tensors():
        checkpoint = read_checkpoint(path)
    tuned = tuned_file(checkpoint)
    if tuned is not None:
        generator = laid_over(_base_of(tuned, path, base, device, options), tuned)
    elif base is None:
        generator = _assembled(checkpoint, device, options)
    else:
        raise CheckpointError(
            f"A base was named, and {path.name} holds a whole generator",
            "a base only for a tuned generator",
            "Leave base out",
        )
    remember_name(generator.spec.fingerprint, path.stem)
    facts = {
        "file": path.name,
        "path": str(path.resolve()),
        "bytes": size(path),
        "container": checkpoint.container,
    }
    return replace(generator, details={**generator.details, **facts})


def _assembled(
    checkpoint: Checkpoint, device: str | torch.device, options: Mapping[str, Any]
) -> Generator:
    """The generator of a file that holds a whole one."""
    with plain_tensors():
        blueprint = recognise(checkpoint)
    return assemble(blueprint, device, options)


def _base_of(
    tuned: TunedFile,
    path: Path,
    base: str | os.PathLike[str] | None,
    device: str | torch.device,
    options: Mapping[str, Any],
) -> Generator:
    """The generator of a file of differences: the given one, or a whole one found by name."""
    if base is not None:
        return load_generator(str(base), device, **options)
    for candidate in base_candidates(tuned, path, BUNDLED.values()):
        with plain_tensors():
            checkpoint = read_checkpoint(candidate)
        if tuned_file(checkpoint) is None:  # one tuned file never leads to the next
            found = _assembled(checkpoint, device, options)
            if found.spec.fingerprint == tuned.base:
                return found
    raise missing_base(tuned)


def assemble(
    blueprint: Blueprint,
    device: str | torch.device = "cpu",
    options: Mapping[str, Any] | None = None,
) -> Generator:
    """Build the network and copy the weights into it, so that their file can be closed.

    Args:
        blueprint: Canonical tensors of a known architecture.
        device: Where to put the network.
        options: Settings that override the file, as in `load_generator`.

    Returns:
        The generator.

    Raises:
        CheckpointError: Weights are missing, of the wrong shape, or not finite; an option is
            unknown.
    """
    architecture = ARCHITECTURES[blueprint.architecture]
    given = dict(options or {})
    unknown = sorted(set(given) - set(architecture.options) - {"distribution"})
    if unknown:
        known = ", ".join(dict.fromkeys(["distribution", *architecture.options]))
        raise CheckpointError(
            f"Unknown option {', '.join(unknown)} for {architecture.title}", f"one of {known}"
        )
    if str(given.get("distribution", "normal")) not in DISTRIBUTIONS:
        raise CheckpointError(
            f"Unknown distribution {str(given['distribution'])[:50]!r}",
            f"one of {', '.join(DISTRIBUTIONS)}",
        )
    stated = {**blueprint.config, **given}
    _require_finite(blueprint.tensors)
    tensors = SinglePrecision(blueprint.tensors)
    with plain_tensors():
        with checkpoint_errors(architecture.title):
            settings = architecture.settings(tensors, stated)
            network = build_empty(architecture, settings)
            has_average, superfluous = _fill(network, blueprint.tensors, architecture.title)
            spec = network.spec()
        left = left_over_in(blueprint, superfluous, stated.get("c_dim"), spec.c_dim)
        doubts = [*check_leftovers(left, architecture.title), *guesses(blueprint, network, stated)]
        network = network.to(device).eval().requires_grad_(False)
        if "distribution" in given:
            spec = replace(spec, distribution=given["distribution"])
        spec = replace(spec, fingerprint=network_fingerprint(network.state_dict()))
        notes = getattr(settings, "notes", dict)()
        details = {**blueprint.details, **notes}
        doubts = [*blueprint.details.get("warnings", ()), *notes.get("warnings", ()), *doubts]
        if doubts:
            details["warnings"] = [Advice(doubt) for doubt in doubts]
        for doubt in doubts:
            warn(doubt, stacklevel=3)
        generator = Generator(spec, network, None, None, details, architecture)
        if spec.w_dim is None:
            return generator
        mean = network.state_dict()["mapping.w_avg"]
        if not has_average:
            mean = w_statistics(generator)[0].to(mean)
            details["mean_w"] = f"computed over {STATISTICS_COUNT:,} seeds; the file has none"
        elif mean.ndim == 2:
            details["mean_w"] = (
                "one for each class: codes are truncated towards that of their class"
            )
        covariance = blueprint.tensors.get(_COVARIANCE)
        if covariance is not None:
            covariance = covariance.to("cpu", torch.float64, copy=True)
        return replace(generator, w_avg=mean, w_covariance=covariance)


def _require_finite(tensors: Mapping[str, Tensor]) -> None:
    """Refuse weights that are not finite, while the error can still name them."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not _is_finite(tensor):
            raise CheckpointError(
                f"Tensor {name} holds NaN or infinite weights",
                "finite weights",
                "The training diverged or the file is damaged; use an earlier checkpoint",
            )


def _is_finite(tensor: Tensor) -> bool:
    """Whether all values are finite; checks their sum first, which allocates no memory."""
    # A sum with NaN or infinity in it is not finite. One without may still overflow.
    total = tensor.sum(dtype=None if tensor.dtype == torch.float64 else torch.float32)
    return bool(torch.isfinite(total)) or bool(torch.isfinite(tensor).all())


def _fill(
    network: AbstractNetwork, tensors: Mapping[str, Tensor], title: str
) -> tuple[bool, list[str]]:
    """Copy the weights into the network; only constants of the architecture may be missing.

    The weights are copied since the file may be mapped from disk: overwriting the file must not
    change a network that is in use.

    Returns:
        Whether the file holds the mean w; tensors that have no place in the network.

    Raises:
        CheckpointError: A weight is missing or of the wrong shape.
    """
    state = network.state_dict()
    optional = {n for n in state if n.endswith(("_filter", "w_avg", "num_batches_tracked"))}
    missing = [name for name in state if name not in tensors and name not in optional]
    wrong = [
        f"{name} is {list(tensors[name].shape)}, not {list(state[name].shape)}"
        for name in state
        if name in tensors and tensors[name].shape != state[name].shape
    ]
    if missing or wrong:
        gaps = [f"no tensor {name}" for name in missing] + wrong
        raise CheckpointError(
            f"The weights do not make a whole {title}: {', '.join(gaps[:4])}"
            f"{f' and {len(gaps) - 4} more' if len(gaps) > 4 else ''}",
            "every tensor of the network in its shape",
            "The file may be cut off, or of a variant that the pack does not know",
        )
    owned = {
        name: tensors[name].to(value.dtype, copy=True, memory_format=torch.contiguous_format)
        if name in tensors
        else value
        for name, value in state.items()
    }
    network.load_state_dict(owned, assign=True)
    return "mapping.w_avg" in tensors, left_over(tensors, state.keys(), (_COVARIANCE,))


def untrained(architecture: str, settings: Any, seed: int = 0) -> Generator:
    """A generator with random weights, for tests and benchmarks.

    Args:
        architecture: Id in the architecture registry.
        settings: The architecture's settings.
        seed: Seed of the weights; the global random state is unchanged.

    Returns:
        The generator on the CPU.
    """
    with torch.random.fork_rng(devices=[]), plain_tensors():
        torch.manual_seed(seed)
        network = ARCHITECTURES[architecture].build(settings)
        for name, tensor in network.state_dict().items():
            if name.endswith("noise_strength"):
                tensor.fill_(0.1)
    state = {n: t for n, t in network.state_dict().items() if not n.endswith("w_avg")}
    return assemble(Blueprint(architecture, state, stated_options(architecture, settings)))


def stated_options(architecture: str, settings: Any) -> dict[str, Any]:
    """The settings that cannot be inferred from shapes, so that a file must state them.

    Args:
        architecture: Id in the architecture registry.
        settings: The architecture's settings.

    Returns:
        Option names to values that JSON can hold.
    """
    options = ARCHITECTURES[architecture].options
    return {name: getattr(settings, name) for name in options if hasattr(settings, name)}
