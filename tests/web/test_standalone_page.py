"""The page of `latent-levers explore`: its words, and what it gives the modules of `web/`."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from page_modules import NODE, copy_modules, node

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "page"

WORDS = json.loads((PAGE / "words.json").read_text(encoding="utf-8"))
"""Texts of the page without ComfyUI, by language and by the text that they replace."""

OF_COMFYUI = re.compile(r"ComfyUI|[Tt]he graph|this node|Load GAN|GAN Sample")
"""Words that mean nothing without ComfyUI."""

UNSEEN = {
    "Waiting for the graph that runs",  # there is no other graph
    "Run the graph as far as this node",  # a button for inputs that have changed
    "This node is muted or bypassed, so it does not run.",
}
"""Texts that the page without ComfyUI never shows."""


def texts_of(folder: Path, *names: str) -> set[str]:
    """All texts between double quotes of some modules."""
    sources = [(folder / name).read_text(encoding="utf-8") for name in names]
    return {text for source in sources for text in re.findall(r'"((?:[^"\\\n]|\\.)+)"', source)}


def shown_by_widgets() -> set[str]:
    """Texts of the explorer's modules."""
    return texts_of(ROOT / "web", *(path.name for path in (ROOT / "web").glob("*.js")))


def shown_by_the_page() -> set[str]:
    """Texts of the page's own modules."""
    return texts_of(PAGE, "main.js", "api.js")


def test_every_word_replaces_a_text_that_there_is() -> None:
    known = shown_by_widgets() | shown_by_the_page()
    for language, words in WORDS.items():
        assert set(words) <= known, language
    assert set(WORDS["standalone"]) <= set(WORDS["zh"])


def test_sentences_about_comfyui_have_other_words() -> None:
    """Those of the explorer; requests and notices of other widgets are not part of the page."""
    names = [path.name for path in (ROOT / "web").glob("explorer_*.js")]
    found = {text for text in texts_of(ROOT / "web", *names) if OF_COMFYUI.search(text)}
    sentences = {text for text in found if text.endswith((".", "?")) and " " in text}
    assert sentences
    missing = {s for s in sentences - set(WORDS["standalone"]) if not s.startswith("Connect ")}
    assert missing - UNSEEN == set()
    for words in WORDS.values():
        naming = {text for text, said in words.items() if "ComfyUI" in said}
        assert naming <= shown_by_the_page(), "only Save writes for ComfyUI"


def test_the_page_asks_no_other_server() -> None:
    for path in filter(Path.is_file, PAGE.rglob("*")):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"https?://[^\s\"']+", text), path


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page and the modules of `web/`, at the addresses that the server gives them."""
    top = tmp_path_factory.mktemp("page")
    copy_modules_into(top / "extensions" / "latent_levers")
    for folder, names in (("scripts", ("app.js", "api.js")), ("page", ("main.js",))):
        (top / folder).mkdir()
        for name in names:
            shutil.copy(PAGE / name, top / folder)
    (top / "package.json").write_text('{"type": "module"}')
    return top


def copy_modules_into(folder: Path) -> None:
    """Copy the modules of `web/`."""
    folder.mkdir(parents=True)
    copy_modules(folder)


STARTED = """
Object.defineProperty(globalThis, "navigator", { value: { language: "en-US" }, configurable: true });
globalThis.location = { pathname: "/token/" };
const stored = new Map([["latent_levers.state /token/", '{"psi":0.5}']]);
globalThis.sessionStorage = { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) };
globalThis.CustomEvent ??= class extends Event { constructor(kind, { detail }) { super(kind); this.detail = detail; } };
const asked = [];
globalThis.fetch = async (path, options) => {
  asked.push([path.replace(/.*page-test/, ""), JSON.parse(options.body)]);
  return Response.json({ session: "s1", title: "tiny" });
};
const { app } = await import("./scripts/app.js");
const { api } = await import("./scripts/api.js");
const { runUpTo, isQueued, onOutput, inputsOf, keyOf } = await import("./extensions/latent_levers/graph_runs.js");
const { isOurs, executionId } = await import("./extensions/latent_levers/comfy_graph.js");
const { isConnected } = await import("./extensions/latent_levers/region_picture.js");
const made = [];
app.registerExtension({ name: "a test", nodeCreated: (node) => made.push(node) });
const node = await app.start({ append() {} });
const outputs = [];
onOutput(({ key }, output) => outputs.push([key === keyOf(node, inputsOf(node)), output]));
const text = node.widgets[0];
const before = text.value;
text.value = '{"psi":1}';
const run = await runUpTo(node);
await new Promise((go) => setTimeout(go, 20));
console.log(JSON.stringify({
  made: made.length, ours: isOurs(node), id: executionId(node), before, kept: stored.get("latent_levers.state /token/"),
  run, outputs, queued: await isQueued(run.run), connected: ["gan", "latents", "mask"].map((name) => isConnected(node, name)),
  client: api.clientId === asked[0][1].client, path: asked[0][0].split("/").slice(-2),
}));
"""


@pytest.mark.skipif(NODE is None, reason="Node.js was not found")
def test_the_page_gives_the_widgets_what_comfyui_gives(modules: Path) -> None:
    seen = node(modules, STARTED)
    assert (seen["made"], seen["ours"], seen["id"]) == (1, True, "1")
    assert seen["before"] == '{"psi":0.5}', "a reload restores the state"
    assert seen["kept"] == '{"psi":1}'
    assert seen["run"]["problem"] == ""
    assert seen["queued"] is False
    assert seen["connected"] == [True, True, False]
    assert seen["client"]
    assert seen["path"] == ["explorer", "open"]
    ((same, output),) = seen["outputs"]
    assert same, "the output is that of the node"
    assert json.loads(output["explorer"][0]) == {"session": "s1", "title": "tiny"}
