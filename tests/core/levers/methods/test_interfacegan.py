"""What GANSpace and InterFaceGAN refuse, with or without scikit-learn; `tests/extras` runs them."""

from __future__ import annotations

import sys

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.base.errors import DirectionsError, LatentError, PackError
from latent_levers.core.levers.methods import METHODS

LABELS = [0, 1] * 8


def test_scikit_learn_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sklearn", "sklearn.linear_model", "sklearn.svm", "sklearn.decomposition"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(PackError, match="GANSpace needs .* pip install scikit-learn"):
        ll.ganspace(tiny(), 2)
    for classifier in ("logistic", "svm"):
        with pytest.raises(PackError, match="InterFaceGAN needs .* pip install scikit-learn"):
            ll.interfacegan(tiny(), range(16), LABELS, classifier=classifier)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"classifier": "forest"}, DirectionsError, "one of logistic, svm"),
        ({"share": 0.0}, DirectionsError, "share is 0.0"),
        ({"share": 0.6}, DirectionsError, "share is 0.6"),
        ({"held_out": 1.0}, DirectionsError, "held_out is 1.0"),
        ({"regularization": 0.0}, DirectionsError, "regularization is 0.0"),
        ({"seed": -1}, DirectionsError, "seed is -1"),
        ({"space": "W+"}, LatentError, "W or Z"),
        ({"names": ("a", "b")}, DirectionsError, "2 names were given for 1"),
        ({"labels": LABELS[:-1]}, LatentError, r"\[15\] were given for 16"),
        ({"labels": [*LABELS[:-1], float("nan")]}, LatentError, "NaN"),
        ({"layers": "0-99"}, LatentError, "not layers"),
    ],
)
def test_what_does_not_fit_is_refused(
    given: dict[str, object], error: type[Exception], words: str
) -> None:
    arguments: dict[str, object] = {"labels": LABELS, **given}
    with pytest.raises(error, match=words):
        ll.interfacegan(tiny(), range(16), **arguments)  # pyright: ignore[reportArgumentType]


def test_codes_that_have_no_place_in_the_space_are_refused() -> None:
    gan = tiny()
    codes = ll.sample_latents(gan, 16, truncation_psi=0.5, truncation_cutoff=1)
    with pytest.raises(LatentError, match="differ from layer to layer"):
        ll.interfacegan(gan, codes, LABELS)
    styles = ll.to_styles(gan, ll.sample_latents(gan, 16))
    with pytest.raises(LatentError, match="Codes in S"):
        ll.interfacegan(gan, styles, LABELS)
    mapped = ll.LatentCode(torch.randn(16, 1, gan.spec.latent_dim), ll.LatentSpace.W)
    with pytest.raises(LatentError, match="carry no z"):
        ll.interfacegan(gan, mapped, LABELS, "Z")


def test_both_are_listed_among_the_methods() -> None:
    assert {"ganspace", "interfacegan"} <= set(METHODS.ids)
