"""Optional packages: what is said where one is missing or broken."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from latent_levers.core.base.errors import PackError
from latent_levers.core.base.extras import import_extra


def test_an_installed_module_is_imported() -> None:
    assert import_extra("json.decoder", "json", "This test").JSONDecoder is not None


@pytest.mark.parametrize("module", ["no_such_package", "no_such_package.part"])
def test_a_missing_package_is_named_with_its_remedy(module: str) -> None:
    with pytest.raises(PackError) as caught:
        import_extra(module, "no-such-package", "GANSpace")
    assert "GANSpace needs the package no-such-package, which is not installed." in str(
        caught.value
    )
    assert str(caught.value).endswith("pip install no-such-package.")


def test_a_module_that_was_blocked_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(PackError, match="scikit-learn, which is not installed"):
        import_extra("sklearn", "scikit-learn", "GANSpace")


@pytest.mark.parametrize(
    ("body", "reason"),
    [("import missing_part", "missing_part"), ("raise RuntimeError('no operator nms')", "no oper")],
)
def test_a_broken_package_is_not_called_missing(
    body: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"broken_{len(body)}"
    (tmp_path / f"{name}.py").write_text(body, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PackError, match=f"cannot be imported .*{reason}.*Install it again"):
        import_extra(name, "broken", "This test")
