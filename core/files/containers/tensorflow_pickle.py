"""Pickles of the TensorFlow era: PGGAN, StyleGAN and StyleGAN2 as NVIDIA released them.

A file is a tuple of the networks G, D and Gs; Gs is the running average of G. A network stores its
variables as pairs of name and array, the arguments of its constructor, its components (again
networks), and its source code, which is neither run nor stored. TensorFlow is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...concepts.checkpoint import AbstractContainer, Checkpoint
from .safe_reading.array_plans import ArrayPlan
from .safe_reading.flattening import plain_settings, require_tensors
from .safe_reading.limits_and_refusals import Reading
from .safe_reading.plain_data import Record
from .safe_reading.unpickling import is_pickle, names_in, read_pickle

_ROOTS = ("G", "D", "Gs")
"""Names of the networks, in the order of the file."""

_COMPONENTS = 4
"""Deepest nesting of networks."""


class TensorflowPickle(AbstractContainer):
    """.pkl files of `dnnlib.tflib` networks, and of the older `tfutil`."""

    id = "tensorflow-pickle"
    title = "NVIDIA pickle, TensorFlow era"
    suffixes = (".pkl",)

    def recognises(self, path: Path, head: bytes) -> bool:
        """See `AbstractContainer.recognises`: a pickle that names a network of that era."""
        return is_pickle(head) and names_in(path, b"tflib.network", b"tfutil")

    def read(self, path: Path) -> Checkpoint:
        """See `AbstractContainer.read`.

        Args:
            path: A pickle of networks of that era.

        Returns:
            Tensors under "G", "D" and "Gs" with the names in the file, after those of their
            components: "Gs.synthesis/4x4/Const/const". The config holds the constructor arguments,
            the details the names of the functions that build the networks.
        """
        content, reading = read_pickle(path, "a TensorFlow-era pickle")
        found: dict[str, Tensor] = {}
        config: dict[str, Any] = {}
        names: dict[str, str] = {}
        for root, network in _networks(content).items():
            found |= {f"{root}.{name}": t for name, t in _variables(network, reading)}
            state = network.attributes()
            arguments = plain_settings(state.get("static_kwargs") or {}, reading, root)
            config |= arguments
            config[f"{root}.version"] = state.get("version")
            names[root] = str(state.get("build_func_name"))[:100]
        require_tensors(found, content, reading)
        return Checkpoint(found, str(path), self.id, config, {"networks": names})


def _networks(content: Any) -> dict[str, Record]:
    """The networks of a file by name, from a tuple, a dictionary, or a single network."""
    if isinstance(content, Record) and "variables" in content.attributes():
        return {"Gs": content}
    if isinstance(content, (tuple, list)):
        content = dict(zip(_ROOTS, content, strict=False))
    if not isinstance(content, dict):
        return {}
    return {
        name: value
        for name, value in content.items()
        if isinstance(name, str) and isinstance(value, Record) and "variables" in value.attributes()
    }


def _variables(
    network: Record, reading: Reading, prefix: str = "", depth: int = 0
) -> Iterator[tuple[str, Tensor]]:
    """Names and values of a network and of its components; single numbers become 0-d tensors."""
    state = network.attributes()
    variables = state.get("variables")
    if not isinstance(variables, (list, tuple)) or depth > _COMPONENTS:
        raise reading.damaged("a network has no list of variables")
    for entry in variables:
        reading.spend_steps()
        if not isinstance(entry, (tuple, list)) or len(entry) != 2 or not isinstance(entry[0], str):
            raise reading.damaged("a variable is not a pair of name and array")
        name, value = entry
        if isinstance(value, ArrayPlan) and value.is_tensor:
            reading.spend_bytes(value.nbytes)
            yield f"{prefix}{name[:200]}", value.tensor(reading)
        elif isinstance(value, float):
            yield f"{prefix}{name[:200]}", torch.tensor(value)
    components = state.get("components")
    entries = components.items if isinstance(components, Record) else components
    for name, inner in entries.items() if isinstance(entries, dict) else ():
        if isinstance(name, str) and isinstance(inner, Record):
            yield from _variables(inner, reading, f"{prefix}{name[:200]}/", depth + 1)
