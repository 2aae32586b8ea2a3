"""Weights whose names fit and whose shapes do not: an error of ours, whatever the spelling."""

from __future__ import annotations

import contextlib
import random
import re

import pytest
import torch
from cases import CASES, tiny
from golden import GENERATORS, parameters
from latent_levers.core.base.errors import PackError
from latent_levers.core.concepts.checkpoint import Checkpoint
from latent_levers.core.files.loading import assemble
from latent_levers.core.files.recognition import recognise
from torch import Tensor


def transposed(tensor: Tensor) -> Tensor:
    """Axes the other way round."""
    return tensor.permute(tuple(reversed(range(tensor.ndim)))).contiguous()


DAMAGE = {
    "an axis less": lambda t: t.reshape(-1),
    "an axis more": lambda t: t[None],
    "no axis": lambda t: torch.tensor(1.0),
    "empty": lambda t: t.new_zeros((0, *t.shape[1:])),
    "a row more": lambda t: torch.cat([t, t[:1]]) if t.ndim else t,
    "turned round": transposed,
    "whole numbers": lambda t: t.to(torch.int64),
    "logical": lambda t: t > 0,
}
"""What may be wrong with one tensor."""


def damaged(tensors: dict[str, Tensor], random_state: random.Random) -> dict[str, Tensor]:
    """One to three tensors changed, or names given absurd numbers."""
    result = dict(tensors)
    for name in random_state.sample(sorted(result), random_state.choice([1, 1, 3])):
        if random_state.random() < 0.25:
            number = random_state.choice(["7", "31", "64", "2048", "99999999999"])
            result[re.sub(r"\d+", number, name, count=1)] = result.pop(name)
        else:
            result[name] = DAMAGE[random_state.choice(sorted(DAMAGE))](result[name])
    return result


def refused(tensors: dict[str, Tensor], name: str, times: int = 6) -> int:
    """How many damaged versions are refused; only an error of ours may come out of any."""
    state = random.Random(name)
    opened = 0
    for _ in range(times):
        with contextlib.suppress(PackError):
            assemble(recognise(Checkpoint(damaged(tensors, state), f"{name}.safetensors")))
            opened += 1
    return times - opened


@pytest.mark.parametrize("name", GENERATORS)
def test_damaged_files_in_every_spelling(name: str) -> None:
    """No reader of names runs into an error that says nothing."""
    assert refused(parameters(name), name) > 0


@pytest.mark.parametrize("name", CASES)
def test_damaged_files_in_canonical_names(name: str) -> None:
    """Likewise the architectures themselves."""
    assert refused(tiny(name).network.state_dict(), name) > 0
