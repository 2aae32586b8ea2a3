"""Reports of ReSeFa: how far halves agree, cache hits, progress and cancelling."""

from __future__ import annotations

from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.base.memory import Memory
from latent_levers.core.jacobians.options import JacobianOptions
from latent_levers.core.levers.grams.averaging import agreement


@pytest.mark.parametrize(
    ("angles", "words"),
    [
        ([0.2, 2.4, 2.7, 40.0], "agree within 3 degrees in 3 of 4 dimensions."),
        ([0.0, 0.3], "agree within 1 degree in all 2 dimensions."),
        ([41.2, 80.0], "do not agree: the nearest directions are 41 degrees apart. More codes"),
    ],
)
def test_the_agreement_of_halves_is_a_sentence(angles: list[float], words: str) -> None:
    assert f"Halves of the codes {words}" in agreement(angles)


def test_a_cache_counts_its_hits() -> None:
    """One Jacobian per code; another region needs no new one, but progress is reported."""
    gan, cache = tiny(), ll.JacobianCache()
    codes = ll.sample_latents(gan, 3, seed=3)
    mouth, eyes = ll.Region.box(1, 2, 3, 2, 8), ll.Region.box(4, 2, 2, 4, 8)
    options = JacobianOptions(cache=cache)
    first = ll.resefa(gan, codes, mouth, count=2, effort=options)
    assert cache.hits == 0
    reports: list[tuple[int, int]] = []
    with torch.inference_mode():  # as in a later graph of ComfyUI
        second = ll.resefa(
            gan, codes, eyes, count=2, effort=options, progress=lambda *step: reports.append(step)
        )
    assert cache.hits == 3
    assert reports == sorted(reports)
    assert reports[-1][0] == reports[-1][1]
    for region, levers in ((mouth, first), (eyes, second)):
        torch.testing.assert_close(
            levers.vectors, ll.resefa(gan, codes, region, count=2).vectors, atol=1e-5, rtol=0
        )


def test_calls_with_cached_columns_can_be_cancelled() -> None:
    """Progress is reported before the first code is done."""
    gan, cache = tiny(), ll.JacobianCache()
    codes, region = ll.sample_latents(gan, 2, seed=3), ll.Region.box(1, 2, 3, 2, 8)
    ll.resefa(gan, codes, region, effort=JacobianOptions(cache=cache))

    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ll.resefa(gan, codes, region, effort=JacobianOptions(cache=cache), progress=cancel)


def test_no_tensor_of_inference_mode_is_cached() -> None:
    """Such a tensor allows neither in-place products nor derivatives later."""
    gan, cache = tiny(), ll.JacobianCache()
    region = ll.Region.box(1, 2, 3, 2, 8)
    with torch.inference_mode():
        codes = ll.sample_latents(gan, 1, seed=3)
        codes = replace(codes, values=codes.values * 1.0)  # as an edit does
        options = JacobianOptions(memory=Memory(0, 1 << 30), cache=cache)
        ll.resefa(gan, codes, region, effort=options)
    assert len(cache) == 1
    (stored,) = cache._entries.values()
    assert not stored.values.is_inference()
    assert not stored.scales.is_inference()
    ll.resefa(gan, codes, region, space="W+", effort=options)
