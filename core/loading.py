"""Files to generators: container, dialect, architecture, network, each recognised by content."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .architectures import ARCHITECTURES
from .checkpoint import Blueprint
from .computing import plain_tensors
from .errors import CheckpointError
from .files import fingerprint, size
from .generator import Generator
from .network import AbstractNetwork
from .recognising import read_checkpoint, recognise
from .sampling import DISTRIBUTIONS, w_statistics

_log = logging.getLogger(__name__)

BUNDLED = {"portraits": Path(__file__).resolve().parent.parent / "assets" / "portraits.safetensors"}
"""Generators that come with the pack, by name."""

_COVARIANCE = "w_covariance"
"""Name of the covariance of w in our own files, beside the network's tensors."""


def load_generator(
    path_or_name: str | os.PathLike[str],
    device: str | torch.device = "cpu",
    **options: Any,
) -> Generator:
    """Load a trained generator; nothing in the file is ever executed.

    Args:
        path_or_name: A file, a folder with weights and a config.json, or the name of a bundled
            generator ("portraits").
        device: Where to put the network.
        **options: Settings that shapes cannot tell, overriding the file: `distribution` (one of
            `sampling.DISTRIBUTIONS`), and those that the architecture lists (see `describe`).

    Returns:
        The generator, in float32, without gradients.

    Raises:
        CheckpointError: There is no such file, it is damaged, it holds no generator that the pack
            knows, its weights are not finite, or an option is unknown.
    """
    path = find_generator(path_or_name)
    checkpoint = read_checkpoint(path)
    blueprint = recognise(checkpoint)
    generator = assemble(blueprint, device, options)
    facts = {
        "file": path.name,
        "path": str(path.resolve()),
        "bytes": size(path),
        "container": checkpoint.container,
    }
    return replace(generator, details={**generator.details, **facts})


def find_generator(path_or_name: str | os.PathLike[str]) -> Path:
    """The file behind a name or a path.

    Args:
        path_or_name: See `load_generator`.

    Returns:
        An existing file or folder.

    Raises:
        CheckpointError: There is none.
    """
    path = BUNDLED.get(str(path_or_name), Path(path_or_name).expanduser())
    if not path.exists():
        known = ", ".join(repr(name) for name in BUNDLED)
        raise CheckpointError(
            f"There is no file {str(path_or_name)!r}",
            f"a generator's file, or a bundled generator ({known})",
            "Check the spelling and the folder",
        )
    return path


def assemble(
    blueprint: Blueprint,
    device: str | torch.device = "cpu",
    options: Mapping[str, Any] | None = None,
) -> Generator:
    """Build the network and fill in its weights.

    Args:
        blueprint: Canonical tensors of a known architecture.
        device: Where to put the network.
        options: See `load_generator`.

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
        known = ", ".join(["distribution", *architecture.options])
        raise CheckpointError(
            f"Unknown option {', '.join(unknown)} for {architecture.title}", f"one of {known}"
        )
    if given.get("distribution", "normal") not in DISTRIBUTIONS:
        raise CheckpointError(
            f"Unknown distribution {given['distribution']!r}", f"one of {', '.join(DISTRIBUTIONS)}"
        )
    _require_finite(blueprint.tensors)
    tensors = {
        name: tensor.to(torch.float32) if tensor.is_floating_point() else tensor
        for name, tensor in blueprint.tensors.items()
    }
    covariance = tensors.pop(_COVARIANCE, None)
    with plain_tensors():
        settings = architecture.settings(tensors, {**blueprint.config, **given})
        network = architecture.build(settings)
        has_average = _fill(network, tensors, architecture.title)
        network = network.to(device).eval().requires_grad_(False)
        spec = network.spec()
        if "distribution" in given:
            spec = replace(spec, distribution=given["distribution"])
        # The mean w follows from the weights, and some files leave it out.
        weights = {n: t for n, t in network.state_dict().items() if not n.endswith("w_avg")}
        spec = replace(spec, fingerprint=fingerprint(weights))
        notes = getattr(settings, "notes", dict)()
        for note in notes.get("warnings", ()):
            warnings.warn(note, stacklevel=3)
        generator = Generator(spec, network, None, None, {**blueprint.details, **notes})
        if spec.w_dim is None:
            return generator
        mean = network.state_dict()["mapping.w_avg"]
        if not has_average:
            mean = w_statistics(generator)[0].to(mean)
        if covariance is not None:
            covariance = covariance.to("cpu", torch.float64)
        return replace(generator, w_avg=mean, w_covariance=covariance)


def _require_finite(tensors: Mapping[str, Tensor]) -> None:
    """Refuse damaged weights at the door, where their names can still be told."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise CheckpointError(
                f"Tensor {name} holds NaN or infinite weights",
                "finite weights",
                "The training diverged or the file is damaged; use an earlier checkpoint",
            )


def _fill(network: AbstractNetwork, tensors: Mapping[str, Tensor], title: str) -> bool:
    """Load weights strictly; only constants of the architecture may be absent.

    Returns:
        Whether the file held the mean w.

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
    superfluous = [name for name in tensors if name not in state]
    if superfluous:
        _log.info("%s: ignored %s", title, ", ".join(superfluous[:10]))
    network.load_state_dict({name: tensors.get(name, value) for name, value in state.items()})
    return "mapping.w_avg" in tensors


def untrained(architecture: str, settings: Any, seed: int = 0) -> Generator:
    """A generator with random weights, for tests and benchmarks.

    Args:
        architecture: Id in the architecture registry.
        settings: The architecture's settings.
        seed: Seed of its own random numbers; the global ones are left alone.

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
    """The settings that shapes cannot tell, as a file must state them.

    Args:
        architecture: Id in the architecture registry.
        settings: The architecture's settings.

    Returns:
        Option names to values that JSON can hold.
    """
    options = ARCHITECTURES[architecture].options
    return {name: getattr(settings, name) for name in options if hasattr(settings, name)}
