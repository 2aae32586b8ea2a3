"""Regions written as text."""

from __future__ import annotations

import json

import pytest
import torch
from latent_levers.core.base.errors import RegionError
from latent_levers.core.regions.presets import FACE_PRESETS, borrowed_names, presets_for
from latent_levers.core.regions.shapes import draw_shapes, read_shapes, region_from_shapes

SIZE = (256, 256)


def drawn(*shapes: object, size: tuple[int, int] = SIZE) -> torch.Tensor:
    """Weights of shapes given as plain data."""
    return draw_shapes(read_shapes(json.dumps(shapes)), size)


def pixels(weights: torch.Tensor) -> tuple[int, int, int, int]:
    """Top, left, height and width of what is inside."""
    rows = weights.amax(dim=1).nonzero().flatten()
    columns = weights.amax(dim=0).nonzero().flatten()
    return (
        int(rows[0]),
        int(columns[0]),
        int(rows[-1] - rows[0] + 1),
        int(columns[-1] - columns[0] + 1),
    )


def test_presets_are_the_reference_boxes():
    assert pixels(drawn({"preset": "mouth"})) == (169, 92, 30, 70)
    assert pixels(drawn({"preset": "left_eye"})) == (110, 76, 20, 38)
    assert pixels(drawn({"preset": "eyes"}))[2:] == (20, 115)
    assert drawn({"preset": "nose"}).sum() == 40 * 46
    left, right = FACE_PRESETS["left_eye"], FACE_PRESETS["right_eye"]
    assert left[1] < right[1]  # as seen in the image


def test_a_box_covers_the_pixels_whose_centres_lie_inside():
    weights = drawn({"box": [0.25, 0.5, 0.5, 0.25]}, size=(8, 8))
    assert pixels(weights) == (2, 4, 4, 2)
    assert weights.sum() == 8


def test_neighbouring_boxes_share_no_pixel_and_leave_none_out():
    upper = drawn({"box": [0, 0, 0.3, 1]}, size=(5, 5))
    lower = drawn({"box": [0.3, 0, 0.7, 1]}, size=(5, 5))
    assert torch.equal(upper + lower, torch.ones(5, 5))


def test_an_ellipse_is_given_by_its_centre():
    weights = drawn({"ellipse": [0.5, 0.5, 0.5, 1.0]}, size=(64, 128))
    assert pixels(weights) == (16, 0, 32, 128)
    area = 3.14159 * (32 / 2) * (128 / 2)
    assert abs(float(weights.sum()) - area) / area < 0.02


def test_subtract_cuts_out_of_what_was_drawn_before():
    ring = drawn(
        {"box": [0, 0, 1, 1]}, {"box": [0.25, 0.25, 0.5, 0.5], "mode": "subtract"}, size=(8, 8)
    )
    assert ring.sum() == 64 - 16
    assert ring[4, 4] == 0


@pytest.mark.parametrize(
    "shape", [{"box": [0.25, 0.25, 0.5, 0.5]}, {"ellipse": [0.5, 0.5, 0.5, 0.5]}]
)
def test_feather_falls_from_one_at_the_edge_to_zero(shape):
    hard = drawn(shape, size=(128, 128))
    soft = drawn({**shape, "feather": 0.125}, size=(128, 128))
    assert (soft >= hard).all()
    assert torch.equal(soft[hard == 1], torch.ones(int(hard.sum())))
    row = soft[64, :32].flip(0)  # outwards from the left edge at column 32
    assert (row.diff() <= 1e-6).all()
    assert 0.9 < row[0] < 1
    assert (row[16:] == 0).all()
    assert abs(float(row[8]) - (1 - 8.5 / 16)) < 0.02


def outlined(weights: torch.Tensor, corners: list[tuple[float, float]]) -> torch.Tensor:
    """Which centres an outline goes around, counted by the angle under which it is seen."""
    height, width = weights.shape
    y = (torch.arange(height, dtype=torch.float64) + 0.5)[:, None] / height
    x = (torch.arange(width, dtype=torch.float64) + 0.5)[None, :] / width
    turned = torch.zeros(height, width, dtype=torch.float64)
    for (y0, x0), (y1, x1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        ay, ax, by, bx = y0 - y, x0 - x, y1 - y, x1 - x
        turned += torch.atan2(ax * by - ay * bx, ax * bx + ay * by)
    return (turned.abs() > 3).to(weights)


@pytest.mark.parametrize(
    "corners",
    [
        [(0.1, 0.2), (0.1, 0.8), (0.4, 0.5)],
        [(0.05, 0.5), (0.9, 0.2), (0.3, 0.95), (0.33, 0.07), (0.95, 0.8)],  # a star, and its heart
        [(0.2, 0.1), (0.8, 0.1), (0.8, 0.6), (0.55, 0.35), (0.2, 0.6)],
    ],
)
@pytest.mark.parametrize("size", [(64, 64), (47, 90)])
def test_a_polygon_is_what_its_outline_goes_around(corners, size):
    weights = drawn({"polygon": corners}, size=size)
    assert torch.equal(weights, outlined(weights, corners))
    assert torch.equal(weights, drawn({"polygon": corners[::-1]}, size=size))


def test_a_polygon_of_four_corners_is_a_box():
    corners = [[0.3, 0.2], [0.3, 0.7], [0.55, 0.7], [0.55, 0.2]]
    for size in ((256, 256), (37, 101)):
        box = drawn({"box": [0.3, 0.2, 0.25, 0.5]}, size=size)
        assert torch.equal(drawn({"polygon": corners}, size=size), box)
        soft = drawn({"box": [0.3, 0.2, 0.25, 0.5], "feather": 0.1}, size=size)
        close = drawn({"polygon": corners, "feather": 0.1}, size=size)
        torch.testing.assert_close(close, soft)


def test_a_stroke_is_as_wide_as_its_brush_and_round_at_its_ends():
    weights = drawn({"stroke": [[0.5, 0.25], [0.5, 0.75]], "width": 0.125}, size=(128, 256))
    assert pixels(weights) == (48, 48, 32, 160)
    dot = drawn({"stroke": [[0.5, 0.5]], "width": 0.5}, size=(128, 128))
    assert torch.equal(dot, drawn({"ellipse": [0.5, 0.5, 0.5, 0.5]}, size=(128, 128)))
    bent = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.9]]
    whole = drawn({"stroke": bent, "width": 0.1}, size=(90, 90))
    parts = [drawn({"stroke": bent[i : i + 2], "width": 0.1}, size=(90, 90)) for i in (0, 1)]
    assert torch.equal(whole, torch.maximum(*parts))


@pytest.mark.parametrize(
    "shape",
    [
        {"polygon": [[0.25, 0.25], [0.25, 0.75], [0.75, 0.75], [0.75, 0.25]]},
        {"stroke": [[0.5, 0.5], [0.5, 0.75]], "width": 0.5},
    ],
)
def test_a_free_edge_is_as_soft_as_that_of_a_box(shape):
    hard = drawn(shape, size=(128, 128))
    soft = drawn({**shape, "feather": 0.125}, size=(128, 128))
    assert torch.equal(soft[hard == 1], torch.ones(int(hard.sum())))
    row = soft[64, :32].flip(0)  # outwards from the left edge at column 32
    torch.testing.assert_close(row[:16], (15.5 - torch.arange(16)) / 16, atol=1e-3, rtol=0)
    assert (row[16:] == 0).all()


def test_free_shapes_are_cut_out_too():
    holes = [{"polygon": [[0, 0], [0, 1], [0.5, 0.5]]}, {"stroke": [[1, 0], [1, 1]], "width": 0.5}]
    cut = drawn({"box": [0, 0, 1, 1]}, *({**hole, "mode": "subtract"} for hole in holes))
    kept = 1 - torch.maximum(*(drawn(hole) for hole in holes))
    assert torch.equal(cut, kept)
    assert 0 < cut.sum() < cut.numel()


@pytest.mark.parametrize(
    "text",
    [
        '[{"preset": "mouth"}]',
        '{"version": 1, "shapes": [{"preset": "mouth"}]}',
        '{"shapes": [{"preset": "mouth", "colour": "red"}], "brush": 3}',
        '{"preset": "mouth"}',
        '["mouth"]',
        "mouth",
        "  mouth ,\n",
    ],
)
def test_all_spellings_of_one_shape(text):
    assert read_shapes(text) == read_shapes('[{"preset": "mouth"}]')


def test_bare_names_make_a_list():
    assert len(read_shapes("eyes, mouth + nose")) == 3
    assert read_shapes("") == read_shapes(" \n") == read_shapes("[]") == []


def test_regions_of_a_generator_win_over_the_presets():
    box = {"top": 0.5, "left": 0.25, "height": 0.25, "width": 0.5}
    presets = presets_for({"regions": {"mouth": box, "hat": box, "bad": {"top": 1}}})
    assert presets["mouth"] == presets["hat"] == (0.5, 0.25, 0.25, 0.5)
    assert presets["nose"] == FACE_PRESETS["nose"]
    assert "bad" not in presets
    assert presets_for({"regions": None}) == dict(FACE_PRESETS)
    assert region_from_shapes("hat", (64, 64), presets).weights.sum() == 16 * 32


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"preset": "mouth"}', "line 1, column 21"),
        ('[{"preset": "moth"}]', "preset 'moth'"),
        ('[{"preset": ["mouth"]}]', "preset ['mouth']"),
        ("moth", "left_eye"),
        ("[3]", "Shape 1 is 3"),
        ('[{"circle": [1]}]', "one of box, ellipse, polygon, stroke, preset"),
        ('[{"box": [0,0,1,1], "preset": "mouth"}]', "Shape 1"),
        ('[{"box": [0.1, 0.1, 0.2]}]', "four numbers"),
        ('[{"box": [0.1, 0.1, 0.2, "a"]}]', "four numbers"),
        ('[{"box": [0.1, 0.1, 0.2, true]}]', "four numbers"),
        ('[{"box": [0.1, 0.1, 0.2, NaN]}]', "four numbers"),
        ('[{"box": [0.1, 0.1, 0.2, 1' + "0" * 400 + "]}]", "four numbers"),
        ('[{"box": [120, 95, 20, 38]}]', "as fractions of the image"),
        ('[{"box": [0.1, 0.1, 0, 0.2]}]', "above 0"),
        ('[{"box": [0.9, 0.1, 0.2, 0.2]}]', "within the image"),
        ('[{"ellipse": [0.5, 1.5, 0.2, 0.2]}]', "centre row"),
        ('[{"polygon": [[0, 0], [1, 1]]}]', "a polygon of 2 points"),
        ('[{"polygon": 3}]', "a polygon of 0 points"),
        ('[{"polygon": [[0, 0], [1, 1], [0, 2]]}]', "the point [0, 2]"),
        ('[{"polygon": [[0, 0], [1, 1], [0, true]]}]', "the point [0, true]"),
        ('[{"polygon": [[0, 0], [1, 1], [0, 1, 1]]}]', "the point [0, 1, 1]"),
        ('[{"polygon": [[0, 0], [1, 1], 1]}]', "the point 1"),
        ('[{"stroke": [], "width": 0.1}]', "a stroke of 0 points"),
        ('[{"stroke": [[0, 0]]}]', "a stroke of width null"),
        ('[{"stroke": [[0, 0]], "width": 0}]', "a stroke of width 0"),
        ('[{"stroke": [' + "[0, 0]," * 5000 + '[0, 0]], "width": 0.1}]', "1 to 5000 points"),
        ('[{"preset": "mouth", "mode": "xor"}]', "one of add, subtract"),
        ('[{"preset": "mouth", "feather": 3}]', "feather of 3"),
        ('{"version": 2, "shapes": []}', "version 2"),
        ('{"regions": []}', "The shapes are null"),
        ('3 + "a"', "not valid JSON"),
        ('"mouth"', 'The shapes are "mouth"'),
    ],
)
def test_errors_say_what_is_wrong(text, words):
    with pytest.raises(RegionError) as caught:
        read_shapes(text)
    assert words in str(caught.value)


def test_a_mask_joins_the_shapes():
    mask = torch.zeros(128, 128)
    mask[:64] = 0.5
    region = region_from_shapes('[{"box": [0, 0, 0.25, 1]}]', (64, 64), mask=mask)
    assert region.image_size == (64, 64)
    assert (region.weights[0, :16] == 1).all()
    assert (region.weights[0, 16:32] == 0.5).all()
    assert (region.weights[0, 32:] == 0).all()


def test_shapes_are_cut_out_of_a_mask():
    masks = torch.ones(2, 64, 64)
    masks[1, :, :32] = 0.5
    cut = '[{"box": [0, 0, 1, 0.75], "mode": "subtract"}, {"box": [0, 0, 0.5, 0.5]}]'
    weights = region_from_shapes(cut, (64, 64), mask=masks).weights
    assert (weights[:, :32, :32] == 1).all()
    assert (weights[:, 32:, :48] == 0).all()
    assert (weights[:, :, 48:] == 1).all()
    soft = '[{"box": [0, 0, 1, 0.25], "mode": "subtract", "feather": 0.5}]'
    weights = region_from_shapes(soft, (64, 64), mask=masks).weights
    assert torch.equal(weights[1, :, :32], weights[0, :, :32].clamp_max(0.5))


def test_masks_of_a_batch_each_join():
    masks = torch.zeros(3, 64, 64)
    masks[1, 0, 0] = 1
    region = region_from_shapes("nose", (64, 64), mask=masks)
    assert region.weights.shape == (3, 64, 64)
    assert region.weights[1, 0, 0] == 1
    assert region.weights[0, 0, 0] == 0


def test_an_empty_mask_of_any_size_adds_nothing():
    """ComfyUI gives a mask of 64 x 64 zeros beside an image without transparency."""
    region = region_from_shapes("mouth", (32, 48), mask=torch.zeros(1, 64, 64))
    assert region.weights.shape == (1, 32, 48)


def test_nothing_inside_is_an_error():
    with pytest.raises(RegionError, match="no pixel of 64x64"):
        region_from_shapes("[]", (64, 64))
    with pytest.raises(RegionError, match="no pixel"):
        region_from_shapes('[{"box": [0.0, 0.0, 0.001, 0.001]}]', (64, 64))
    with pytest.raises(RegionError, match="proportions"):
        region_from_shapes("mouth", (64, 64), mask=torch.ones(32, 64))


def test_names_that_the_generator_does_not_know_are_told() -> None:
    """A stranger's generator may be no portrait at all, so the place is a guess."""
    own = {"regions": {"mouth": {}}}
    assert borrowed_names('[{"preset": "mouth"}, {"preset": "eyes"}]', own) == ["eyes"]
    assert sorted(borrowed_names("nose, mouth", {})) == ["mouth", "nose"]
    assert borrowed_names('[{"box": [0, 0, 1, 1]}]', {}) == []
