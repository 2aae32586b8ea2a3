"""The code of an explorer's photograph is searched for in stages."""

from __future__ import annotations

import pytest
from cases import tiny
from latent_levers.core.base.progress import Progress
from latent_levers.core.explorer.photo_search import PLACING, SEARCHING, class_of_codes, find_code
from latent_levers.core.explorer.photo_state import PhotoState
from latent_levers.core.explorer.photograph import Photograph
from latent_levers.core.latents.sampling import sample_latents
from photo_states import FACE, GAN, found_code, pixels

TOP, LEFT, SIDE = FACE
BOX = (LEFT / 120, TOP / 80, SIDE / 120, SIDE / 80)


class CancelledError(Exception):
    """The user has cancelled."""


def test_the_face_is_found_at_its_place() -> None:
    photo = Photograph(pixels())
    stages: list[tuple[str, list[tuple[int, int]]]] = []

    def stage(name: str) -> Progress:
        stages.append((name, []))
        return lambda done, total: stages[-1][1].append((done, total))

    found = find_code(GAN, photo, PhotoState(box=BOX, rough=True), None, stage)
    assert [name for name, _ in stages] == ["prepare", "place", "search"]
    assert stages[-1][1], "it reports its progress"
    assert found.key == photo.key(GAN)
    assert found.matrix == pytest.approx(found_code(photo).matrix, abs=1e-6)
    assert found.values.shape == (1, GAN.spec.latent_dim)
    assert " dB" in found.report


@pytest.mark.parametrize("last", [PLACING, SEARCHING])
def test_a_search_can_be_cancelled(last: str) -> None:
    def stage(name: str) -> Progress:
        def report(done: int, total: int) -> None:
            if name == last:
                raise CancelledError

        return report

    with pytest.raises(CancelledError):
        find_code(GAN, Photograph(pixels()), PhotoState(box=BOX), None, stage)


def test_the_class_is_that_of_the_latents() -> None:
    classes = tiny("stylegan2-conditional")
    assert class_of_codes(classes, sample_latents(classes, 2, labels=1)) == 1
    assert class_of_codes(GAN, sample_latents(GAN, 1)) is None
