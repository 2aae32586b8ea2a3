"""Diagonals of Grams against the Grams themselves."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny, wide
from latent_levers.core.base.errors import LatentError, RegionError
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.jacobians.diagonals import each_diagonal
from latent_levers.core.jacobians.measuring import each_gram
from latent_levers.core.jacobians.options import Derivative, JacobianOptions


@pytest.mark.parametrize("name", ["stylegan2-skip", "stylegan1", "stylegan3-t"])
@pytest.mark.parametrize("strategy", [None, "forward", "reverse"])
@pytest.mark.parametrize("layers", [None, (1, 2)])
def test_diagonals_are_those_of_the_grams(
    name: str, strategy: str | None, layers: tuple[int, ...] | None
) -> None:
    """For soft masks, one per code, with and without a choice of layers."""
    gan = wide(name)
    codes, size = some_code(gan, 2), gan.spec.img_size
    masks = torch.stack(
        [torch.linspace(0, 1, size[0] * size[1]).reshape(size).flip(i) for i in (0, 1)]
    )
    soft = ll.Region.from_mask(masks)
    derivative, options = Derivative(LatentSpace.S, layers), JacobianOptions(strategy)
    expected = list(each_gram(gan, codes, [soft, ~soft], derivative, options))
    found = list(each_diagonal(gan, codes, [soft, ~soft], derivative, options))
    for diagonals, grams in zip(found, expected, strict=True):
        for diagonal, gram in zip(diagonals, grams, strict=True):
            torch.testing.assert_close(diagonal, gram.mean.diagonal(), rtol=1e-7, atol=1e-14)


def test_stored_columns_are_used_and_half_precision_is_scaled() -> None:
    """Another region of the same codes computes no column."""
    gan, cache = tiny(), ll.JacobianCache()
    codes, derivative = some_code(gan, 2), Derivative(LatentSpace.S)
    box = ll.Region.box(1, 2, 3, 2, 8)
    plain = list(each_diagonal(gan, codes, [box], derivative, JacobianOptions()))
    options = JacobianOptions(cache=cache, keep=torch.float16)
    list(each_diagonal(gan, codes, [~box], derivative, options))
    assert (cache.hits, len(cache)) == (0, 2)
    steps: list[tuple[int, int]] = []
    found = list(
        each_diagonal(gan, codes, [box], derivative, options, lambda *step: steps.append(step))
    )
    assert cache.hits == 2
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]
    torch.testing.assert_close(torch.stack(found), torch.stack(plain), rtol=2e-3, atol=0)


def test_what_is_refused() -> None:
    gan, box = tiny(), ll.Region.box(1, 2, 3, 2, 8)
    codes, options = some_code(gan), JacobianOptions()
    with pytest.raises(LatentError, match=r"Single channels of W .*those of S"):
        next(each_diagonal(gan, codes, [box], Derivative(LatentSpace.W), options))
    with pytest.raises(RegionError, match="Unknown mode 'rough'"):
        next(each_diagonal(gan, codes, [box], Derivative(LatentSpace.S, mode="rough"), options))
    with pytest.raises(LatentError, match="No latent codes"):
        next(each_diagonal(gan, codes[:0], [box], Derivative(LatentSpace.S), options))
