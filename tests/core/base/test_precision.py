"""Precisions: what each does, and that what is approximate says so."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny, wide
from golden import subspace_angle
from latent_levers.core.base.errors import UnknownNameError
from latent_levers.core.base.precision import PRECISIONS
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.jacobians.measuring import measure_grams
from latent_levers.core.jacobians.options import Derivative, JacobianOptions
from latent_levers.core.jacobians.strategies import JACOBIANS

BOX = ll.Region.box(1, 2, 3, 2, 8)
HALVED = {
    "tf32": JacobianOptions(precision="tf32"),
    "bfloat16": JacobianOptions(precision="bfloat16"),
    "float16": JacobianOptions(keep=torch.float16),
    "precision 'float16'": JacobianOptions(precision="float16"),
}
EXACT = {
    "float32": JacobianOptions(),
    "wider": JacobianOptions(keep=torch.float64),
    "fast": JacobianOptions(precision="fast"),
    "corrected": JacobianOptions(precision="bfloat16", corrections=2),
    "fast, kept small": JacobianOptions(precision="fast", keep=torch.bfloat16),
}


def test_which_are_exact() -> None:
    """The default, and what "fast" ends in; types of tangents follow the network."""
    assert {p.id: p.exact for p in PRECISIONS} == {
        "float32": True, "tf32": False, "bfloat16": False, "float16": False, "fast": True,
    }  # fmt: skip
    assert PRECISIONS.ids[0] == JacobianOptions().precision == "float32"
    for network in (torch.float32, torch.float64):
        assert PRECISIONS["float32"].tangents(network) is network
        assert PRECISIONS["bfloat16"].tangents(network) is torch.bfloat16


@pytest.mark.parametrize("name", HALVED)
def test_what_is_approximate_says_so(name: str) -> None:
    """In words beside the result, with the remedy."""
    details = ll.resefa(tiny(), some_code(tiny()), BOX, effort=HALVED[name]).details
    assert name in details["approximate"]
    assert f"are approximate ({details['approximate']}" in details["explanation"]
    assert (
        "precision 'float32' or 'fast', with columns stored in float32, gives exact ones"
        in details["explanation"]
    )


@pytest.mark.parametrize("name", EXACT)
def test_what_is_exact_does_not(name: str) -> None:
    """And is close to float64."""
    levers = ll.resefa(tiny(), some_code(tiny()), BOX, count=3, effort=EXACT[name])
    assert "approximate" not in levers.details
    assert "approximate" not in levers.details["explanation"]
    assert levers.details["precision"] == EXACT[name].precision
    gan = tiny()
    exact = ll.resefa(
        gan, some_code(gan), BOX, count=3, effort=JacobianOptions("forward", keep=torch.float64)
    )
    assert subspace_angle(levers.vectors, exact.vectors) < 1e-3


def test_tangents_in_bfloat16_cost_two_digits() -> None:
    """Not none, and not all; more are kept by columns in float16."""
    gan, code = wide(), some_code(wide())
    exact = measure_grams(gan, code, [BOX], Derivative(LatentSpace.W))[0].total

    def error(effort: JacobianOptions) -> float:
        found = measure_grams(gan, code, [BOX], Derivative(LatentSpace.W), effort)[0].total
        return float((found - exact).norm() / exact.norm())

    assert 1e-4 < error(JacobianOptions(precision="bfloat16")) < 5e-2
    assert 1e-6 < error(JacobianOptions(keep=torch.float16)) < 1e-3
    assert (
        error(JacobianOptions("forward", "bfloat16")) < 1e-12
    )  # knows no other type than the network's


def test_tf32_is_switched_on_for_columns_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it was asked for, and switched back whatever happens."""
    seen: list[bool] = []
    worker = type(JACOBIANS["forward"])
    honest = worker.source

    def noted(self: object, *given: object) -> object:
        seen.append(torch.backends.cuda.matmul.allow_tf32)
        return honest(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "source", noted)
    before = torch.backends.cuda.matmul.allow_tf32
    for precision in ("float32", "tf32"):
        effort = JacobianOptions("forward", precision)
        measure_grams(tiny(), some_code(tiny()), [BOX], Derivative(LatentSpace.W), effort)
    assert seen == [False, True]
    assert torch.backends.cuda.matmul.allow_tf32 == before


def test_unknown_words_are_named() -> None:
    """With those that are known."""
    gan = tiny()
    codes = some_code(gan)
    for effort, message in (
        (
            JacobianOptions(precision="half"),
            "Unknown precision 'half'.*one of float32, tf32, bfloat16, float16, fast",
        ),
        (
            JacobianOptions(strategy="magic"),
            "Unknown Jacobian strategy 'magic'.*one of linearised, forward",
        ),
    ):
        with pytest.raises(UnknownNameError, match=message):
            ll.resefa(gan, codes, BOX, effort=effort)
        with pytest.raises(UnknownNameError, match=message):
            measure_grams(gan, codes, [BOX], Derivative(LatentSpace.W), effort)
