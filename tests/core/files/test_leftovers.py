"""What a file holds beyond the network, or lacks: never a wrong picture without a word."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from cases import CASES, tiny
from golden import GENERATORS, arguments, parameters
from latent_levers.core.base.errors import CheckpointError
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.files.loading import assemble, stated_options
from latent_levers.core.files.recognition import recognise
from latent_levers.core.files.tensor_views import UsedTensors
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents
from torch import Tensor

_WITHOUT_NOISE = "tensorflow_stylegan_128"
"""Its test adds the noise images, which every real file holds."""

_BY_CHANCE = {"brock_biggan32_hub": ("without shared.weight", "with shared.weight renamed")}
"""Changes that are not seen since a size of the tiny reference equals another by chance."""

REFERENCES = [name for name in GENERATORS if name != _WITHOUT_NOISE]
"""Reference files: every published naming scheme."""


def loaded(tensors: dict[str, Tensor], config: dict[str, Any]) -> tuple[Generator, list[str]]:
    """A generator of tensors and settings, and the warnings that loading it gave."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        generator = assemble(recognise(Checkpoint(tensors, "file.safetensors", config=config)))
    return generator, [str(warning.message) for warning in caught]


def picture(generator: Generator) -> Tensor:
    """One image without truncation, which the mean w does not enter."""
    labels = 0 if generator.spec.c_dim else None
    return render(
        generator, sample_latents(generator, count=1, seed=3, truncation_psi=1.0, labels=labels)
    )


def changed(tensors: dict[str, Tensor]) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """A tensor of each layer dropped, added and renamed."""
    state = random.Random(0)
    layers: dict[str, list[str]] = {}
    for name in tensors:
        layers.setdefault(name.rpartition(".")[0] or name.rpartition("/")[0], []).append(name)
    for names in layers.values():
        name = state.choice(names)
        without = {other: value for other, value in tensors.items() if other != name}
        head, cut, leaf = name.rpartition("/" if "/" in name else ".")
        yield f"without {name}", without
        yield (
            f"with another beside {name}",
            {**tensors, f"{head}{cut}other{cut}weight": tensors[name]},
        )
        yield f"with {name} renamed", {**without, f"{head}{cut}{leaf}_of_a_fork": tensors[name]}


def silent(tensors: dict[str, Tensor], config: dict[str, Any]) -> list[str]:
    """Changes that load without a word and give another picture."""
    generator, told = loaded(tensors, config)
    expected = picture(generator)
    found: list[str] = []
    for change, others in changed(tensors):
        try:
            generator, words = loaded(others, config)
        except CheckpointError:
            continue
        if set(words) <= set(told) and not torch.allclose(picture(generator), expected, atol=1e-5):
            found.append(change)
    return found


@pytest.mark.parametrize("name", REFERENCES)
def test_no_published_file_loads_wrongly_without_a_word(name: str) -> None:
    """NVIDIA's and Hugging Face's files also state the arguments of the network."""
    stated = name.startswith(("nvlabs", "tensorflow", "huggingface"))
    found = silent(parameters(name), arguments(name) if stated else {})
    assert [change for change in found if not change.startswith(_BY_CHANCE.get(name, "-"))] == []


@pytest.mark.parametrize("name", CASES)
def test_no_canonical_file_loads_wrongly_without_a_word(name: str) -> None:
    """Files of this pack state the options of the architecture."""
    architecture, settings = CASES[name]
    config = stated_options(architecture, settings)
    assert silent(dict(tiny(name).network.state_dict()), config) == []


def test_listing_names_is_no_use() -> None:
    tensors = UsedTensors({"a": torch.zeros(1), "b": torch.zeros(1)})
    assert list(tensors) == ["a", "b"]
    assert "b" in tensors
    assert tensors.used == frozenset()
    assert tensors.get("c") is None
    assert tensors.get("b") is not None
    assert tensors.used == {"b"}
