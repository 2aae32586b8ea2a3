"""PGGAN and DCGAN of pytorch_GAN_zoo, with the settings that its files state."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from golden import assert_close, golden, parameters
from latent_levers.core.base.errors import CheckpointError
from spellings import drawn, opened, warnings_of


def test_a_growing_pggan_without_equalised_rates_states_its_settings() -> None:
    """Fading, tanh and scale follow from the settings beside the networks."""
    data, weights = golden("ganzoo_pggan_plain"), parameters("ganzoo_pggan_plain")
    config = {
        "config/equalizedlR": False,
        "config/lossCriterion": "DCGAN",
        "config/alpha": 0,
        "config/categoryVectorDim": 0,
    }
    gan = opened(weights, config)
    assert_close(drawn(gan, data), data["out.image"])
    assert warnings_of(weights, config) == ""
    growing = {**config, "config/alpha": 0.3}
    assert_close(drawn(opened(weights, growing), data), data["out.image_lod03"])
    assert "still growing" in warnings_of(weights, growing)
    with pytest.raises(CheckpointError, match=r"slope 0\.1"):
        opened(weights, {**config, "config/leakyReluLeak": 0.1})


class Settings:
    """Settings as the repository stores them: attributes of an object of a class of its own."""


@pytest.mark.parametrize("is_object", [False, True])
def test_the_average_and_the_settings_of_a_whole_training_file(
    is_object: bool, tmp_path: Path
) -> None:
    data, weights = golden("ganzoo_pggan_plain"), parameters("ganzoo_pggan_plain")
    stated = {"equalizedlR": False, "lossCriterion": "DCGAN", "alpha": 0.3}
    settings = Settings()
    vars(settings).update(stated)
    content = {
        "config": settings if is_object else stated,
        "netG": {name: tensor * 2 for name, tensor in weights.items()},
        "netD": {"decisionLayer.module.weight": torch.ones(1, 2)},
        "avgG": weights,
        "tmp": {"scale": 2},
    }
    torch.save(content, tmp_path / "training.pt")
    with pytest.warns(UserWarning, match="does not state c_dim; 0 was assumed"):
        gan = ll.load_generator(tmp_path / "training.pt")
    assert gan.details["root"] == "avgG"
    assert_close(drawn(gan, data), data["out.image_lod03"])


def test_classes_of_several_attributes_are_warnings_of() -> None:
    weights = parameters("ganzoo_pggan")
    config = {
        "config/categoryVectorDim": 3,
        "config/attribKeysOrder/Gender/order": 0,
        "config/attribKeysOrder/Age/order": 1,
    }
    assert "one class of each of 2 attributes (Age, Gender)" in warnings_of(weights, config)
    assert opened(weights, config).spec.c_dim == 3


def test_a_dcgan_of_the_zoo_states_its_loss() -> None:
    """The loss decides on the tanh; classes in z are refused."""
    data, weights = golden("ganzoo_dcgan"), parameters("ganzoo_dcgan")
    assert warnings_of(weights) == ""
    bare = drawn(opened(weights, {"config/lossCriterion": "WGANGP"}), data)
    assert_close(bare.tanh(), data["out.image"])
    with pytest.raises(CheckpointError, match="last 4 numbers of z stand for classes"):
        opened(weights, {"config/categoryVectorDim": 4})
