"""A tiny generator with levers and a region, for tests of measures."""

from __future__ import annotations

import pytest
from latent_levers.core.concepts.directions import Directions
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.region import Region
from latent_levers.core.files.loading import untrained
from latent_levers.core.generators.architectures.stylegan2.network import StyleGAN2Settings
from latent_levers.core.levers.factorization import sefa

SIZE = 16


@pytest.fixture(scope="module")
def gan() -> Generator:
    """A tiny generator of 16 x 16 images."""
    settings = StyleGAN2Settings(16, 16, {4: 16, 8: 16, 16: 8}, mapping_widths=(16, 16))
    return untrained("stylegan2", settings)


@pytest.fixture(scope="module")
def levers(gan: Generator) -> Directions:
    """Its SeFa levers."""
    return sefa(gan, count=4)


@pytest.fixture
def region() -> Region:
    """A box inside its images."""
    return Region.box(4, 4, 6, 6, SIZE)
