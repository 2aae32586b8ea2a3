"""Requests of a page whose explorer has a photograph: its pictures, its code, its levers."""

from __future__ import annotations

import io
from typing import Any

import latent_levers as ll
import numpy as np
import pytest
from latent_levers.core.base.errors import FieldError
from latent_levers.core.base.json_fields import Fields
from latent_levers.core.cli.standalone.host import OpenGenerator, StandaloneHost
from latent_levers.core.explorer.photo_state import PhotoState
from latent_levers.core.explorer.photograph import Photograph
from latent_levers.core.explorer.state import read_state
from latent_levers.core.server.actions import find_photo, levers, picture
from latent_levers.core.server.facts import explorer_facts
from latent_levers.core.server.jobs import Job
from latent_levers.core.server.requests import read_lever_request
from latent_levers.core.server.sessions import Contents, Sessions
from photo_states import BOX, FACE, GAN, found_code, photo_state, pixels
from PIL import Image

TOP, LEFT, SIDE = FACE
HOST = StandaloneHost()
SHOWN = Photograph(pixels())
CONTENTS = Contents(OpenGenerator(GAN), ll.sample_latents(GAN, 2), photo=SHOWN)
FOUND = found_code(SHOWN)


def job() -> Job:
    """A job of a page."""
    return Job(("session", "page", "kind"), 1, lambda job: None, lambda result: None)


def seen(state: Any) -> np.ndarray:
    """The picture of a state, RGB."""
    _, data = picture(HOST, CONTENTS, state, job())
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_the_page_is_told_of_the_photograph() -> None:
    facts = explorer_facts(CONTENTS, "title")
    assert facts["photo"] == {"size": [80, 120], "key": FOUND.key}
    assert facts["count"] == 1
    plain = Contents(CONTENTS.gan, CONTENTS.codes)
    assert (explorer_facts(plain, "title")["photo"], explorer_facts(plain, "t")["count"]) == (
        None,
        2,
    )


def test_before_it_is_found_the_picture_is_the_photograph() -> None:
    own = (pixels()[0] * 255).round().numpy()
    assert (seen(read_state("")) == own).all(), "a small one is sent without loss"
    other = read_state({"photo": {"found": {**FOUND.entry(), "of": "another one"}}})
    assert (seen(other) == own).all()


def test_then_it_is_what_the_generator_shows_or_the_photograph_with_the_change() -> None:
    state = photo_state(FOUND, 2.0)
    alone = seen(state)
    assert alone.shape[0] == alone.shape[1]
    inside = {"found": FOUND.entry(), "inside": True}
    assert (seen(read_state({"photo": inside})) == seen(read_state(""))).all()
    pulled = seen(photo_state(FOUND, 2.0, photo=inside))
    changed = (pulled != seen(read_state(""))).any(axis=2)
    assert changed.any()
    assert not changed[:, : LEFT + SIDE // 8].any()
    assert not changed[TOP + SIDE :].any()


def test_the_code_is_found_and_stored() -> None:
    box = (LEFT / 120, TOP / 80, SIDE / 120, SIDE / 80)
    stages: list[str | None] = []

    class Watched(Job):
        """Notes what it is doing."""

        def pulse(self, done: int = 0, total: int = 0) -> None:
            stages.append(self.busy)
            super().pulse(done, total)

    watched = Watched(("session", "page", "photo"), 1, lambda job: None, lambda result: None)
    answer = find_photo(HOST, CONTENTS, PhotoState(box=box, rough=True), watched)
    found = read_state({"photo": answer}).photo.found
    assert found is not None
    assert SHOWN.found(GAN, PhotoState(found=found)) is found
    assert stages[-1] == "search"
    with pytest.raises(FieldError, match="No photograph"):
        find_photo(HOST, Contents(CONTENTS.gan, CONTENTS.codes), PhotoState(), job())


def test_levers_are_those_at_the_code_of_the_photograph() -> None:
    def found(**fields: Any) -> list[str]:
        given = {"shapes": BOX, "image": 0, "count": 1, "psi": 1.0, **fields}
        request = read_lever_request(Fields(given, "The request"), CONTENTS)
        answer = levers(HOST, CONTENTS, request, job())
        return [lever["vector"] for lever in answer["levers"]]

    own, photos = found(), found(photo={"found": FOUND.entry()})
    assert own != photos
    assert found(photo={"found": FOUND.entry()}, image=1) == photos, "it is the only image"


def test_a_run_with_the_same_photograph_joins_the_session() -> None:
    sessions = Sessions()
    image = pixels()
    contents = [
        Contents(CONTENTS.gan, CONTENTS.codes, photo=photo)
        for photo in (Photograph(image), Photograph(image), Photograph(image.clone()), None)
    ]
    tokens = [sessions.open("page", "1", each, {}).token for each in contents]
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 3
