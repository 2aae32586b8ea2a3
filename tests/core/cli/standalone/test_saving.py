"""What a save writes, and what it leaves where it fails."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import latent_levers as ll
import numpy as np
import photo_states
import pytest
from latent_levers.core.base.errors import PackError
from latent_levers.core.cli.standalone import saving
from latent_levers.core.cli.standalone.host import OpenGenerator, StandaloneHost
from latent_levers.core.cli.standalone.saving import Saver
from latent_levers.core.cli.standalone.workflow import Origin
from latent_levers.core.edits.editing import edit
from latent_levers.core.explorer.holding import Holds
from latent_levers.core.explorer.photograph import Photograph, photo_image
from latent_levers.core.explorer.session import Holding, render_each
from latent_levers.core.explorer.state import lever_entry, read_state
from latent_levers.core.server.jobs import Job
from latent_levers.core.server.sessions import Contents
from PIL import Image

ORIGIN = Origin("portraits", True, "", 5, 2, 0.7, None)


def job() -> Job:
    """A job that nothing replaces."""
    return Job(("s", "page", "save"), 1, lambda job: None, lambda result: None)


def a_state(contents: Contents, pull: float, **more: Any) -> tuple[ll.Directions, dict[str, Any]]:
    """A lever, and a state that pulls it."""
    levers = ll.sefa(contents.gan.generator, count=1)
    entry = {**lever_entry(levers, 0, "first \u8c03", (-2, 2)), "pull": pull}
    return levers, {"v": 1, "levers": [entry], **more}


def pixels(path: Path) -> np.ndarray:
    """A picture as numbers."""
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_pictures_levers_and_workflow(contents: Contents, tmp_path: Path) -> None:
    gan = contents.gan.generator
    levers, state = a_state(contents, 2.0)
    files = Saver(StandaloneHost(), tmp_path, ORIGIN).save(contents, state, job())
    names = ["seed0005.png", "seed0006.png", "levers.safetensors", "workflow.json"]
    assert [path.name for path in files] == names
    assert {path.parent for path in files} == {tmp_path / "001"}
    pulled = edit(contents.codes, levers, 0, 2.0, "distance")
    drawn = (render_each(gan, pulled) * 255).byte().numpy()
    assert (np.stack([pixels(path) for path in files[:2]]) == drawn).all()
    stored = ll.load_directions(files[2])
    assert stored.names == ("first \u8c03",)
    assert stored.details["generator"]["fingerprint"] == gan.spec.fingerprint
    text = files[3].read_text(encoding="utf-8")
    with Image.open(files[0]) as picture:
        assert picture.text["workflow"] == text
    node = {each["type"]: each for each in json.loads(text)["nodes"]}["GANExplorer"]
    assert json.loads(node["widgets_values"][0]) == state


def test_without_levers_there_is_no_file_of_levers(contents: Contents, tmp_path: Path) -> None:
    files = Saver(StandaloneHost(), tmp_path, ORIGIN).save(contents, {}, job())
    names = ["seed0005.png", "seed0006.png", "workflow.json"]
    assert [path.name for path in files] == names


def test_a_held_state_is_saved_held(contents: Contents, tmp_path: Path) -> None:
    box = [{"box": [0.2, 0.2, 0.4, 0.4]}]
    images = []
    for hold in (False, True):
        _, state = a_state(contents, 2.0, hold=hold)
        state["levers"][0]["region"] = box
        files = Saver(StandaloneHost(), tmp_path, ORIGIN).save(contents, state, job())
        images.append(pixels(files[0]).astype(int))
    plain = (render_each(contents.gan.generator, contents.codes)[0] * 255).byte().numpy()
    outside = np.ones((256, 256), bool)
    outside[51:154, 51:154] = False
    free, held = (np.abs(image - plain)[outside].mean() for image in images)
    assert held < 0.9 * free


def test_a_full_disk_leaves_no_folder(
    contents: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(saving, "write_atomically", full)
    with pytest.raises(PackError, match="No space left.*--out"):
        Saver(StandaloneHost(), tmp_path, ORIGIN).save(contents, {}, job())
    assert list(tmp_path.iterdir()) == []


def test_folders_of_others_are_left_alone(contents: Contents, tmp_path: Path) -> None:
    (tmp_path / "001").mkdir()
    (tmp_path / "002").write_text("a file")
    files = Saver(StandaloneHost(), tmp_path, ORIGIN).save(contents, {}, job())
    assert files[0].parent.name == "003"
    assert list((tmp_path / "001").iterdir()) == []


def test_codes_without_seeds_are_numbered(contents: Contents, tmp_path: Path) -> None:
    unseeded = replace(contents, codes=replace(contents.codes, seeds=None))
    files = Saver(StandaloneHost(), tmp_path, ORIGIN).save(unseeded, {}, job())
    assert [path.name for path in files[:2]] == ["code0000.png", "code0001.png"]


def test_a_photograph_is_saved_with_the_change_in_it(tmp_path: Path) -> None:
    photo = Photograph(photo_states.pixels())
    gan = photo_states.GAN
    contents = Contents(OpenGenerator(gan), ll.sample_latents(gan, 2), photo=photo)
    saver = Saver(StandaloneHost(), tmp_path, replace(ORIGIN, photo="me.and you.jpg"))
    with pytest.raises(PackError, match="no code of this photograph"):
        saver.save(contents, {"v": 1}, job())
    assert not list(tmp_path.glob("*/*"))
    state = photo_states.photo_text(photo_states.found_code(photo), 2.0)
    files = saver.save(contents, state, job())
    assert [path.name for path in files] == [
        "me.and you.png",
        "levers.safetensors",
        "workflow.json",
    ]
    found = read_state(state)
    drawn = photo_image(gan, photo, found, Holding(Holds()))
    assert (pixels(files[0]) == (drawn[0] * 255).byte().numpy()).all()
    assert (pixels(files[0]) != (photo.pixels[0] * 255).byte().numpy()).any()
    workflow = json.loads(files[2].read_text(encoding="utf-8"))
    load = next(node for node in workflow["nodes"] if node["type"] == "LoadImage")
    assert load["widgets_values"] == ["me.and you.jpg", "image"]
    assert "me.and you.jpg in input" in saver.origin.remark
