"""The paths of `latent-levers explore`: page, modules, and the routes of the explorer."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import latent_levers as ll
import numpy as np
from latent_levers.core.explorer.session import render_each
from latent_levers.core.server.sessions import Contents
from PIL import Image

TOKEN = "a-token-of-the-tests"
ROOT = Path(__file__).resolve().parents[4]
BOX = [{"box": [0.2, 0.2, 0.4, 0.4]}]


def opened(client: Any) -> dict[str, Any]:
    """What a page is told when it opens the explorer."""
    status, facts = client.ask("open")
    assert status == 200, facts
    return facts


def pinned(client: Any, pull: float = 1.5) -> tuple[str, dict[str, Any]]:
    """The session, and a state with two pulled levers of a region."""
    token = opened(client)["session"]
    status, found = client.ask("levers", session=token, shapes=BOX, image=1, count=2)
    assert status == 200, found
    levers = [{k: v for k, v in one.items() if k != "thumbs"} for one in found["levers"]]
    state = {"v": 1, "shapes": BOX, "image": 1, "levers": []}
    for number, lever in enumerate(levers, 1):
        state["levers"].append({**lever, "name": f"lever {number}", "pull": pull, "region": BOX})
    return token, state


def test_every_module_that_the_page_imports_is_there(client: Any) -> None:
    """From the page's own modules on, all that is imported has an address and the right type."""
    waiting, seen = [f"/{TOKEN}/page/main.js"], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        status, headers, body = client.send(path)
        assert status == 200, path
        assert headers["Content-Type"] == "text/javascript; charset=utf-8"
        for name in re.findall(r'^(?:import|\} from).*?"(\.[^"]+)";$', body.decode(), re.MULTILINE):
            folder = path.rsplit("/", 1)[0]
            parts: list[str] = []
            for part in f"{folder}/{name}".split("/")[1:]:
                if part == "..":
                    parts.pop()
                elif part != ".":
                    parts.append(part)
            waiting.append("/" + "/".join(parts))
    names = {path.rsplit("/", 1)[1] for path in seen}
    assert {"app.js", "api.js", "explorer_view.js", "region_editor.js"} <= names
    assert client.send(f"/{TOKEN}/page/page.css")[1]["Content-Type"].startswith("text/css")


def test_no_other_file_is_sent(client: Any) -> None:
    for path in ("pyproject.toml", "page/../pyproject.toml", "page/words.json", "..%2f__init__.py",
                 "extensions/latent_levers/../../__init__.py", "page/", "extensions/latent_levers/",
                 "extensions/latent_levers/docs/LoadGAN.md"):  # fmt: skip
        assert client.send(f"/{TOKEN}/{path}")[0] == 404, path


def test_words_of_the_page_replace_those_about_comfyui(client: Any) -> None:
    texts = json.loads(client.send(f"/{TOKEN}/i18n")[2])
    assert set(texts) == {"standalone", "zh"}
    key = "ComfyUI does not answer. Is it still running?"
    assert "ComfyUI" not in texts["standalone"]["latentLevers"][key]
    assert "ComfyUI" not in texts["zh"]["latentLevers"][key]
    assert texts["zh"]["latentLevers"]["Clear"] != "Clear", "ComfyUI's translations are kept"


def test_all_pages_share_one_session(client: Any) -> None:
    facts = opened(client)
    assert facts["count"] == 2
    assert facts["size"] == [32, 32]
    assert facts["title"] == "tiny"
    assert opened(client)["session"] == facts["session"]
    assert client.ask("open", client="another page")[1]["session"] == facts["session"]


def test_a_picture_is_that_of_the_library(client: Any, contents: Contents) -> None:
    token = opened(client)["session"]
    status, body = client.ask("picture", session=token, state={"v": 1, "image": 1})
    assert status == 200
    shown = np.asarray(Image.open(io.BytesIO(body)))
    images = render_each(contents.gan.generator, contents.codes)[1]
    assert (shown == (images * 255).byte().numpy()).all()


def test_levers_of_a_region_are_those_of_the_library(client: Any, contents: Contents) -> None:
    _, state = pinned(client)
    gan = contents.gan.generator
    levers = ll.resefa(gan, contents.codes[1], ll.Region.box(6, 6, 13, 13, (32, 32)), count=2)
    assert len(state["levers"]) == 2
    assert state["levers"][0]["eigenvalue"] > state["levers"][1]["eigenvalue"] > 0
    assert levers.method == state["levers"][0]["method"] == "resefa"


def test_save_writes_each_time_into_a_new_folder(client: Any, contents: Contents) -> None:
    token, state = pinned(client)
    folders = []
    for _ in range(2):
        status, saved = client.ask("save", session=token, state=state)
        assert status == 200, saved
        assert saved["remark"] == "The workflow needs tiny.safetensors in models/gan of ComfyUI."
        folders.append(Path(saved["path"]))
        assert {path.name for path in folders[-1].iterdir()} == set(saved["files"])
    assert [folder.parent for folder in folders] == [client.out] * 2
    first, second = (int(folder.name) for folder in folders)
    assert second == first + 1
    _, body = client.ask("picture", session=token, state=state)
    with Image.open(folders[0] / "seed0006.png") as picture:
        assert (np.asarray(picture) == np.asarray(Image.open(io.BytesIO(body)))).all()


def test_wrong_requests_get_a_reason_and_save_nothing(client: Any) -> None:
    token, state = pinned(client)
    before = {path.name for path in client.out.glob("*")}
    wrong: list[dict[str, Any]] = [
        {},
        {"session": token},
        {"session": token, "state": "{}"},
        {"session": token, "state": []},
        {"session": token, "state": {"v": 2}},
        {"session": token, "state": {"psi": 1e9}},
        {"session": token, "state": {**state, "levers": [{**state["levers"][0], "vector": "!"}]}},
        {"session": token, "state": {**state, "levers": [{**state["levers"][0], "shape": [1, 1]}]}},
        {"session": "another", "state": state},
        {"session": token, "state": state, "client": None},
    ]
    for fields in wrong:
        status, answer = client.ask("save", **fields)
        assert status in (400, 404), fields
        assert len(answer["error"]) > 10
    path = f"/{TOKEN}/latent_levers/explorer/save"
    plain = [("Content-Type", "text/plain")]
    assert client.send(path, "POST", b"{}", plain)[0] == 415
    long = b" " * (12 * 1024 * 1024 + 1)
    assert client.send(path, "POST", long, [("Content-Type", "application/json")])[0] == 413
    assert {path.name for path in client.out.glob("*")} == before
