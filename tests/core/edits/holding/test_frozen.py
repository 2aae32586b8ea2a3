"""A hold by a stored Jacobian, and pulls in strides."""

from __future__ import annotations

from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from latent_levers.core.base.errors import DirectionsError, LatentError, PackError
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.edits.editing import PullOptions
from latent_levers.core.edits.held_edits import edit_and_hold
from latent_levers.core.edits.holding.coordinates import HoldCoordinates
from latent_levers.core.edits.holding.curvature import (
    MU,
    exact_curvature,
    sketched_curvature,
)
from latent_levers.core.edits.holding.frozen import FrozenHold
from latent_levers.core.edits.holding.request import MOST_STRIDES, HoldChange, HoldRequest, summary
from latent_levers.core.edits.variations import Variation, apply_variations
from latent_levers.core.jacobians.image_map import image_map
from latent_levers.core.jacobians.options import Derivative
from latent_levers.core.jacobians.plan import stored_columns
from latent_levers.core.jacobians.products import jacobian_products, pull_columns


def some_request(**more: object) -> HoldRequest:
    """Hold all but the upper left quarter."""
    size = tiny().spec.img_size
    region = ll.Region.box(0, 0, size[0] // 2, size[1] // 2, size)
    return replace(HoldRequest(tiny(), region), **more)


@pytest.mark.parametrize("space", [LatentSpace.W_PLUS, LatentSpace.S])
def test_curvatures_are_those_of_the_jacobian(space: LatentSpace) -> None:
    """Exact and sketched solve with the matrix of the normal equations, from a dense Jacobian."""
    gan, code = tiny(), some_code(tiny())
    weights = some_request().weights(1)[0]
    coordinates = HoldCoordinates.of(gan, space)
    image = image_map(gan, code, space)
    push, pull = jacobian_products(image)
    basis = torch.eye(image.size)
    jacobian = push(coordinates.scaled(basis).float()).flatten(1).double().T  # J C^(1/2)
    rows = weights.total.expand(3, -1, -1).flatten().double()
    outer = weights.outside.expand(3, -1, -1).flatten().double()
    penalty = MU * float((jacobian.square() * outer[:, None]).sum() / image.size)
    dense = (jacobian.T * rows) @ jacobian + penalty * torch.eye(image.size)
    options = ll.JacobianOptions(cache=ll.JacobianCache())
    columns = stored_columns(gan, code, Derivative(space), options)
    assert columns is not None
    exact = exact_curvature(columns, coordinates, weights)
    assert exact.penalty == pytest.approx(penalty, rel=1e-4)
    right = torch.randn(image.size, generator=torch.Generator().manual_seed(0)).double()
    torch.testing.assert_close(dense @ exact.solve(right), right, rtol=1e-3, atol=1e-3)
    picture = torch.randn(image.image_shape, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        pull_columns(columns, picture), pull(picture[None])[0].double(), rtol=1e-3, atol=1e-4
    )
    sketch = sketched_curvature(gan, code, coordinates, weights)
    assert sketch.penalty > 0
    directions = torch.linalg.eigh(dense)[1][:, -3:].T
    for row in directions:  # along strong directions it is as good as the matrix, up to its scale
        cosine = torch.nn.functional.cosine_similarity(sketch.solve(dense @ row), row, dim=0)
        assert float(cosine) > 0.95  # what the sketch leaves out counts more than the penalty


def test_a_frozen_hold_agrees_with_the_others() -> None:
    """For a small pull it finds what conjugate gradients find."""
    gan, code = tiny(), some_code(tiny())
    levers = ll.sefa(gan)
    frozen = FrozenHold(some_request(), code)
    assert frozen.exact
    pulled = ll.edit(code, levers, 0, 0.05, "distance")
    held, change = frozen.hold(pulled)
    assert change.objectives[-1] < change.objectives[0]
    slow = ll.hold(gan, code, pulled, some_request().region, steps=6)
    torch.testing.assert_close(ll.render(gan, held), ll.render(gan, slow), rtol=0, atol=2e-3)
    with pytest.raises(DirectionsError, match="2 codes"):
        FrozenHold(some_request(), some_code(gan, 2))
    with pytest.raises(LatentError, match="hold in W\\+"):
        frozen.hold(ll.to_styles(gan, pulled))


def test_hold_takes_a_jacobian_from_the_cache() -> None:
    """The one of the code before the pull, in the space of the result."""
    gan, code = tiny(), some_code(tiny())
    options = ll.JacobianOptions(cache=ll.JacobianCache())
    assert options.cache is not None
    pulled = ll.edit(code, ll.sefa(gan), 0, 0.2, "distance")
    region = some_request().region
    ll.hold(gan, code, pulled, region, effort=options)
    assert options.cache.hits == 0
    assert len(options.cache) == 0
    FrozenHold(some_request(effort=options), code)
    hits = options.cache.hits
    ll.hold(gan, code, pulled, region, effort=options)
    assert options.cache.hits == hits + 1


def test_strides_pull_as_far_in_parts() -> None:
    """A lever whose pull is not extreme is pulled at once; the number can be given."""
    gan, codes = tiny(), some_code(tiny(), 2)
    levers = ll.sefa(gan)
    told: list[HoldChange] = []
    request = some_request(report=told.append)
    far = PullOptions("distance")
    once = edit_and_hold(codes, levers, [(0, 0.01)], request, far)
    assert [change.strides for change in told] == [1, 1]
    plain = ll.hold(gan, codes, ll.edit(codes, levers, 0, 0.01, "distance"), request.region)
    torch.testing.assert_close(once.values, plain.values)
    told.clear()
    edit_and_hold(codes, levers, [(0, 0.5)], request, far, strides=3)
    assert [change.strides for change in told] == [3, 3]
    assert all(change.outside_held < change.outside_pulled for change in told)
    told.clear()
    edit_and_hold(codes, levers, [(0, 50.0)], request, far)
    assert max(change.strides for change in told) == MOST_STRIDES
    words = summary(request.region, told)
    assert "Held all but box 0,0" in words
    assert "medians of 2 images" in words
    with pytest.raises(PackError, match="0 strides"):
        edit_and_hold(codes, levers, [(0, 1.0)], request, far, strides=0)


def test_variations_are_held_with_the_mask_of_their_row() -> None:
    """Several levers of one variation are one pull."""
    gan, codes = tiny(), some_code(tiny(), 2)
    levers = ll.sefa(gan)
    whole = some_request()
    masks = ll.Region(torch.cat([whole.region.weights, whole.region.weights.flip(2)]))
    request = replace(whole, region=masks)
    plan = [
        Variation(1, None, ((0, 0.1), (1, -0.2)), ""),
        Variation(0, None, ((1, 0.1),), ""),
        Variation(1, None, ((0, 0.1),), ""),
    ]
    held = apply_variations(codes, levers, plan, PullOptions("distance", hold=request))
    second = replace(whole, region=ll.Region(masks.weights[1:]))
    alone = edit_and_hold(codes[1], levers, [(0, 0.1), (1, -0.2)], second, PullOptions("distance"))
    torch.testing.assert_close(held.values[:1], alone.values)
    done: list[tuple[int, int]] = []
    pull = PullOptions("distance", hold=request)
    apply_variations(codes, levers, plan, pull, lambda *step: done.append(step))
    assert done[-1] == (3, 3)
