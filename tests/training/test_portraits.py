"""The renderer of portraits: seeds, ranges, masks, alignment, and what attributes do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.portraits import (
    ATTRIBUTES,
    PARTS,
    RANGES,
    contact_sheet,
    main,
    render,
    sample_attributes,
)

_NEUTRAL = {
    "skin_tone": 0.25, "hair_length": 0.3, "hair_volume": 0.4, "hair_lightness": 0.3,
    "brow_thickness": 0.5, "eye_openness": 0.7, "iris_lightness": 0.5, "lashes": 0.3,
    "lip_redness": 0.4, "clothes_blue": 0.6,
    "background_red": 0.7, "background_green": 0.8, "background_blue": 0.9, "background2_red": 0.6,
    "background2_green": 0.7, "background2_blue": 0.8, "light": 0.3, "light_contrast": 0.5,
}  # fmt: skip


def _person(**changes: float) -> np.ndarray:
    """A neutral frontal portrait's attributes [1, A], with changes."""
    values = dict.fromkeys(ATTRIBUTES, 0.0) | _NEUTRAL | changes
    assert len(values) == len(ATTRIBUTES)
    return np.array([[values[name] for name in ATTRIBUTES]], np.float32)


def _centre(mask: np.ndarray) -> tuple[float, float]:
    """Mean (row, column) of a mask [rows, columns], as shares of its sides."""
    row, column = ((np.arange(length) + 0.5) / length for length in mask.shape)
    return float((mask.sum(1) * row).sum() / mask.sum()), float(
        (mask.sum(0) * column).sum() / mask.sum()
    )


def _masks(**changes: float) -> dict[str, np.ndarray]:
    """Masks [size, size] of a neutral portrait with changes."""
    return {part: mask[0] for part, mask in render(_person(**changes), masks=True)[1].items()}


def test_row_depends_on_its_own_seed_only() -> None:
    many = sample_attributes(6, seed=10)
    np.testing.assert_array_equal(many[2:4], sample_attributes(2, seed=12))
    np.testing.assert_array_equal(many, sample_attributes(6, seed=10))
    assert len(np.unique(many, axis=0)) == 6
    assert sample_attributes(0, seed=0).shape == (0, len(ATTRIBUTES))


def test_attributes_stay_in_range_and_fill_it() -> None:
    rows = sample_attributes(1500, seed=0)
    assert rows.dtype == np.float32
    low, high = np.array([RANGES[name] for name in ATTRIBUTES]).T
    assert (rows >= low).all()
    assert (rows <= high).all()
    spread = rows.std(axis=0) / (high - low)
    assert not [name for name, share in zip(ATTRIBUTES, spread, strict=True) if share < 0.12]


@pytest.mark.parametrize(
    ("name", "above", "least", "most"),
    [
        ("glasses", 0.2, 0.22, 0.38),
        ("mouth_openness", 0.2, 0.35, 0.6),
        ("eye_openness", 0.2, 0.75, 0.92),
        ("beard", 0.1, 0.25, 0.45),
    ],
)
def test_rare_things_are_common_enough_to_learn(
    name: str, above: float, least: float, most: float
) -> None:
    share = (sample_attributes(1500, seed=0)[:, ATTRIBUTES.index(name)] > above).mean()
    assert least < share < most


def test_attributes_are_correlated_as_in_life() -> None:
    columns = dict(zip(ATTRIBUTES, sample_attributes(1500, seed=0).T, strict=True))

    def correlation(first: str, second: str) -> float:
        return float(np.corrcoef(columns[first], columns[second])[0, 1])

    assert correlation("beard", "jaw_width") > 0.2
    assert correlation("beard", "hair_length") < -0.2
    assert correlation("skin_tone", "hair_lightness") < -0.2
    assert correlation("skin_tone", "iris_blueness") < -0.2
    assert correlation("age", "hair_grey") > 0.3
    strongest = np.abs(np.corrcoef(np.stack(list(columns.values()))) - np.eye(len(ATTRIBUTES)))
    independent = [i for i, name in enumerate(ATTRIBUTES) if not name.startswith("background")]
    assert strongest[np.ix_(independent, independent)].max() < 0.85  # none is a function of another


@pytest.mark.parametrize("size", [64, 48])
def test_pictures_and_masks_agree_in_size_and_range(size: int) -> None:
    rows = sample_attributes(12, seed=40)
    images, masks = render(rows, size=size, masks=True)
    assert images.shape == (12, size, size, 3)
    assert images.dtype == np.uint8
    assert set(masks) == set(PARTS)
    for mask in masks.values():
        assert mask.shape == (12, size, size)
        assert mask.dtype == np.float32
        assert mask.min() >= 0
        assert mask.max() <= 1
    np.testing.assert_array_equal(images, render(rows, size=size))
    np.testing.assert_array_equal(images[5:7], render(rows[5:7], size=size))
    assert (masks["irises"] <= masks["eyes"] + 0.01).all()
    assert (masks["lips"] <= masks["mouth"] + 1e-6).all()


def test_eyes_and_mouth_lie_where_aligned_photographs_have_them() -> None:
    masks = _masks()
    for half, column in ((slice(0, 32), 0.37), (slice(32, 64), 0.63)):
        eye = np.zeros_like(masks["eyes"])
        eye[:, half] = masks["eyes"][:, half]
        assert _centre(eye) == pytest.approx((0.47, column), abs=0.015)
    assert _centre(masks["mouth"]) == pytest.approx((0.72, 0.5), abs=0.015)
    rows = sample_attributes(60, seed=7)
    rows[:, ATTRIBUTES.index("eye_openness")] = 0.7
    drawn = render(rows, masks=True)[1]
    for part, row in (("eyes", 0.47), ("mouth", 0.73)):
        assert np.mean(
            [_centre(mask)[0] for mask in drawn[part] if mask.sum() > 4]
        ) == pytest.approx(row, abs=0.02)


def test_opening_the_mouth_changes_the_mouth_most() -> None:
    shut, opened = (render(_person(mouth_openness=value), masks=True) for value in (0.0, 0.8))
    change = np.abs(opened[0][0].astype(np.float32) - shut[0][0]).mean(-1)
    mouth = np.maximum(opened[1]["mouth"][0], shut[1]["mouth"][0])
    inside, outside = (
        (change * mouth).sum() / mouth.sum(),
        (change * (1 - mouth)).sum() / (1 - mouth).sum(),
    )
    assert inside > 12 * outside
    assert change[:36].max() == 0  # nothing above the nose's base


def test_an_open_mouth_shows_teeth_tongue_and_dark() -> None:
    images, masks = render(_person(mouth_openness=1.0), size=128, masks=True)
    inner = images[0][(masks["mouth"][0] - masks["lips"][0]) > 0.95].astype(int)
    assert (inner.min(1) > 210).mean() > 0.08  # teeth
    assert (inner.max(1) < 100).mean() > 0.15  # dark
    assert ((inner[:, 0] > 170) & (inner[:, 1] < 130)).mean() > 0.02  # tongue


def test_mouth_grows_with_openness_and_eyes_with_theirs() -> None:
    mouths = [_masks(mouth_openness=value)["mouth"].sum() for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    eyes = [_masks(eye_openness=value)["irises"].sum() for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert (np.diff(mouths) > 0).all()
    assert (np.diff(eyes) > 0).all()
    assert eyes[0] < 0.05 * eyes[-1]


def test_gaze_moves_the_irises_within_still_eyes() -> None:
    left, right = _masks(gaze=-1), _masks(gaze=1)
    assert _centre(right["irises"])[1] - _centre(left["irises"])[1] > 2.5 / 64
    np.testing.assert_array_equal(left["eyes"], right["eyes"])
    assert (
        _centre(_masks(gaze_vertical=1)["irises"])[0]
        < _centre(_masks(gaze_vertical=-1)["irises"])[0] - 1 / 64
    )


def test_smile_lifts_the_corners_of_the_mouth() -> None:
    def lift(smile: float) -> float:
        """Rows from the corners up to the middle."""
        mask = _masks(smile=smile)["mouth"]
        columns = np.flatnonzero(mask.max(0) > 0.5)
        ends = mask[:, [*columns[:3], *columns[-3:]]]
        return _centre(mask[:, 29:35])[0] - _centre(ends)[0]

    frown, rest, grin = lift(-1), lift(0), lift(1)
    assert frown < rest - 0.01
    assert rest < grin - 0.01


def test_turning_moves_the_nose_most_and_keeps_the_alignment() -> None:
    left, right = _masks(head_turn=-1), _masks(head_turn=1)

    def between_eyes(masks: dict[str, np.ndarray]) -> float:
        """Column midway between the irises; as the far eye is smaller, their mean would not do."""
        near, far = (_centre(half)[1] / 2 for half in np.split(masks["irises"], 2, axis=1))
        return (near + far + 0.5) / 2

    moved = {
        part: _centre(right[part])[1] - _centre(left[part])[1] for part in ("nose", "mouth", "face")
    }
    assert moved["nose"] > 0.04
    assert abs(between_eyes(right) - between_eyes(left)) < 0.01
    assert abs(moved["mouth"]) < 0.01
    assert moved["face"] < -0.05  # the skull turns away behind the features


@pytest.mark.parametrize(("name", "part"), [("glasses", "glasses"), ("beard", "beard")])
def test_what_is_absent_has_an_empty_mask(name: str, part: str) -> None:
    assert _masks(**{name: 0.0})[part].max() == 0
    assert _masks(**{name: 0.9})[part].sum() > 40


def test_hair_grows_with_its_length() -> None:
    assert (
        np.diff([_masks(hair_length=value)["hair"].sum() for value in (0.0, 0.3, 0.6, 0.9)]) > 0
    ).all()


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_every_attribute_shows(name: str) -> None:
    company = {"glasses": 0.8} if name.startswith("glasses_") else {}
    company |= {"background_red": 0.1} if name == "background_slant" else {}
    low, high = (render(_person(**company, **{name: value})).astype(int) for value in RANGES[name])
    assert (np.abs(high - low).max(-1) > 8).sum() >= 4


def test_values_out_of_range_are_clipped() -> None:
    np.testing.assert_array_equal(render(_person(smile=3.0)), render(_person(smile=1.0)))


def test_a_table_of_another_shape_is_refused() -> None:
    with pytest.raises(
        ValueError, match=rf"shape \[2, 3\], expected \[N, {len(ATTRIBUTES)}\].*sample_attributes"
    ):
        render(np.zeros((2, 3)))


def test_sheet_has_rows_of_columns() -> None:
    assert contact_sheet(np.zeros((5, 16, 16, 3), np.uint8), columns=4).size == (64, 32)


def test_command_writes_a_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sheet.png"
    main(["--count", "3", "--size", "32", "--columns", "3", "--out", str(out)])
    assert Image.open(out).size == (96, 32)
    assert "3 portraits" in capsys.readouterr().out
