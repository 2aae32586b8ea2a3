"""The scalar attributes of a portrait, and how they vary together as in life."""

import dataclasses
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Attributes:
    """What one portrait shows; left and right are the viewer's."""

    head_turn: float
    """[-1, 1]; turned to the left .. to the right, about 24 degrees at 1."""
    head_nod: float
    """[-1, 1]; looking down .. up, about 10 degrees at 1."""
    face_width: float
    """[-1, 1]; narrow .. broad."""
    jaw_width: float
    """[-1, 1]; pointed .. square."""
    chin_length: float
    """[-1, 1]; short .. long."""
    age: float
    """[0, 1]; smooth .. lined skin; greying is `hair_grey`."""
    skin_tone: float
    """[0, 1]; light .. dark."""
    skin_warmth: float
    """[-1, 1]; rosy .. golden."""
    blush: float
    """[0, 1]; pale .. red cheeks."""
    hair_length: float
    """[0, 1]; shaved at 0, ears at 0.3, chin at 0.6, shoulders from 0.8."""
    hair_volume: float
    """[0, 1]; flat .. big."""
    hair_fringe: float
    """[-1, 1]; receding hairline .. fringe down to the brows."""
    hair_parting: float
    """[-1, 1]; parted on the left .. on the right."""
    hair_curl: float
    """[0, 1]; straight .. curly."""
    hair_lightness: float
    """[0, 1]; black .. blond."""
    hair_redness: float
    """[0, 1]; ash .. copper."""
    hair_grey: float
    """[0, 1]; coloured .. white."""
    brow_height: float
    """[-1, 1]; lowered .. raised."""
    brow_angle: float
    """[-1, 1]; inner ends raised (sad) .. lowered (angry)."""
    brow_thickness: float
    """[0, 1]; thin .. bushy."""
    eye_openness: float
    """[0, 1]; closed .. wide open; 0.7 is at rest."""
    eye_size: float
    """[-1, 1]; small .. large."""
    eye_tilt: float
    """[-1, 1]; outer corners low .. high."""
    gaze: float
    """[-1, 1]; looking to the left .. to the right."""
    gaze_vertical: float
    """[-1, 1]; looking down .. up."""
    iris_blueness: float
    """[0, 1]; brown .. green .. blue."""
    iris_lightness: float
    """[0, 1]; dark .. pale."""
    lashes: float
    """[0, 1]; thin .. made-up upper lash line."""
    nose_width: float
    """[-1, 1]; narrow .. broad."""
    nose_length: float
    """[-1, 1]; short .. long."""
    mouth_width: float
    """[-1, 1]; narrow .. wide."""
    mouth_openness: float
    """[0, 1]; closed .. wide open."""
    smile: float
    """[-1, 1]; frown .. grin."""
    lip_fullness: float
    """[-1, 1]; thin .. full."""
    lip_redness: float
    """[0, 1]; skin-like .. red lipstick."""
    beard: float
    """[0, 1]; shaven, stubble around 0.3, full and long at 1."""
    glasses: float
    """[0, 1]; none below 0.2, then thin .. thick frames."""
    glasses_roundness: float
    """[0, 1]; rectangular .. round."""
    glasses_lightness: float
    """[0, 1]; black .. golden frames."""
    clothes_red: float
    """[0, 1]."""
    clothes_green: float
    """[0, 1]."""
    clothes_blue: float
    """[0, 1]."""
    neckline: float
    """[0, 1]; high .. low."""
    background_red: float
    """[0, 1]; of the first background colour."""
    background_green: float
    """[0, 1]."""
    background_blue: float
    """[0, 1]."""
    background2_red: float
    """[0, 1]; of the second background colour."""
    background2_green: float
    """[0, 1]."""
    background2_blue: float
    """[0, 1]."""
    background_slant: float
    """[-1, 1]; the transition rises to the left .. to the right; 0 is vertical."""
    light: float
    """[-1, 1]; light from the left .. from the right."""
    light_contrast: float
    """[0, 1]; flat .. strong shading."""


ATTRIBUTES: tuple[str, ...] = tuple(field.name for field in dataclasses.fields(Attributes))
"""Names of the columns, in order."""

_SIGNED = frozenset(
    "head_turn head_nod face_width jaw_width chin_length skin_warmth hair_fringe hair_parting brow_height brow_angle "
    "eye_size eye_tilt gaze gaze_vertical nose_width nose_length mouth_width smile lip_fullness background_slant "
    "light".split()
)

RANGES: dict[str, tuple[float, float]] = {name: (-1.0 if name in _SIGNED else 0.0, 1.0) for name in ATTRIBUTES}
"""Lowest and highest value of every attribute."""


def _sample_one(rng: np.random.Generator) -> dict[str, float]:
    """Draws one person and one moment.

    Hidden causes (masculinity, origin, age, mood) are drawn first and lean on the attributes, each of which then
    gets its own spread, so that no attribute is a function of the others.
    """
    normal, uniform = rng.normal, rng.uniform
    masculine = normal(0.9 if rng.random() < 0.5 else -0.9, 0.35)
    age = rng.beta(1.3, 1.9)
    tone = float(np.clip(rng.beta(0.9, 1.2), 0, 1))
    male = masculine > 0
    a: dict[str, float] = {}

    a["head_turn"] = uniform(-1, 1) if rng.random() < 0.6 else normal(0, 0.3)
    a["head_nod"] = normal(0, 0.45)
    a["face_width"] = normal(0.1 * masculine, 0.45)
    a["jaw_width"] = normal(0.4 * masculine, 0.4)
    a["chin_length"] = normal(0.15 * masculine, 0.45)
    a["age"] = age
    a["skin_tone"] = tone
    a["skin_warmth"] = normal(0, 0.5)
    a["blush"] = normal(0.4 - 0.12 * masculine, 0.22)

    length = rng.beta(1.6, 5.0) if male else rng.beta(3.5, 1.7)
    if male and rng.random() < 0.12:
        length = uniform(0.4, 0.95)
    if not male and rng.random() < 0.15:
        length = uniform(0.1, 0.5)
    a["hair_length"] = length
    a["hair_curl"] = rng.beta(0.9, 1.5) * 0.75 + 0.3 * max(tone - 0.5, 0)
    a["hair_volume"] = normal(0.4 + 0.25 * a["hair_curl"] - 0.06 * masculine - 0.12 * age, 0.22)
    a["hair_fringe"] = normal(-0.05 - 0.15 * masculine - 0.3 * max(age - 0.5, 0) * (masculine + 1), 0.5)
    a["hair_parting"] = uniform(-1, 1)
    pale = max(1 - 1.6 * tone, 0)
    a["hair_lightness"] = rng.beta(1.2, 1.4) * (0.3 + 0.75 * pale)
    a["hair_redness"] = rng.beta(1.2, 1.8) * (0.5 + 0.5 * pale)
    a["hair_grey"] = float(np.clip((age - 0.55) * 2.6 + normal(0, 0.25), 0, 1)) if age > 0.4 else 0.0

    smile = normal(0.3, 0.55)
    surprise = normal(0, 1)
    gap = rng.random()
    if gap < 0.45:
        opened = abs(normal(0, 0.03))
    elif gap < 0.6:
        opened = uniform(0.05, 0.3)
    else:
        opened = uniform(0.2, 1.0)
    a["smile"] = smile
    a["mouth_openness"] = opened + 0.12 * max(smile, 0) * uniform(0, 1)
    a["mouth_width"] = normal(0.05, 0.5)
    a["lip_fullness"] = normal(-0.15 * masculine + 0.4 * (tone - 0.4), 0.42)
    a["lip_redness"] = rng.beta(1.2, 4.5) if male else rng.beta(1.6, 1.7)
    a["brow_height"] = normal(0.2 * surprise + 0.1 * smile - 0.08 * masculine + 0.15 * (opened > 0.5), 0.45)
    a["brow_angle"] = normal(-0.35 * smile * (smile < 0) - 0.05 * smile, 0.45)
    a["brow_thickness"] = normal(0.45 + 0.17 * masculine, 0.17)
    shut = rng.random()
    rest = normal(0.68 + 0.09 * surprise - 0.05 * max(smile, 0), 0.1)
    a["eye_openness"] = uniform(0, 0.2) if shut < 0.15 else (uniform(0.2, 1.0) if shut < 0.4 else rest)
    a["eye_size"] = normal(-0.15 * masculine, 0.45)
    a["eye_tilt"] = normal(-0.1 * masculine, 0.45)
    a["gaze"] = uniform(-1, 1) if rng.random() < 0.6 else normal(-0.15 * a["head_turn"], 0.15)
    a["gaze_vertical"] = uniform(-1, 1) if rng.random() < 0.4 else normal(0, 0.2)
    a["iris_blueness"] = rng.beta(0.8, 0.9) * (0.15 + 0.85 * min(2.0 * pale, 1))
    a["iris_lightness"] = rng.beta(1.5, 1.5) * (0.4 + 0.6 * min(1.6 * pale, 1)) + 0.1
    a["lashes"] = normal(0.45 - 0.28 * masculine, 0.18)
    a["nose_width"] = normal(0.12 * masculine + 0.5 * (tone - 0.4), 0.4)
    a["nose_length"] = normal(0.1 * masculine + 0.15 * (age - 0.4), 0.45)
    a["beard"] = 0.0 if not male or rng.random() < 0.3 else uniform(0.1, 1)
    wears = rng.random() < 0.22 + 0.2 * age
    a["glasses"] = uniform(0.35, 1) if wears else uniform(0, 0.1)
    a["glasses_roundness"] = uniform(0, 1)
    a["glasses_lightness"] = rng.beta(0.8, 1.4)

    cloth = np.clip(uniform(0.12, 0.95) + normal(0, 0.2, 3), 0, 1)
    first = np.clip(uniform(0.3, 0.95) + normal(0, 0.15, 3), 0, 1)
    second = np.clip(first + normal(0, 0.12) + normal(0, 0.13, 3), 0, 1)
    for prefix, colour in (("clothes", cloth), ("background", first), ("background2", second)):
        for name, value in zip(("red", "green", "blue"), colour, strict=True):
            a[f"{prefix}_{name}"] = float(value)
    a["neckline"] = rng.beta(1.2, 1.5)
    a["background_slant"] = uniform(-1, 1)
    a["light"] = uniform(-1, 1)
    a["light_contrast"] = rng.beta(2.5, 2.0)
    return {name: float(np.clip(a[name], *RANGES[name])) for name in ATTRIBUTES}


def sample_attributes(count: int, seed: int) -> np.ndarray:
    """Draws the attributes of `count` portraits.

    Args:
        count: how many portraits.
        seed: row i depends on `seed + i` only, so streams may be cut anywhere.

    Returns:
        [count, len(ATTRIBUTES)] float32, each column within its `RANGES`.
    """
    rows = [list(_sample_one(np.random.default_rng(seed + i)).values()) for i in range(count)]
    return np.asarray(rows, dtype=np.float32).reshape(count, len(ATTRIBUTES))
