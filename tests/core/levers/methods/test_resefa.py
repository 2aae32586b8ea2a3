"""ReSeFa against the published implementation, an autograd Jacobian, and its properties."""

from __future__ import annotations

import copy
from dataclasses import replace

import latent_levers as ll
import pytest
import torch
from cases import tiny
from golden import golden, subspace_angle, write_generator
from latent_levers.core.base.errors import RegionError
from latent_levers.core.concepts.eigenproblem import EigenProblem
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentCode, LatentSpace, concatenate
from latent_levers.core.jacobians.measuring import measure_grams
from latent_levers.core.jacobians.options import Derivative
from latent_levers.core.latents.sampling import draw_z
from latent_levers.core.solvers import SOLVERS
from latent_levers.core.solvers.low_rank import LowRankSolver
from oracles import full_jacobian, generalised_eigenpairs, grams_of
from torch import Tensor

REGIONS = ("eyes", "mouth", "corner", "irregular")


@pytest.fixture(scope="module")
def gan(tmp_path_factory: pytest.TempPathFactory) -> Generator:
    """The generator of the published Jacobians, in float64."""
    path = write_generator("hammer_stylegan2", tmp_path_factory.mktemp("resefa"))
    return ll.load_generator(path).to(dtype=torch.float64)


@pytest.fixture(scope="module")
def codes() -> LatentCode:
    """The two published samples."""
    return LatentCode(golden("resefa_w")["in.w"][:, None], LatentSpace.W)


def region(name: str, data: dict[str, Tensor]) -> ll.Region:
    """A published region."""
    return ll.Region.from_mask(data[f"mask.{name}"], name)


def compare(
    values: Tensor, vectors: Tensor, expected: Tensor, directions: Tensor, beyond: float = 0.0
) -> None:
    """First five directions within 1e-4; values to 1e-5 for the leading 24, then to 1e-10.

    `beyond` is a relative tolerance for the other values: the published Jacobian was rounded to
    float32 before it was multiplied, unlike ours.
    """
    full = torch.zeros_like(expected)
    full[: len(values)] = values  # beyond the rank there are no directions, and values are 0
    torch.testing.assert_close(full[:24], expected[:24], rtol=1e-5, atol=1e-10)
    torch.testing.assert_close(full[24:], expected[24:], rtol=beyond, atol=1e-10)
    assert subspace_angle(vectors[:5], directions[:5]) < 1e-4


@pytest.mark.parametrize("name", REGIONS)
@pytest.mark.parametrize("sample", [0, 1])
def test_w_from_the_network(gan: Generator, codes: LatentCode, sample: int, name: str) -> None:
    """Our Jacobian, Grams and solver against the published numbers."""
    data = golden("resefa_w")
    levers = ll.resefa(gan, codes[sample], region(name, data), count=32)
    key = f"resefa.s{sample}.{name}.fullrank.eigh"
    expected, directions = data[f"{key}.values"], data[f"{key}.directions"]
    compare(levers.eigenvalues, levers.vectors, expected, directions, beyond=1e-6)


@pytest.mark.parametrize("name", REGIONS)
@pytest.mark.parametrize("mode", ["plain", "fullrank"])
def test_w_from_the_published_jacobian(name: str, mode: str) -> None:
    """Grams and solve from the stored Jacobian, with and without shrinkage."""
    data = golden("resefa_w")
    for sample in (0, 1):
        a, b = grams_of(data["jac.w"][sample], data[f"mask.{name}"])
        torch.testing.assert_close(a, data[f"resefa.s{sample}.{name}.A"], rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(b, data[f"resefa.s{sample}.{name}.B"], rtol=1e-10, atol=1e-12)
        shift = 1e-3 * float(b.trace()) if mode == "fullrank" else 0.0
        found = SOLVERS["dense"].solve(EigenProblem(a, b, shift), 32)
        key = f"resefa.s{sample}.{name}.{mode}.eigh"
        compare(found.values, found.vectors, data[f"{key}.values"], data[f"{key}.directions"])


@pytest.mark.parametrize("name", REGIONS)
def test_w_plus_from_the_network(gan: Generator, name: str) -> None:
    """One w per layer, layer-major."""
    data = golden("resefa_wplus")
    code = LatentCode(data["in.ws"], LatentSpace.W_PLUS)
    levers = ll.resefa(gan, code, region(name, data), space="W+", count=256)
    expected, directions = (data[f"resefa.s0.{name}.{part}"] for part in ("values", "directions"))
    compare(levers.eigenvalues, levers.vectors, expected, directions, beyond=1e-6)


@pytest.mark.parametrize("name", REGIONS)
def test_w_plus_from_the_published_jacobian(name: str) -> None:
    """Grams and solve from the stored Jacobian."""
    data = golden("resefa_wplus")
    a, b = grams_of(data["jac.wplus"].flatten(3), data[f"mask.{name}"])
    found = SOLVERS["dense"].solve(EigenProblem(a, b, 1e-3 * float(b.trace())), 256)
    expected, directions = (data[f"resefa.s0.{name}.{part}"] for part in ("values", "directions"))
    compare(found.values, found.vectors, expected, directions)


def test_several_codes_average_their_grams(gan: Generator) -> None:
    """A is the mean over codes of A_i / rows_i; the order of codes does not matter."""
    codes = ll.sample_latents(gan, 3, seed=3)
    box = ll.Region.box(20, 10, 4, 5, 32)
    levers = ll.resefa(gan, codes, box, count=5)
    pairs = [measure_grams(gan, codes[i], [box, ~box], Derivative(LatentSpace.W)) for i in range(3)]
    a, b = (sum(pair[k].mean for pair in pairs) / 3 for k in (0, 1))
    values, vectors = generalised_eigenpairs(a, b + 1e-3 * b.trace() * torch.eye(32))
    torch.testing.assert_close(levers.eigenvalues, values[:5], rtol=1e-9, atol=0)
    assert subspace_angle(levers.vectors, vectors[:5]) < 1e-6
    turned = ll.resefa(gan, concatenate([codes[2], codes[0], codes[1]]), box, count=5)
    torch.testing.assert_close(turned.vectors, levers.vectors, rtol=0, atol=1e-5)


def test_scaling_the_image_scales_nothing() -> None:
    """Both Grams are scaled, so that eigenvalues and directions do not change."""
    data = golden("resefa_w")
    a, b = grams_of(data["jac.w"][0], data["mask.mouth"])
    trace = float(b.trace())
    once = SOLVERS["dense"].solve(EigenProblem(a, b, 1e-3 * trace), 5)
    ten = SOLVERS["dense"].solve(EigenProblem(100 * a, 100 * b, 1e-3 * 100 * trace), 5)
    region_only = SOLVERS["dense"].solve(EigenProblem(100 * a, b, 1e-3 * trace), 5)
    torch.testing.assert_close(ten.values, once.values)
    torch.testing.assert_close(region_only.values, 100 * once.values)
    torch.testing.assert_close(region_only.vectors, once.vectors)


@pytest.mark.parametrize("name", REGIONS)
def test_low_rank_solver(name: str) -> None:
    """Equal to the dense solver at full rank; below it the dropped share is reported."""
    data = golden("resefa_w")
    a, b = grams_of(data["jac.w"][0], data[f"mask.{name}"])
    problem = EigenProblem(a, b, 1e-3 * float(b.trace()))
    dense = SOLVERS["dense"].solve(problem, 10)
    full = LowRankSolver().solve(problem, 10)
    torch.testing.assert_close(full.values, dense.values, rtol=1e-9, atol=0)
    assert subspace_angle(full.vectors[:5], dense.vectors[:5]) < 1e-6
    assert full.status.name == "OK"
    cut = LowRankSolver(rank=12).solve(problem, 5)
    spectrum = torch.linalg.eigvalsh(b).flip(0)
    assert cut.status.name == "TRUNCATED"
    assert cut.stats["dropped_b"] == pytest.approx(float(spectrum[12:].sum() / spectrum.sum()))
    assert cut.residuals.max() > dense.residuals.max()


def test_pixels_in_neither_region_are_ignored(gan: Generator) -> None:
    """With an explicit background, pixels between the two do not count."""
    codes = ll.sample_latents(gan, 1, seed=3)
    box = ll.Region.box(20, 10, 4, 5, 32)
    far = ll.Region.box(0, 0, 8, 32, 32)
    levers = ll.resefa(gan, codes, box, background=far, count=3)
    a, b = (g.mean for g in measure_grams(gan, codes, [box, far], Derivative(LatentSpace.W)))
    values, _ = generalised_eigenpairs(a, b + 1e-3 * b.trace() * torch.eye(32))
    torch.testing.assert_close(levers.eigenvalues, values[:3], rtol=1e-7, atol=0)


def test_shrinkage_by_mean_divides_by_the_dimension(gan: Generator) -> None:
    """Tau tr(B) / D instead of tau tr(B)."""
    codes = ll.sample_latents(gan, 1, seed=3)
    box = ll.Region.box(20, 10, 4, 5, 32)
    by_mean = ll.resefa(gan, codes, box, shrinkage=32e-3, shrinkage_by="mean")
    by_trace = ll.resefa(gan, codes, box, shrinkage=1e-3)
    torch.testing.assert_close(by_mean.eigenvalues, by_trace.eigenvalues)


def test_a_tiny_region_reports_its_rank(gan: Generator) -> None:
    """One pixel has three channels, so that the rank is three at most; a warning says so."""
    codes = ll.sample_latents(gan, 1, seed=3)
    with pytest.warns(UserWarning, match=r"3 of 10 directions, rank 3: .*draw a larger region"):
        levers = ll.resefa(gan, codes, ll.Region.box(16, 16, 1, 1, 32))
    assert len(levers) == 3
    assert levers.details["rank"] == 3


def test_z_of_mapped_codes(gan: Generator) -> None:
    """Directions in Z are found for codes in W; edits map the moved z again."""
    codes = ll.sample_latents(gan, 2, seed=3)
    levers = ll.resefa(gan, codes, ll.Region.box(20, 10, 4, 5, 32), space="Z", count=3)
    assert levers.vectors.shape == (3, gan.spec.z_dim)
    pulled = ll.edit(codes, levers, 1, strength=0.5, unit="distance")
    assert codes.z is not None
    moved = ll.map_latents(gan, codes.z + 0.5 * levers.vectors[1], truncation_psi=0.7)
    torch.testing.assert_close(ll.render(gan, pulled), ll.render(gan, moved), rtol=0, atol=1e-4)


def styled() -> Generator:
    """A tiny StyleGAN2 in float64 with one constant style channel."""
    gan = replace(tiny(), network=copy.deepcopy(tiny().network)).to(dtype=torch.float64)
    with torch.no_grad():
        gan.network.get_parameter("synthesis.b8.conv0.affine.weight")[2] = 0.0
    return gan


@pytest.mark.parametrize("layers", [None, (1, 2)])
def test_styles_are_measured_in_their_own_deviations(layers: tuple[int, ...] | None) -> None:
    """Columns of J times standard deviations over 10,000 seeds; zero for a constant channel."""
    gan, box = styled(), ll.Region.box(2, 1, 3, 4, 8)
    codes = ll.sample_latents(gan, 2, seed=3)
    levers = ll.resefa(gan, codes, box, space="S", layers=layers, count=6)
    drawn = gan.style_codes(ll.map_latents(gan, draw_z(6, 10_000, 0))).std(dim=0)
    channels = torch.cat([torch.arange(33)[part] for part in gan.spec.style_slices(layers)])
    scale = drawn[channels]
    pairs = []
    for index in range(2):
        function = gan.as_function(codes[index], LatentSpace.S, layers)
        jacobian = full_jacobian(function, torch.zeros(len(channels), dtype=torch.float64))
        pairs.append(grams_of(jacobian * scale, box.weights[0]))
    a, b = (sum(pair[k] for pair in pairs) / 2 for k in (0, 1))
    values, units = generalised_eigenpairs(a, b + 1e-3 * b.trace() * torch.eye(len(a)))
    torch.testing.assert_close(levers.eigenvalues, values[:6], rtol=1e-6, atol=0)
    pulls = torch.zeros(6, 33, dtype=torch.float64)
    pulls[:, channels] = units[:6] * scale  # one sigma of each lever in the styles' own unit
    assert levers.sigma is not None
    torch.testing.assert_close(levers.sigma, pulls.norm(dim=1), rtol=1e-4, atol=0)
    found = levers.vectors.double() * levers.sigma[:, None]
    sign = (found * pulls).sum(dim=1, keepdim=True).sign()
    torch.testing.assert_close(found, sign * pulls, rtol=0, atol=1e-4)
    assert (levers.vectors[:, 7 + 7 + 2] == 0).all()
    assert (levers.space, levers.layers, levers.styles) == (
        LatentSpace.S,
        layers,
        gan.spec.styles,
    )


def test_the_scale_of_a_style_channel_does_not_matter() -> None:
    """A channel with a doubled style and halved kernel gives equal levers."""
    gan, box = styled(), ll.Region.box(2, 1, 3, 4, 8)
    other = replace(gan, network=copy.deepcopy(gan.network))
    with torch.no_grad():
        for name, factor in (("affine.weight", 2), ("affine.bias", 2)):
            other.network.get_parameter(f"synthesis.b8.conv1.{name}")[3] *= factor
        other.network.get_parameter("synthesis.b8.conv1.weight")[:, 3] /= 2
    codes = ll.sample_latents(gan, 1, seed=3)
    one, two = (ll.resefa(at, codes, box, space="S", count=4) for at in (gan, other))
    torch.testing.assert_close(one.eigenvalues, two.eigenvalues, rtol=1e-8, atol=0)
    images = [
        ll.render(at, ll.edit(codes, levers, 0, 2.0, "sigma"))
        for at, levers in ((gan, one), (other, two))
    ]
    torch.testing.assert_close(images[0], images[1], rtol=0, atol=1e-5)


def test_a_region_inside_its_background_is_refused() -> None:
    gan = tiny()
    code = ll.sample_latents(gan, 1)
    small, large = ll.Region.box(2, 2, 2, 2, 8), ll.Region.box(1, 1, 4, 4, 8)
    for background in (small, large):
        with pytest.raises(RegionError, match="whole region is part of the background"):
            ll.resefa(gan, code, small, background)
    assert len(ll.resefa(gan, code, large, small, count=2)) == 2
