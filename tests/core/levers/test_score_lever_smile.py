"""Template 2, "From a frown to a smile", does so on every skin, and changes nothing else."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from latent_levers.core.measures.attribute_network import bundled_reader
from latent_levers.core.measures.wanted_scores import attribute_score
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes
from node_facts import API_WORKFLOWS, read_json, template
from torch import Tensor

STAY = ("skin_tone", "background_red", "background_green", "background_blue", "light")
"""What must not change, besides what is no part of the mouth."""

SMALL = 0.35
"""Standard deviations of random faces: no one sees less."""


@pytest.fixture(scope="module")
def inputs() -> dict[str, dict[str, object]]:
    """Inputs of the template's nodes by type."""
    (path,) = [path for path in API_WORKFLOWS if path.stem == template(2).stem]
    return {node["class_type"]: node["inputs"] for node in read_json(path).values()}


@pytest.fixture(scope="module")
def changes(inputs: dict[str, dict[str, object]]) -> dict[str, Tensor]:
    """What the ends of the sweep change of each face, in standard deviations; `[2, faces]`."""
    gan, reader = ll.load_generator("portraits"), bundled_reader()
    drawn, shown = inputs["GANSampleLatents"], inputs["GANLatentsFromBatch"]
    codes = ll.sample_latents(gan, int(drawn["batch_size"]), seed=int(drawn["seed"]))
    faces = codes[: int(shown["length"])]
    wanted = attribute_score(gan, str(inputs["GANScoreLever"]["attribute"]))
    lever = ll.score_lever(gan, codes, wanted.score, wanted.target)
    region = region_from_shapes(
        str(inputs["RegionMask"]["shapes"]), gan.spec.img_size, presets_for(gan.details)
    )

    def read(latents: ll.LatentCode) -> Tensor:
        return reader.read(ll.render(gan, latents))[1]

    spread = read(ll.sample_latents(gan, 128, seed=2000)).std(dim=0)
    strength = float(inputs["GANSweep"]["strength"])
    moved = [
        (read(ll.hold(gan, faces, ll.edit(faces, lever, 0, sign * strength), region)) - read(faces))
        for sign in (-1.0, 1.0)
    ]
    both = torch.stack(moved) / spread  # [2, faces, attributes]
    tones = read(faces)[:, reader.names.index("skin_tone")]
    return {"tones": tones, **dict(zip(reader.names, both.unbind(dim=2), strict=True))}


def test_the_faces_are_of_every_skin_tone(changes: dict[str, Tensor]) -> None:
    tones = changes["tones"]
    assert tones.min() < 0.15
    assert tones.max() > 0.8
    assert ((tones > 0.3) & (tones < 0.7)).any()


def test_every_face_frowns_and_smiles(changes: dict[str, Tensor]) -> None:
    frowns, smiles = changes["smile"]
    assert frowns.max() < -0.3
    assert smiles.min() > 0
    assert smiles.median() > 1


@pytest.mark.parametrize("attribute", STAY)
def test_skin_wall_and_light_stay(changes: dict[str, Tensor], attribute: str) -> None:
    assert changes[attribute].abs().max() < SMALL
