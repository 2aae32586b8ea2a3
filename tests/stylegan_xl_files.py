"""Snapshots as the training of StyleGAN-XL writes them: by dill, beside a discriminator."""

from __future__ import annotations

import contextlib
import json
import pickle
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from golden import FOLDER, arguments, parameters
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.files.loading import assemble
from latent_levers.core.files.recognition import recognise
from pickle_writer import (
    EasyDict,
    Persistent,
    names_of_nvidia,
    persistent_module,
    source_that_leaves,
)
from safetensors import safe_open
from torch import Tensor
from torch.nn import Embedding, Linear, Module, ModuleDict

STYLEGAN_XL = {
    "stylegan_xl": "Generator",
    "stylegan_xl_unconditional": "Generator",
    "stylegan_xl_superres": "SuperresGenerator",
    "stylegan_xl_stacked": "SuperresGenerator",
}
"""Reference files, and the class of the generator: one stage with and without classes, a stage of
superresolution with classes, two of them without."""


class Call:
    """An object that dill stores as a call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.reduced


def _create_array(*_: Any) -> None:
    raise AssertionError("the tests' own pickles must never be run")


def _create_function(*_: Any) -> None:
    raise AssertionError("the tests' own pickles must never be run")


def _create_code(*_: Any) -> None:
    raise AssertionError("the tests' own pickles must never be run")


@contextlib.contextmanager
def _names_of_dill() -> Iterator[None]:
    """Let the stand-ins be pickled under the names of dill."""
    module = types.ModuleType("dill._dill")
    functions = (_create_array, _create_function, _create_code)
    home = _create_array.__module__
    for function in functions:
        setattr(module, function.__name__, function)
        function.__module__ = "dill._dill"
    sys.modules |= {"dill": types.ModuleType("dill"), "dill._dill": module}
    try:
        yield
    finally:
        for function in functions:
            function.__module__ = home
        del sys.modules["dill"], sys.modules["dill._dill"]


def module_attributes(name: str) -> dict[str, dict[str, Any]]:
    """Numbers and texts that each module of a reference stated, by dotted name."""
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        return json.loads((file.metadata() or {})["attributes"])


def _as_written(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes of a layer in the types in which files hold them."""
    array = np.asarray([36, 36])
    sizes = {
        key: Call(_create_array, *array.__reduce__()[:2], array.__reduce__()[2], None)
        for key in ("in_size", "out_size")
        if "in_cutoff" in attributes
    }
    cutoffs = {k: np.float64(v) for k, v in attributes.items() if k.endswith("cutoff")}
    return {**attributes, **cutoffs, **sizes}


def _generator(name: str, source: str, blank: bool = False) -> Persistent:
    """The generator of a reference; the class table is an embedding of torch."""
    tensors = parameters(name)
    if blank:
        tensors = {key: torch.zeros_like(tensor) for key, tensor in tensors.items()}
    table = tensors.pop("mapping.embed.weight")
    inner = {key: _as_written(value) for key, value in module_attributes(name).items()}
    own = {**inner.pop(""), "_init_args": (), "_init_kwargs": EasyDict(arguments(name))}
    network = persistent_module(tensors, STYLEGAN_XL[name], source, own, inner)
    mapping = network.meta["state"]["_modules"]["mapping"]
    mapping.meta["state"]["_modules"]["embed"] = Embedding.from_pretrained(table)
    return network


def _discriminator() -> Module:
    """A feature network whose method and hook were made by functions within functions."""
    code = Call(_create_code, 1, 0, 1, b"import pathlib")
    function = Call(_create_function, code, {}, "forward_flex", None, ())
    layer = Linear(2, 2)
    layer.forward_flex = function  # type: ignore[assignment]
    layer._forward_hooks[0] = function  # type: ignore[assignment]
    return ModuleDict({"feature_networks": layer, "embed": Embedding(4, 3)})


def write_stylegan_xl(name: str, path: Path, marker: Path) -> Path:
    """The snapshot of a reference, with sources that leave a marker if anybody runs them."""
    source = source_that_leaves(marker)
    content = {
        "G": _generator(name, source, blank=True),
        "D": _discriminator(),
        "G_ema": _generator(name, source),
        "augment_pipe": None,
        "training_set_kwargs": {"resolution": arguments(name)["img_resolution"]},
        "progress": {"cur_nimg": torch.tensor([1000]), "best_fid": 2.5},
    }
    with names_of_nvidia(), _names_of_dill():
        path.write_bytes(pickle.dumps(content, protocol=4))
    return path


def loaded(tensors: dict[str, Tensor], **options: Any) -> Generator:
    """A generator of tensors without a pickle around them, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return assemble(recognise(Checkpoint(tensors, "file.pt")), options=options)
