"""LowRankGAN against the published implementation, and its properties."""

from __future__ import annotations

from pathlib import Path

import latent_levers as ll
import pytest
import torch
from cases import some_code, tiny
from golden import golden, subspace_angle, write_generator
from latent_levers.core.base.errors import DirectionsError, SolveError
from latent_levers.core.base.wording import PackWarning
from latent_levers.core.concepts.eigenproblem import unit_rows
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace
from latent_levers.core.levers.methods.lowrankgan import LowRankGANMethod

SAMPLES, REGIONS = ("s0", "s1"), ("eyes", "mouth", "corner", "irregular")


@pytest.mark.parametrize("name", REGIONS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_published_directions_from_published_grams(sample: str, name: str) -> None:
    """Ranks and iterations are equal, subspaces and single directions to 1e-6."""
    grams, data = golden("resefa_w"), golden("lowrankgan_w")
    expected = {key: data[f"lowrank.{sample}.{name}.{key}"] for key in
                ("L_fore", "L_back", "principal", "directions", "ranks", "iterations")}  # fmt: skip
    a, b = (grams[f"resefa.{sample}.{name}.{key}"] for key in "AB")
    found = LowRankGANMethod().subspaces(a, b)
    assert [found.fore.rank, found.back.rank] == expected["ranks"].tolist()
    assert [found.fore.iterations, found.back.iterations] == expected["iterations"].tolist()
    for part, matrix in ((found.fore, "L_fore"), (found.back, "L_back")):
        torch.testing.assert_close(part.matrix, expected[matrix], rtol=1e-8, atol=1e-12)
    principal = unit_rows(found.fore.vectors)
    assert subspace_angle(principal, expected["principal"]) < 1e-6
    assert subspace_angle(found.vectors, expected["directions"]) < 1e-6
    torch.testing.assert_close(principal, expected["principal"], rtol=0, atol=1e-6)
    torch.testing.assert_close(unit_rows(found.vectors), expected["directions"], rtol=0, atol=1e-6)
    # What was projected out is not in them.
    assert float((found.vectors @ found.back.vectors.T).abs().max()) < 1e-10


def test_the_public_function_gives_the_published_directions(tmp_path: Path) -> None:
    """From the weights: the published Jacobian was rounded to float32."""
    gan = ll.load_generator(write_generator("hammer_stylegan2", tmp_path)).to(dtype=torch.float64)
    data, published = golden("resefa_w"), golden("lowrankgan_w")
    code = LatentCode(data["in.w"][:1, None], LatentSpace.W)
    region = ll.Region.from_mask(data["mask.mouth"], "mouth")
    levers = ll.lowrankgan(gan, code, region)
    expected = published["lowrank.s0.mouth.directions"]
    torch.testing.assert_close(levers.vectors.double(), expected, rtol=0, atol=1e-4)
    details = levers.details
    assert levers.method == "lowrankgan"
    assert (details["ranks"], details["relaxation"], details["status"]) == ([4, 2], 0, "OK")
    assert details["sparsity"] == 1 / 60
    assert len(details["projected"]) == len(levers) == 4
    assert "4 of 10 directions" in details["explanation"]
    assert "need not be orthogonal" in details["explanation"]
    assert levers.mask is not None
    assert len(levers.select([2]).details["projected"]) == 1
    assert len(ll.lowrankgan(gan, code, region, count=2)) == 2


def test_a_relaxation_lets_the_background_change_a_little() -> None:
    """The weakest directions of the background are not projected out; the strongest one is."""
    data = golden("resefa_w")
    a, b = data["resefa.s1.eyes.A"], data["resefa.s1.eyes.B"]
    method = LowRankGANMethod()
    strict, relaxed, most = (method.subspaces(a, b, relaxation=r) for r in (0, 1, 99))
    assert (strict.kept, relaxed.kept, most.kept) == (4, 3, 1)
    assert (relaxed.lengths >= strict.lengths).all()
    assert float((most.vectors @ most.back.vectors[0]).abs().max()) < 1e-12


def test_a_background_that_is_still_removes_nothing() -> None:
    a = golden("resefa_w")["resefa.s0.mouth.A"]
    found = LowRankGANMethod().subspaces(a, torch.zeros_like(a))
    assert found.kept == 0
    torch.testing.assert_close(found.vectors, found.fore.vectors)


def test_a_background_of_full_rank_leaves_one_direction() -> None:
    """As in the published code, with a warning."""
    gan = tiny()
    box = ll.Region.box(1, 2, 3, 2, 8)
    with pytest.warns(PackWarning, match="full rank 5 and leaves no null space"):
        levers = ll.lowrankgan(gan, some_code(gan), box, sparsity=10.0)
    assert levers.details["ranks"][1] == 5
    assert len(torch.linalg.svdvals(levers.vectors).gt(1e-4).nonzero()) == 1


@pytest.mark.parametrize(("name", "space"), [("stylegan2-skip", "S"), ("biggan-chunks", "Z+"),
                                             ("pggan", None)])  # fmt: skip
def test_every_space_and_architecture(name: str, space: str | None) -> None:
    """On some layers the directions are zero on the others."""
    gan = tiny(name)
    layers = None if space is None else "1"
    box = ll.Region.box(1, 2, 3, 2, gan.spec.img_size)
    sparsity = 1 / 60 if space != "S" else 0.2
    levers = ll.lowrankgan(
        gan, some_code(gan, 2), box, space=space, layers=layers, sparsity=sparsity
    )
    assert levers.space is (LatentSpace.parse(space) if space else LatentSpace.Z)
    assert levers.vectors.shape[1] == gan.spec.direction_dim(levers.space)
    assert levers.details["codes"] == 2
    if space == "S":
        inside = torch.zeros(levers.vectors.shape[1], dtype=torch.bool)
        inside[gan.spec.style_slices((1,))[0].start : gan.spec.style_slices((1,))[-1].stop] = True
        assert not levers.vectors[:, ~inside].any()


def test_what_is_refused() -> None:
    gan, box = tiny(), ll.Region.box(1, 2, 3, 2, 8)
    code = some_code(gan)
    with pytest.raises(DirectionsError, match="count is 0"):
        ll.lowrankgan(gan, code, box, count=0)
    with pytest.raises(SolveError, match=r"relaxation is -1.*0 or more"):
        ll.lowrankgan(gan, code, box, relaxation=-1)
    with pytest.raises(SolveError, match="sparsity is 0"):
        ll.lowrankgan(gan, code, box, sparsity=0.0)
    with pytest.raises(SolveError, match="no low-rank part of the region.*larger sparsity"):
        ll.lowrankgan(gan, code, box, space="S", layers="1")
    zero, eye = torch.zeros(3, 3).double(), torch.eye(3).double()
    with pytest.raises(SolveError, match="Nothing in the region changes"):
        LowRankGANMethod().subspaces(zero, eye)
    one = torch.zeros(3, 3).double()
    one[0, 0] = 1.0
    with pytest.raises(SolveError, match=r"\(rank 1\) contains all 1 principal.*relaxation"):
        LowRankGANMethod().subspaces(one, one, sparsity=1.0)
    with pytest.warns(PackWarning, match="did not converge within 2 iterations"):
        levers = ll.lowrankgan(gan, code, box, max_iterations=2)
    assert levers.details["status"] == "NOT_CONVERGED"
