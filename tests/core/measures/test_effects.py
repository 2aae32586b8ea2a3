"""Effects on the attributes of portraits."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from latent_levers.core.measures.attribute_network import bundled_reader
from latent_levers.core.measures.effects import Effects, EffectsMeasure, effects_of
from latent_levers.core.measures.pulls import Goal, equal_pulls
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes


def test_shares_signs_and_entanglement_by_hand() -> None:
    changes = torch.tensor([[2.0, -0.5, 0.1], [1.0, 0.5, 0.1], [-3.0, 0.5, 0.1]]).double()
    effects = Effects(("a", "b", "c"), changes)
    assert effects.main == 0
    assert effects.share == pytest.approx(2 / 2.6)
    assert effects.agreement == pytest.approx(2 / 3)
    assert effects.entanglement == pytest.approx(0.3 / 2)


def test_a_lever_of_the_mouth_opens_mouths() -> None:
    gan = ll.load_generator("portraits")
    assert EffectsMeasure().applies(gan)
    region = region_from_shapes("mouth", gan.spec.img_size, presets_for(gan.details))
    levers = ll.resefa(gan, ll.sample_latents(gan, 1), region, count=1)
    codes = ll.sample_latents(gan, 6, seed=100, truncation_psi=0.7)
    pulls = equal_pulls(gan, codes, levers, 0, region, Goal(32.0, "backwards"))
    effects = effects_of(bundled_reader(), pulls)
    assert effects.names[effects.main] == "mouth_openness"
    assert effects.agreement == 1
    reader = bundled_reader()
    column = reader.index("mouth_openness")
    before, after = (reader.read(images)[1][:, column] for images in (pulls.before, pulls.after))
    forwards = (before - after) / reader.deviation[column]  # it was pulled backwards
    assert torch.allclose(effects.changes[:, effects.main], forwards.double(), atol=1e-5)
    (only,) = effects_of(reader, pulls, ["smile"]).names
    assert only == "smile"
    facts = EffectsMeasure().measure(pulls)
    assert facts["attribute"] == "mouth_openness"
    assert facts["entanglement"] == pytest.approx(effects.entanglement)
    assert torch.equal(facts["attribute_change"], effects.changes[:, effects.main].abs())
