"""The explorer's page while the rest is held, run by Node.js."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_page import PAGE
from page_modules import NODE, node

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js was not found")

HELD = """
live.adopt({ session: "s1", size: [64, 64], count: 2, num_ws: 10 }, state);
await reply("picture", 200, "p1");
await reply("levers", 200, { method: "sefa", levers: [{ name: "c" }], regional: false });
see("of the whole image");
waiting.splice(0); // the warming
const regions = [["a", [{ preset: "mouth" }], "a region"], ["b", [], "the mask"]];
for (const [name, shapes, where] of regions) {
  live.requestLevers({ ...state, shapes });
  await next();
  await reply("levers", 200, { method: "resefa", levers: [{ name }], regional: true });
  see(`of ${where}`);
}
pauses.splice(0).forEach((go) => go());
await next();
pauses.splice(0).forEach((go) => go());
await next();
sent.splice(0);
state = pin(hold(state, true), { ...live.found.levers[0], vector: "AAAA", space: "W" }, 2);
live.requestPicture(state);
see("pulled");
pauses.splice(0).forEach((go) => go());
await next();
await reply("progress", 200, { busy: "hold", done: 5, total: 20 });
see("it takes long");
await reply("picture", 200, "held");
pauses.splice(0).forEach((go) => go());
await next();
see("drawn");
live.requestPicture(hold(state, false));
see("pulled without a hold");
pauses.splice(0).forEach((go) => go());
await next();
see("nothing is asked of others");
console.log(JSON.stringify(seen));
process.exit(0);
"""


def test_the_first_held_picture_of_an_image_shows_its_progress(modules: Path) -> None:
    seen = {step.pop("name"): step for step in node(modules, PAGE + HELD)}
    asked = {name: [kind for kind, _ in step["sent"]] for name, step in seen.items()}
    assert asked["pulled"] == ["picture"]
    assert asked["it takes long"] == ["progress"]
    assert seen["it takes long"]["line"] == "Getting ready to hold the rest"
    assert seen["it takes long"]["part"] == 0.25
    assert seen["drawn"]["visible"] == "decoded held"
    assert (seen["drawn"]["part"], asked["drawn"]) == (None, []), "nothing is asked any more"
    assert asked["pulled without a hold"] == ["picture"]
    assert asked["nothing is asked of others"] == []


def test_levers_keep_the_region_that_they_were_found_for(modules: Path) -> None:
    seen = {step.pop("name"): step for step in node(modules, PAGE + HELD)}
    (regional,) = seen["of a region"]["found"]["levers"]
    assert regional == {"name": "a", "region": [{"preset": "mouth"}]}
    assert seen["of the mask"]["found"]["levers"] == [{"name": "b", "region": []}]
    assert seen["of the whole image"]["found"]["levers"] == [{"name": "c"}]
