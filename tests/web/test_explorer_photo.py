"""The photograph on the explorer's page, run by Node.js: its crop, its search, its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from live_page import PAGE
from page_modules import NODE, node

pytestmark = pytest.mark.skipif(NODE is None, reason="Node.js was not found")

GEOMETRY = """
import * as crops from "./photo_geometry.js";
const size = [600, 800];
const largest = crops.largestBox(size, [128, 128]);
const small = crops.boxBetween([0.5, 0.5], [0.75, 0.6], largest.slice(2), size);
const outer = { left: 10, top: 20, wide: 400, high: 300 };
const [cos, sin] = [Math.cos(0.1), Math.sin(0.1)];
const matrix = [cos / 2, sin / 2, -50, -sin / 2, cos / 2, -20];
const corners = crops.placeOf(matrix, size, [128, 128]);
const { turn, wide, high } = crops.turnTo(outer, corners);
const back = ([x, y]) => crops.turnedBack(turn, [outer.left + x * outer.wide, outer.top + y * outer.high]);
console.log(JSON.stringify({
  largest,
  tall: crops.largestBox([800, 600], [64, 32]),
  moved: crops.movedBox(largest, [0.5, 0.5]),
  small,
  tiny: crops.boxBetween([0.5, 0.5], [0.5, 0.5], largest.slice(2), size),
  back: crops.boxBetween([0.5, 0.5], [0.2, 0.3], largest.slice(2), size),
  beyond: crops.boxBetween([0.9, 0.9], [3, 3], largest.slice(2), size),
  points: crops.cornersOf(small),
  corners,
  ends: [...corners.map(back), [wide, high]],
}));
"""

SEARCH = """
import { PhotoSearch, searchLine } from "./explorer_photo_search.js";
import * as photos from "./explorer_photo_state.js";
import { writeState } from "./explorer_state.js";
const found = { of: "mine", matrix: [1, 0, 0, 0, 1, 0], vector: "AAAA", shape: [1, 1], report: "close" };
const info = { session: "s1", size: [64, 64], count: 1, num_ws: 10, photo: { size: [60, 80], key: "mine" } };
const kept = [];
const search = new PhotoSearch(client, { onChange: () => {}, onFound: (code) => kept.push(code), pause });
const told = [];
const tell = (name) => told.push({ name, asked: sent.splice(0).map(([kind]) => kind), busy: search.busy, problem: search.problem, ...searchLine(search), levers: live.found?.levers?.length ?? null, inside: live.inside });
live.adopt(info, state);
await reply("picture", 200, "the photograph");
tell("without a code");
state = photos.setSearch(photos.cropPhoto(state, [0, 0, 0.5, 0.5]), { trust: 0.2 });
search.start(photos.searchOf(state));
const asked = sent.at(-1)[1].photo;
pauses.splice(0).forEach((go) => go());
await next();
await reply("progress", 200, { busy: "place", done: 1, total: 4 });
tell("searching");
search.cancel();
await reply("photo", 200, { found: { of: "late" } });
await reply("cancel", 200, {});
tell("cancelled");
search.start(photos.searchOf(state));
await reply("photo", 400, { error: "no face" });
tell("refused");
search.start(photos.searchOf(state));
await reply("photo", 200, { found });
tell("found");
waiting.splice(0);
const other = photos.lacksCode(photos.keepCode(state, { ...found, of: "another" }), info.photo);
state = photos.keepCode(state, kept[0]);
live.requestPicture(state);
live.updateLevers(state);
await reply("picture", 200, "a face");
const wanted = sent.find(([kind]) => kind === "levers")[1];
await reply("levers", 200, { method: "sefa", levers: [{ name: "a" }], regional: false });
tell("with a code");
live.requestPicture(photos.showInside(state, true));
await reply("picture", 200, "the photograph with a face");
tell("inside");
live.updateLevers(photos.dropCode(state));
await next();
tell("cropped again");
console.log(JSON.stringify({ told, asked, wanted, kept, other, text: writeState(photos.dropCode(photos.showInside(state, false))) }));
process.exit(0);
"""


def test_crops_keep_their_proportions_and_stay_in_the_photograph(modules: Path) -> None:
    seen = node(modules, GEOMETRY)
    assert seen["largest"] == [0.125, 0, 0.75, 1]
    assert seen["tall"] == pytest.approx([1 / 6, 0, 2 / 3, 1], abs=1e-5)
    assert seen["moved"] == [0.25, 0, 0.75, 1]
    assert seen["small"] == pytest.approx([0.5, 0.5, 0.25, 1 / 3], abs=1e-5)
    assert seen["points"][2] == pytest.approx([0.75, 5 / 6], abs=1e-4)
    assert seen["tiny"] == pytest.approx([0.5, 0.5, 0.02, 0.02667], abs=1e-4)
    assert seen["back"] == pytest.approx([0.2, 0.1, 0.3, 0.4], abs=1e-4)
    left, top, width, height = seen["beyond"]
    assert (left + width, top + height) == pytest.approx((0.975, 1), abs=1e-4)


def test_the_place_of_a_matrix_is_found_on_the_canvas(modules: Path) -> None:
    seen = node(modules, GEOMETRY)
    *points, (wide, high) = seen["ends"]
    assert wide == pytest.approx(high) == pytest.approx(128)
    expected = [[0, 0], [wide, 0], [0, high]]
    assert [value for point in points for value in point] == pytest.approx(
        [value for point in expected for value in point], abs=1e-9
    )
    (x, y), *_ = seen["corners"]
    shift = (x * 800 * 0.99500417 + y * 600 * 0.09983342) / 2
    assert shift == pytest.approx(50, abs=1e-4)


def test_a_search_is_followed_cancelled_refused_and_kept(modules: Path) -> None:
    seen = node(modules, PAGE + SEARCH)
    told = {step.pop("name"): step for step in seen["told"]}
    assert told["without a code"]["asked"] == ["picture"], "no levers of a stranger"
    assert seen["asked"] == {"space": "W", "trust": 0.2, "rough": False, "box": [0, 0, 0.5, 0.5]}
    assert told["searching"]["words"] == "Fitting the square to the face"
    assert (told["searching"]["part"], told["searching"]["busy"]) == (0.25, True)
    assert "cancel" in told["cancelled"]["asked"]
    assert not told["cancelled"]["busy"]
    assert told["refused"]["problem"] == "no face"
    assert told["found"]["problem"] == ""
    assert [code["of"] for code in seen["kept"]] == ["mine"], "a cancelled search keeps nothing"
    assert seen["other"], "the code of another photograph is none"
    assert seen["wanted"]["photo"] == {"found": seen["kept"][0]}
    assert (told["with a code"]["levers"], told["with a code"]["inside"]) == (1, False)
    assert told["inside"]["inside"]
    assert told["cropped again"]["levers"] is None
    assert seen["text"] == '{"v":1,"photo":{"box":[0,0,0.5,0.5],"trust":0.2}}'
