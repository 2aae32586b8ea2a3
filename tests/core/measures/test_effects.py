"""Effects on the attributes of portraits, and what remains of the faces."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.measures.attribute_network import bundled_reader
from latent_levers.core.measures.effects import EffectsMeasure, attribute_changes, entanglement
from latent_levers.core.measures.faces import BrokenMeasure, FaceMeasure, FaceNetworkMeasure
from latent_levers.core.measures.identity import identity
from latent_levers.core.measures.pulls import Goal, Pulls, equal_pulls
from latent_levers.core.measures.reports.report import measures_that
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes


@pytest.fixture(scope="module")
def pulls() -> Pulls:
    """A lever of the mouth, pulled backwards, which opens mouths."""
    gan = ll.load_generator("portraits")
    region = region_from_shapes("mouth", gan.spec.img_size, presets_for(gan.details))
    levers = ll.resefa(gan, ll.sample_latents(gan, 8), region, count=1, steady=False)
    codes = ll.sample_latents(gan, 6, seed=100, truncation_psi=0.7)
    return equal_pulls(gan, codes, levers, 0, region, Goal(32.0, "backwards"))


def test_a_lever_of_the_mouth_opens_mouths(pulls: Pulls) -> None:
    reader = bundled_reader()
    column = reader.index("mouth_openness")
    before, after = (reader.read(images)[1][:, column] for images in (pulls.before, pulls.after))
    forwards = (before - after) / reader.deviation[column]  # it was pulled backwards
    changes = attribute_changes(reader, pulls)
    assert torch.allclose(changes[:, column], forwards.double(), atol=1e-5)
    facts = EffectsMeasure().measure(pulls)
    assert facts["attribute"] == "mouth_openness"
    assert facts["agreement"] == 1
    assert torch.equal(facts["attribute_change"], changes[:, column].abs())
    assert 0 < facts["entanglement"] < 0.6
    assert facts["entanglement"] == entanglement(changes, reader.names, "mouth_openness")


def test_entanglement_by_hand() -> None:
    names = ("smile", "left_eye_openness", "right_eye_openness", "eye_openness")
    changes = torch.tensor([[0.1, 2.0, 0.2, 1.1], [-0.3, -2.0, 0.4, -0.9]]).double()
    assert entanglement(changes, names, "left_eye_openness") == pytest.approx((0.2 + 0.3) / 2 / 2)
    assert entanglement(changes, names, "eye_openness") == pytest.approx(0.2)
    assert entanglement(changes, names, "smile") == pytest.approx((2 + 0.3 + 1) / 3 / 0.2)


def test_a_face_keeps_its_identity_as_far_as_its_features_do(pulls: Pulls) -> None:
    found = FaceMeasure().measure(pulls)
    kept = identity(pulls.before, pulls.after, bundled_reader().features)
    assert torch.equal(found["identity"], kept)
    assert 0.5 < float(kept.min()) < float(kept.max()) < 1
    assert "frechet" not in found, "six images say nothing of a distance of sets"
    own = FaceNetworkMeasure(lambda images: images.flatten(1), "a network")
    cosine = own.measure(pulls)["face_identity"]
    assert isinstance(cosine, torch.Tensor)
    flat = (pulls.before.flatten(1).double(), pulls.after.flatten(1).double())
    assert torch.allclose(cosine, torch.nn.functional.cosine_similarity(*flat))


def test_only_portraits_have_attributes_and_broken_faces_must_be_asked_for(
    gan: Generator, pulls: Pulls
) -> None:
    for measure in (EffectsMeasure(), FaceMeasure(), BrokenMeasure()):
        assert measure.applies(pulls.gan)
        assert not measure.applies(gan)
    usual, all_of_them = ([each.id for each in measures_that(costly=c)] for c in (False, True))
    assert "broken" not in usual
    assert "broken" in all_of_them
    assert "faces" in usual
