"""Options of a generator with values of any type: taken, or refused in words."""

from __future__ import annotations

import warnings

import pytest
from cases import tiny
from latent_levers.core.base.errors import CheckpointError, PackError
from latent_levers.core.files.loading import load_generator
from latent_levers.core.files.writing import save_generator
from latent_levers.core.generators.architectures import ARCHITECTURES
from latent_levers.core.generators.rendering import render
from latent_levers.core.latents.sampling import sample_latents

ODD = (True, -1, 1e30, "", "word", [], {}, [[1]], "9" * 400)


@pytest.mark.parametrize(
    "name", ["stylegan2-skip", "stylegan3-t", "stylegan1", "pggan", "biggan-deep", "dcgan"]
)
def test_values_of_any_type_are_taken_or_refused(name, tmp_path):
    path = save_generator(tiny(name), tmp_path / "tiny")
    options = [*ARCHITECTURES[tiny(name).spec.architecture].options, "distribution"]
    refused = 0
    for option in options:
        for value in ODD:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    gan = load_generator(path, **{option: value})
                    render(gan, sample_latents(gan, 1, labels=0 if gan.spec.c_dim else None))
                except PackError:
                    refused += 1
    assert refused >= 2 * len(options)


@pytest.mark.parametrize(("option", "value"), [("conv_clamp", "word"), ("conv_clamp", -1)])
def test_a_bound_is_a_number(option, value, tmp_path):
    path = save_generator(tiny(), tmp_path / "tiny")
    with pytest.raises(CheckpointError, match=f"{option} is stated as '{value}'"):
        load_generator(path, **{option: value})
    assert load_generator(path, conv_clamp=4).network.settings.conv_clamp == 4
