"""First levers of a large image, from smaller images; the bundled portraits count as large here."""

from __future__ import annotations

import latent_levers as ll
import pytest
import torch
from cases import tiny
from latent_levers.core.cli.standalone.host import OpenGenerator, StandaloneHost
from latent_levers.core.concepts.generator import Generator
from latent_levers.core.concepts.latent_code import LatentSpace
from latent_levers.core.explorer import image_sizes
from latent_levers.core.explorer.card_ranges import CardView
from latent_levers.core.explorer.cards import cards_of, show_levers
from latent_levers.core.explorer.first_levers import find_in_smaller, image_after
from latent_levers.core.explorer.photo_state import PhotoState
from latent_levers.core.explorer.state import read_state
from latent_levers.core.generators.rendering import render
from latent_levers.core.generators.smaller_image import SmallerImage, smaller_image
from latent_levers.core.latents.sampling import map_codes
from latent_levers.core.regions.presets import presets_for
from latent_levers.core.regions.shapes import region_from_shapes
from latent_levers.core.server import actions
from latent_levers.core.server.facts import explorer_facts
from latent_levers.core.server.jobs import Job
from latent_levers.core.server.requests import LeverRequest
from latent_levers.core.server.sessions import Contents

GAN = ll.load_generator("portraits-128")
CODES = map_codes(GAN, ll.sample_latents(GAN, 2), LatentSpace.W)
MOUTH = region_from_shapes("mouth", GAN.spec.img_size, presets_for(GAN.details))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images above 64 pixels count as large."""
    monkeypatch.setattr(image_sizes, "LARGE", 64)
    monkeypatch.setattr(image_sizes, "SMALLEST", 16)


def smaller(side: int) -> SmallerImage:
    """The portraits' smaller image."""
    found = smaller_image(GAN, side)
    assert found is not None
    return found


def contained(found: ll.Directions, whole: ll.Directions) -> list[float]:
    """The length of the part of each lever that lies in the span of others."""
    basis, _ = torch.linalg.qr(whole.vectors.T)
    return (found.vectors @ basis).norm(dim=1).tolist()


def job() -> Job:
    """A job of a page."""
    return Job(("session", "page", "kind"), 1, lambda job: None, lambda result: None)


def asked(beyond: int | None, region: ll.Region | None = MOUTH) -> LeverRequest:
    """A request for levers."""
    return LeverRequest(region, "mouth", 0, 8, 1.0, False, PhotoState(), beyond)


@pytest.mark.parametrize(("side", "first", "least"), [(64, 0.97, 0.95), (32, 0.7, 0.35)])
def test_levers_of_a_smaller_image_are_like_those_of_the_whole(
    side: int, first: float, least: float
) -> None:
    """Likeness in W: the first lever's cosine, and what the first eight contain of all four."""
    for code in (CODES[0], CODES[1]):
        whole = ll.resefa(GAN, code, MOUTH, count=8, steady=False)
        found = find_in_smaller(smaller(side), code, MOUTH, 4, first=True)
        assert found.details["sought"] == [side, side]
        assert (found.num_ws, found.origin) == (GAN.spec.num_ws, GAN.spec.fingerprint)
        assert float((found.vectors[0] @ whole.vectors.T).abs().max()) > first
        assert min(contained(found, whole)) > least
        assert found.sigma is not None
        expected = ll.resefa(GAN, code, MOUTH, count=1, steady=False)
        assert expected.sigma is not None
        assert float(found.sigma[0]) == pytest.approx(float(expected.sigma[0]), rel=0.5)


@pytest.mark.parametrize("count", [3, 8])
def test_a_finer_search_is_that_of_all_columns(count: int) -> None:
    """However few levers are asked for."""
    image = smaller(64)
    found = find_in_smaller(image, CODES[1], MOUTH, count, first=False)
    code, region = image.codes(CODES[1]), image.region(MOUTH)
    dense = ll.resefa(image.gan, code, region, count=count, steady=False, solver="dense")
    assert min(contained(found, dense)) > 1 - 1e-3


def test_codes_in_s_too() -> None:
    code = ll.LatentCode(GAN.style_codes(CODES[0])[:, None], LatentSpace.S)
    found = find_in_smaller(smaller(64), code, MOUTH, 2, first=True)
    assert found.space is LatentSpace.S
    assert found.vectors.shape[1] == GAN.spec.direction_dim(LatentSpace.S)
    ll.edit(code, found, 0, 1.0, "distance")


def test_which_images_are_looked_at(large: None, monkeypatch: pytest.MonkeyPatch) -> None:
    sides = [each.gan.spec.img_resolution for each in image_sizes.smaller_images(GAN)]
    assert sides == [32, 16]
    work = image_sizes._work(smaller(16).gan.spec)
    for seconds, expected in ((1e-9, 32), (1e9, 16)):  # of one picture of 16 pixels
        monkeypatch.setitem(image_sizes._seconds, GAN.network, {GAN.device: seconds / work})
        found = image_after(GAN, CODES[0], 0)
        assert found is not None
        assert found.gan.spec.img_resolution == expected
    after = image_after(GAN, CODES[0], 16)
    assert after is not None
    assert after.gan.spec.img_resolution == 32
    assert image_after(GAN, CODES[0], 32) is None, "then the whole one"


def test_small_images_and_networks_without_smaller_ones_have_no_first_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert image_after(GAN, CODES[0], 0) is None
    facts = explorer_facts(Contents(OpenGenerator(GAN), CODES), "title")
    assert facts["smaller"] is None
    monkeypatch.setattr(image_sizes, "LARGE", 4)
    gan = tiny("stylegan3-t")
    codes = ll.sample_latents(gan, 1)
    assert image_after(gan, codes[0], 0) is None
    assert explorer_facts(Contents(OpenGenerator(gan), codes), "title")["smaller"] == 0


def test_the_speed_of_this_machine_is_measured_once(large: None) -> None:
    image_sizes._seconds.pop(GAN.network, None)
    image_after(GAN, CODES[0], 0)
    known = dict(image_sizes._seconds[GAN.network])
    image_after(GAN, CODES[1], 0)
    assert image_sizes._seconds[GAN.network] == known
    assert known[GAN.device] > 0


def test_a_network_that_was_moved_is_measured_there(
    large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ComfyUI moves networks between the CPU and a GPU."""
    drawn: list[int] = []
    monkeypatch.setattr(image_sizes, "render", lambda gan, codes: drawn.append(len(codes)))
    monkeypatch.setattr(image_sizes, "_seconds", {})
    for name, pictures in (("cpu", 5), ("cuda", 5), ("cpu", 0)):
        drawn.clear()
        device = torch.device(name)
        monkeypatch.setattr(Generator, "device", property(lambda gan, device=device: device))
        image_after(GAN, CODES[0], 0)
        assert sum(drawn) == pictures


def test_a_first_view_seeks_the_range_in_the_smallest_image(large: None) -> None:
    whole = render(GAN, CODES[0])
    view = CardView.first(GAN, CODES[0], MOUTH, whole)
    sides = [each.gan.spec.img_resolution for each in view.rounds if each is not None]
    assert sides[0] == 16
    assert sides[1] in (16, 32)
    levers = ll.resefa(GAN, CODES[0], MOUTH, count=2, steady=False)
    seen: list[tuple[int, int]] = []
    cards = cards_of(view, levers, "mouth", progress=lambda *step: seen.append(step))
    assert len(cards) == 2
    assert seen
    true = show_levers(GAN, CODES[0], levers, MOUTH, "mouth")
    assert levers.sigma is not None
    for card, other, sigma in zip(cards, true, levers.sigma.tolist(), strict=True):
        assert card.strip.shape == other.strip.shape
        assert 0 < card.entry["range"][1] <= 3 * sigma * 1.06, "it is read with two digits"
        difference = (card.strip.double() - other.strip.double()).abs().mean()
        assert float(difference) < 25, "of the whole image, with the change of a smaller one"


def test_answers_get_better_until_they_are_of_the_whole_image(large: None) -> None:
    host = StandaloneHost()
    contents = Contents(OpenGenerator(GAN), CODES)
    image_sizes._seconds[GAN.network] = {GAN.device: 1e9}  # a slow machine
    try:
        first = actions.levers(host, contents, asked(0), job())
        better = actions.levers(host, contents, asked(first["sought"]), job())
        whole_image = actions.levers(host, contents, asked(None, None), job())
        of_image = actions.levers(host, contents, asked(0, None), job())
    finally:
        image_sizes._seconds.pop(GAN.network)
    assert (first["sought"], better["sought"]) == (16, 32)
    assert (len(first["levers"]), len(better["levers"])) == (4, 8)
    assert (of_image["sought"], of_image["method"]) == (16, "sefa")
    same = [each["vector"] for each in whole_image["levers"][:4]]
    assert [each["vector"] for each in of_image["levers"]] == same, "only ranges are first ones"
    whole = actions.levers(host, contents, asked(None), job())
    assert whole["sought"] == 0
    again = actions.levers(host, contents, asked(0), job())
    assert again["sought"] == 0, "the derivative of the whole image is stored"
    assert [x["vector"] for x in again["levers"]] == [x["vector"] for x in whole["levers"]]


def test_a_slider_of_late_layers_draws_the_very_picture_from_there_on() -> None:
    contents = Contents(OpenGenerator(GAN), CODES)
    host = StandaloneHost()
    found = actions.levers(host, contents, asked(None), job())["levers"][0]
    last = GAN.spec.num_ws - 1

    def state(pull: float) -> object:
        return read_state({"levers": [{**found, "pull": pull, "layers": f"{last - 1}-{last}"}]})

    pulls = (0.5, 1.0, -2.0)
    fresh = [actions.picture(StandaloneHost(), contents, state(p), job()) for p in pulls]
    actions.picture(host, contents, state(0.1), job())
    before = host.parts.computed
    assert [actions.picture(host, contents, state(p), job()) for p in pulls] == fresh
    per_picture = (host.parts.computed - before) / len(pulls)
    assert per_picture <= 4
    assert host.parts.reused >= 3 * (GAN.spec.num_ws - 4)
