"""Renamed public names: the old name works for one version, and warns with the new name."""

from __future__ import annotations

import latent_levers as ll
import pytest
from latent_levers import core


@pytest.mark.parametrize("module", [ll, core], ids=["root", "core"])
def test_the_old_name_warns_and_is_the_new_one(module: object) -> None:
    with pytest.warns(FutureWarning, match="Effort is now called JacobianOptions"):
        old = module.Effort  # type: ignore[attr-defined]
    assert old is ll.JacobianOptions


@pytest.mark.parametrize("module", [ll, core], ids=["root", "core"])
def test_the_old_name_is_not_listed(module: object) -> None:
    assert "JacobianOptions" in dir(module)
    assert "Effort" not in dir(module)
    assert "Effort" not in core.__all__


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("module", [ll, core], ids=["root", "core"])
def test_an_unknown_name_is_an_attribute_error(module: object) -> None:
    with pytest.raises(AttributeError, match=r"'latent_levers\S*' has no attribute 'Efforts'"):
        _ = module.Efforts  # type: ignore[attr-defined]
