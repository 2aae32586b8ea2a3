"""The tests' own writer of pickles in the object layouts that NVIDIA's code leaves behind.

The classes are stand-ins of ours under the names that real files state; torch and numpy pickle
themselves. Each network carries source text that would leave a marker if anybody ran it.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

BUFFERS = (
    "w_avg", "noise_const", "resample_filter", "up_filter", "down_filter", "magnitude_ema",
    "freqs", "phases", "transform",
)  # fmt: skip
"""Names of tensors that modules hold as buffers, not as parameters."""


class EasyDict(dict[str, Any]):
    """A dictionary whose entries are attributes, as files know it."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Network:
    """A network of the TensorFlow era: nothing but its state."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)


class Persistent:
    """A module of the PyTorch era: a call of one function with a dictionary that says it all."""

    def __init__(self, class_name: str, source: str, state: Mapping[str, Any]) -> None:
        self.meta = {
            "type": "class",
            "version": 6,
            "module_src": source,
            "class_name": class_name,
            "state": dict(state),
        }

    def __reduce__(self) -> tuple[Any, ...]:
        return _reconstruct_persistent_obj, (self.meta,), None


def _reconstruct_persistent_obj(meta: Any) -> None:
    raise AssertionError("the tests' own pickles must never be run")


@contextlib.contextmanager
def names_of_nvidia(network_module: str = "dnnlib.tflib.network") -> Iterator[None]:
    """Let the stand-ins be pickled under the names of real files."""
    homes = {
        EasyDict: "dnnlib.util",
        Network: network_module,
        _reconstruct_persistent_obj: "torch_utils.persistence",
    }
    before = {kind: kind.__module__ for kind in homes}
    parents = {m.rsplit(".", i)[0] for m in homes.values() for i in range(1, m.count(".") + 1)}
    made = {name: types.ModuleType(name) for name in {*parents, *homes.values()}}
    for kind, module in homes.items():
        setattr(made[module], kind.__name__, kind)
        kind.__module__ = module
    for name, module in made.items():
        module.__path__ = []
        sys.modules[name] = module
    try:
        yield
    finally:
        for kind, module in before.items():
            kind.__module__ = module
        for name in made:
            del sys.modules[name]


def source_that_leaves(marker: Path) -> str:
    """Text of a module that creates a file as soon as it is run."""
    return f"import pathlib\npathlib.Path({str(marker)!r}).touch()\n"


def persistent_module(
    tensors: Mapping[str, Tensor],
    class_name: str,
    source: str,
    attributes: Mapping[str, Any] | None = None,
    inner: Mapping[str, Mapping[str, Any]] | None = None,
) -> Persistent:
    """A tree of persistent modules that owns tensors by their dotted names.

    `inner` holds attributes of modules inside by dotted name.
    """
    state: dict[str, Any] = {**torch.nn.Module().__dict__, **(attributes or {})}
    for kind in ("_parameters", "_buffers", "_modules"):
        state[kind] = type(state[kind])()
    children: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        head, _, rest = name.partition(".")
        if rest:
            children.setdefault(head, {})[rest] = tensor
        elif head in BUFFERS:
            state["_buffers"][head] = tensor
        else:
            state["_parameters"][head] = torch.nn.Parameter(tensor, requires_grad=False)
    inner = inner or {}
    for head, owned in children.items():
        below = {k.partition(".")[2]: v for k, v in inner.items() if k.partition(".")[0] == head}
        own = below.pop("", None)
        part = persistent_module(owned, f"Part_{head}", source, own, below)
        state["_modules"][head] = part
    return Persistent(class_name, source, state)


def write_nvlabs(
    path: Path,
    tensors: Mapping[str, Tensor],
    arguments: Mapping[str, Any],
    marker: Path,
    protocol: int = 4,
) -> Path:
    """A snapshot as the PyTorch-era code writes it: G, D, G_ema, and what it was trained on."""
    source = source_that_leaves(marker)
    nested = {k: EasyDict(v) if isinstance(v, dict) else v for k, v in arguments.items()}
    attributes = {"_init_args": (), "_init_kwargs": EasyDict(nested), "z_dim": arguments["z_dim"]}
    zeros = {name: torch.zeros_like(tensor) for name, tensor in tensors.items()}
    critic = persistent_module({"b4.out.weight": torch.ones(1, 2)}, "Discriminator", source)
    content = {
        "training_set_kwargs": EasyDict(
            class_name="training.dataset.ImageFolderDataset", resolution=32, use_labels=False
        ),
        "G": persistent_module(zeros, "Generator", source, attributes),
        "D": critic,
        "G_ema": persistent_module(tensors, "Generator", source, attributes),
        "augment_pipe": None,
    }
    with names_of_nvidia():
        path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path


def tensorflow_network(
    variables: Mapping[str, Any],
    marker: Path,
    arguments: Mapping[str, Any] | None = None,
    components: Mapping[str, Network] | None = None,
    version: int = 4,
    function: str = "training.networks_stylegan2.G_main",
) -> Network:
    """A network with its variables as pairs of name and array."""
    state = {
        "version": version,
        "name": function.rsplit(".", 1)[-1],
        "static_kwargs": dict(arguments or {}),
        "components": EasyDict(components or {}),
        "build_module_src": source_that_leaves(marker),
        "build_func_name": function.rsplit(".", 1)[-1],
        "variables": list(variables.items()),
    }
    if version == 2:  # before networks had components
        del state["components"]
    return Network(state)


def write_tensorflow(
    path: Path,
    networks: tuple[Network, ...],
    protocol: int = 4,
    module: str = "dnnlib.tflib.network",
) -> Path:
    """A snapshot of the TensorFlow era: the tuple (G, D, Gs)."""
    with names_of_nvidia(module):
        path.write_bytes(pickle.dumps(networks, protocol=protocol))
    return path
