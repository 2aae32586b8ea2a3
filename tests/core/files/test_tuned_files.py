"""Tuned generators as files of differences: equal to the bit when loaded, refused in words."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import CheckpointError, DirectionsError, LatentError
from latent_levers.core.base.hashing import network_fingerprint
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.files.recognition import read_checkpoint
from latent_levers.core.files.tuned_files import (
    DIFFERENCE,
    WHOLE,
    TunedFile,
    laid_over,
    storable,
    tuned_file,
)
from safetensors import safe_open
from safetensors.torch import save_file

BASE, TUNED = "base.safetensors", "tuned.safetensors"


@pytest.fixture
def made(tmp_path: Path) -> tuple[Generator, Generator]:
    """A generator with its file, and one tuned from it, with its file beside."""
    ll.save_generator(tiny("stylegan2-skip"), tmp_path / BASE)
    gan = ll.load_generator(tmp_path / BASE)
    codes = ll.sample_latents(gan, 1, 0)
    tuned = ll.tune(gan, codes, ll.render(gan, codes).clamp(-0.5, 0.5), 6, rate=0.02)
    ll.save_tuned(tuned, gan, tmp_path / TUNED)
    return gan, tuned


def rewritten(path: Path, drop: str = "", **changes: str) -> None:
    """The file with another header, or without some of its facts."""
    with safe_open(path, framework="pt") as file:
        header = dict(file.metadata())
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    facts = json.loads(header["tuned"])
    facts.pop(drop, None)
    save_file(tensors, path, {**header, "tuned": json.dumps({**facts, **changes})})


def read(path: Path) -> TunedFile:
    """The differences of a file."""
    found = tuned_file(read_checkpoint(path))
    assert found is not None
    return found


def refusal(path: Path, **options: str) -> str:
    """Why the file is not loaded."""
    with pytest.raises(CheckpointError) as caught:
        ll.load_generator(path, **options)
    return str(caught.value)


def test_it_is_found_beside_its_base_and_equal_to_the_bit(
    made: tuple[Generator, Generator], tmp_path: Path
) -> None:
    gan, tuned = made
    again = ll.load_generator(tmp_path / TUNED)
    assert again.spec == tuned.spec
    assert again.spec.fingerprint != gan.spec.fingerprint
    state = tuned.network.state_dict()
    assert all(torch.equal(state[name], t) for name, t in again.network.state_dict().items())
    assert again.details["tuned"] == tuned.details["tuned"] | {"base_file": BASE}
    assert again.details["file"] == TUNED
    assert ll.describe(again)["details"]["tuned"]["base"] == gan.spec.fingerprint


def test_only_what_changed_is_stored_and_mostly_in_half_precision(
    made: tuple[Generator, Generator], tmp_path: Path
) -> None:
    with safe_open(tmp_path / TUNED, framework="pt") as file:
        stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        said = file.metadata()["precision"]
    names = {name.removeprefix(DIFFERENCE) for name in stored}
    assert not any(name.startswith(("mapping.", WHOLE)) or "noise_const" in name for name in names)
    assert "synthesis.b8.conv0.weight" in names
    half = sum(t.numel() for t in stored.values() if t.dtype == torch.float16)
    share = half / sum(t.numel() for t in stored.values())
    assert share > 0.5
    assert f"{share:.0%} of them in float16" in said


def test_a_named_base_is_taken_and_checked(
    made: tuple[Generator, Generator], tmp_path: Path
) -> None:
    _, tuned = made
    (tmp_path / "far").mkdir()
    alone = Path(shutil.move(tmp_path / TUNED, tmp_path / "far" / TUNED))
    words = refusal(alone)
    assert f"tuned from, {BASE} (fingerprint " in words
    assert "neither bundled nor beside it" in words
    assert "base=FILE" in words
    found = ll.load_generator(alone, base=tmp_path / BASE)
    assert found.spec.fingerprint == tuned.spec.fingerprint
    assert "portraits.safetensors has the fingerprint" in refusal(alone, base="portraits")
    assert "holds a whole generator" in refusal(tmp_path / BASE, base="portraits")
    other = tmp_path / "far" / BASE
    ll.save_generator(tiny("stylegan2-resnet"), other)  # of the same name, and another
    assert "neither bundled nor beside it" in refusal(alone)


def test_a_file_that_leads_to_itself_ends(
    made: tuple[Generator, Generator], tmp_path: Path
) -> None:
    rewritten(tmp_path / TUNED, base_file=TUNED)
    assert "neither bundled nor beside it" in refusal(tmp_path / TUNED)
    shutil.copy(tmp_path / TUNED, tmp_path / "other.safetensors")
    rewritten(tmp_path / TUNED, base_file="other.safetensors")
    assert "neither bundled nor beside it" in refusal(tmp_path / TUNED)
    rewritten(tmp_path / TUNED, base_file=f"../{tmp_path.name}/{BASE}")  # only its name is used
    assert ll.load_generator(tmp_path / TUNED).details["file"] == TUNED


def test_a_tuned_one_can_be_tuned_again(made: tuple[Generator, Generator], tmp_path: Path) -> None:
    _, tuned = made
    codes = ll.sample_latents(tuned, 1, 1)
    twice = ll.tune(tuned, codes, ll.render(tuned, codes).clamp(-0.3, 0.3), 2)
    ll.save_tuned(twice, tuned, tmp_path / "twice")
    loaded = ll.load_generator(tmp_path / "twice.safetensors", base=tmp_path / TUNED)
    assert loaded.spec.fingerprint == twice.spec.fingerprint


def test_damaged_files_are_refused(made: tuple[Generator, Generator], tmp_path: Path) -> None:
    path = tmp_path / TUNED
    whole = path.read_bytes()
    for words, drop, changes in (
        ("its header lacks the base", "base", {}),
        ("its header lacks the base", "fingerprint", {}),
        ("make a generator of fingerprint", "", {"fingerprint": "0" * 16}),
    ):
        rewritten(path, drop, **changes)
        assert words in refusal(path)
        path.write_bytes(whole)
    with safe_open(path, framework="pt") as file:
        header = dict(file.metadata())
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    first = next(iter(tensors))
    for spoiled, words in (
        ({first: tensors[first].flatten()[:1]}, "and its base has"),
        ({f"{DIFFERENCE}nothing": torch.zeros(2)}, "no such weight"),
        ({"synthesis": torch.zeros(2)}, "is damaged (synthesis)"),
        ({first: torch.full_like(tensors[first], float("nan"))}, "NaN or infinite"),
    ):
        save_file({**tensors, **spoiled}, path, header)
        assert words in refusal(path)


def test_other_readers_say_what_it_is(made: tuple[Generator, Generator], tmp_path: Path) -> None:
    with pytest.raises(DirectionsError, match="format 'tuned/1'"):
        ll.load_directions(tmp_path / TUNED)
    with pytest.raises(LatentError, match="format 'tuned/1'"):
        ll.load_latents(tmp_path / TUNED)


def test_only_a_tuned_one_of_this_base_is_written(
    made: tuple[Generator, Generator], tmp_path: Path
) -> None:
    gan, tuned = made
    with pytest.raises(CheckpointError, match="was tuned from the one of fingerprint"):
        ll.save_tuned(tuned, tiny("stylegan2-resnet"), tmp_path / "no")
    with pytest.raises(CheckpointError, match="have the same weights"):
        ll.save_tuned(gan, gan, tmp_path / "no")
    with pytest.raises(CheckpointError, match="same weights by name and shape"):
        ll.save_tuned(replace(tuned, details={}), tiny("stylegan2-resnet"), tmp_path / "no")


def test_what_no_difference_restores_is_stored_whole(tmp_path: Path) -> None:
    ll.save_generator(tiny("stylegan2-skip"), tmp_path / BASE)
    gan = ll.load_generator(tmp_path / BASE)
    other = ll.load_generator(tmp_path / BASE)
    with torch.no_grad():
        bias = other.network.get_parameter("synthesis.b4.conv1.bias")
        bias.copy_(bias * 1e-7 + 1e-9)
        weight = gan.network.get_parameter("synthesis.b4.conv1.bias")
        weight.fill_(1e4)
    other = replace(
        other, spec=replace(other.spec, fingerprint=network_fingerprint(other.network.state_dict()))
    )
    gan = replace(gan, spec=replace(gan.spec, fingerprint="a" * 16))
    path = ll.save_tuned(other, gan, tmp_path / TUNED)
    with safe_open(path, framework="pt") as file:
        assert list(file.keys()) == [f"{WHOLE}synthesis.b4.conv1.bias"]
    assert laid_over(gan, read(path)).spec.fingerprint == other.spec.fingerprint


def test_differences_that_half_precision_cannot_hold_stay_whole() -> None:
    assert storable(torch.tensor([0.5, 0.25])).dtype == torch.float16
    assert storable(torch.tensor([1e6, 1.0])).dtype == torch.float32
    assert storable(torch.tensor([1e-8, 3e-8])).dtype == torch.float32
