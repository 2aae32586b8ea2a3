"""Locality: names for a space and a shrinkage, instead of both."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.base.errors import SolveError
from latent_levers.core.concepts.latent_code import LatentSpace

BOX = ll.Region.box(1, 2, 3, 2, 8)


@pytest.mark.parametrize(("locality", "tau"), [("standard", 1e-3), ("strict", 1e-6)])
def test_a_locality_is_w_plus_with_its_shrinkage(locality: str, tau: float) -> None:
    gan, codes = tiny(), some_code(tiny(), 2)
    found = ll.resefa(gan, codes, BOX, locality=locality)
    same = ll.resefa(gan, codes, BOX, space="W+", shrinkage=tau)
    torch.testing.assert_close(found.vectors, same.vectors, rtol=0, atol=0)
    assert found.space is LatentSpace.W_PLUS
    assert found.details == {**same.details, "locality": locality}


def test_without_it_nothing_changes() -> None:
    """The paper's method: W and 1e-3."""
    gan, codes = tiny(), some_code(tiny(), 2)
    plain, same = ll.resefa(gan, codes, BOX), ll.resefa(gan, codes, BOX, None, "W", shrinkage=1e-3)
    torch.testing.assert_close(plain.vectors, same.vectors, rtol=0, atol=0)
    assert plain.details == same.details
    assert plain.details["shrinkage"] == 1e-3
    assert "locality" not in plain.details


def test_without_a_mapping_network_it_is_z_plus() -> None:
    gan = tiny("biggan-chunks")
    box = ll.Region.box(1, 2, 3, 2, gan.spec.img_size)
    levers = ll.resefa(gan, some_code(gan), box, locality="strict")
    assert levers.space is LatentSpace.Z_PLUS
    assert levers.details["shrinkage"] == 1e-6


def test_what_is_refused() -> None:
    gan, code = tiny(), some_code(tiny())
    with pytest.raises(SolveError, match="Unknown locality 'loose'.*standard, strict"):
        ll.resefa(gan, code, BOX, locality="loose")
    with pytest.raises(SolveError, match=r"'strict' and space W were given.*Leave locality out"):
        ll.resefa(gan, code, BOX, space="W", locality="strict")
    with pytest.raises(SolveError, match=r"space W\+ and shrinkage 0\.001 were given"):
        ll.resefa(gan, code, BOX, space="W+", shrinkage=1e-3, locality="standard")
    with pytest.raises(SolveError, match="shrinkage_by mean were given"):
        ll.resefa(gan, code, BOX, shrinkage_by="mean", locality="standard")
    other = tiny("pggan")
    with pytest.raises(SolveError, match="pggan generator has one latent for all of its layers"):
        ll.resefa(other, some_code(other), BOX, locality="standard")
