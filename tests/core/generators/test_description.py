"""What a person reads of a generator."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import latent_levers as ll
import pytest
from cases import CASES, tiny
from latent_levers.core.concepts.network import GeneratorSpec, LayerInfo
from latent_levers.core.generators.description import as_text, describe, layer_groups


def spec(*resolutions: int) -> GeneratorSpec:
    """A generator with layers of these resolutions."""
    layers = tuple(LayerInfo(f"layer{i}", size, 4) for i, size in enumerate(resolutions))
    return GeneratorSpec("stylegan2", 4, 4, 0, (resolutions[-1],) * 2, 3, layers)


def test_layers_are_coarse_middle_and_fine_as_in_the_paper() -> None:
    """StyleGAN at 1024 pixels: 4 to 8, 16 to 32, 64 and more; 18 layers, two per resolution."""
    sizes = [4 << (i // 2) for i in range(18)]
    groups = layer_groups(spec(*sizes))
    assert groups == {
        "coarse": (0, 1, 2, 3),
        "middle": (4, 5, 6, 7),
        "fine": tuple(range(8, 18)),
    }


@pytest.mark.parametrize("sizes", [(36, 36, 52, 84, 148, 148, 128), (4, 8, 8), (4, 8, 16, 16)])
def test_thirds_where_resolutions_do_not_tell(sizes: tuple[int, ...]) -> None:
    groups = layer_groups(spec(*sizes))
    assert [number for layers in groups.values() for number in layers] == list(range(len(sizes)))
    assert all(groups.values())
    counts = [len(layers) for layers in groups.values()]
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize("name", CASES)
def test_everything_is_told(name: str, tmp_path: Path) -> None:
    """In data and in words, for every architecture."""
    gan = ll.load_generator(ll.save_generator(tiny(name), tmp_path / "a.safetensors"))
    facts = describe(gan)
    json.dumps(facts, default=str)
    assert [layer["name"] for layer in facts["layers"]] == [at.name for at in gan.spec.layers]
    assert facts["classes"] == gan.spec.c_dim
    assert len(facts["sha256"]) == 64
    assert "path" not in facts["details"]
    words = as_text(facts)
    for part in (facts["title"], facts["sha256"], facts["fingerprint"], "a.safetensors"):
        assert part in words
    assert f"{facts['parameters']:,}" in words
    if gan.spec.num_ws < 3:
        assert facts["layer_groups"] == {}
    else:
        assert set(facts["layer_groups"]) == {"coarse", "middle", "fine"}
        assert f"coarse {facts['layer_groups']['coarse']}" in words


def test_training_hints_are_shown() -> None:
    """Numbers as they are, lists counted."""
    details = {"training": {"images": 25000, "stages": [1, 2]}, "warnings": ["Beware."]}
    words = as_text(describe(replace(tiny(), details=details)))
    assert "images 25000, stages (2)" in words
    assert "Beware." in words
    details = {"training_set": {"path": "cats.zip", "kinds": [1]}, "licence": "\x1b[2Jfree\n" * 200}
    words = as_text(describe(replace(tiny(), details=details)))
    assert "training_set  path cats.zip, kinds (1)" in words
    assert "\x1b" not in words
    assert max(map(len, words.splitlines())) < 600
    assert "unknown: the file is gone" in words
    assert "the file does not say" in as_text(describe(tiny()))
