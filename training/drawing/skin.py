"""Background, neck, clothes, ears and the shaded skin of the face."""

import numpy as np

from .attributes import Attributes
from .canvas import Canvas, Colour, ellipse, mix, ramp, rgb, ribbon, smoothstep, spline
from .pose import Pose

_TONES = np.stack(
    [rgb(255, 226, 206), rgb(248, 204, 172), rgb(226, 170, 128), rgb(184, 124, 84), rgb(134, 86, 58), rgb(92, 58, 42)]
)


class Palette:
    """Colours that several parts share."""

    def __init__(self, a: Attributes) -> None:
        """Derives them from the attributes."""
        base = ramp(_TONES, a.skin_tone)
        self.skin: Colour = np.clip(base * (1 + a.skin_warmth * np.array([0.0, 0.025, -0.06], np.float32)), 0, 1)
        self.shade: Colour = self.skin * mix(rgb(206, 148, 132), rgb(140, 112, 110), a.skin_tone)
        self.glow: Colour = mix(self.skin, rgb(255, 246, 232), 0.45 - 0.12 * a.skin_tone)
        self.red: Colour = mix(self.skin, rgb(232, 92, 84) * (1 - 0.45 * a.skin_tone), 0.6)
        dark = ramp(np.stack([rgb(28, 23, 26), rgb(84, 54, 38), rgb(156, 108, 62), rgb(236, 198, 124)]), a.hair_lightness)
        copper = ramp(np.stack([rgb(52, 20, 16), rgb(150, 58, 26), rgb(206, 98, 44), rgb(240, 166, 96)]), a.hair_lightness)
        coloured = mix(dark, copper, 0.85 * a.hair_redness)
        self.hair: Colour = mix(coloured, rgb(214, 212, 212), 0.88 * a.hair_grey)
        self.brow: Colour = mix(self.hair * 0.72, rgb(52, 36, 30), 0.35)
        self.light = a.light
        self.contrast = 0.35 + 0.75 * a.light_contrast


def background(canvas: Canvas, a: Attributes) -> None:
    """Fills the picture with the two background colours."""
    slope = (canvas.column - 0.5) * a.background_slant * -0.9 + (canvas.row - 0.45)
    share = smoothstep(-0.55, 0.55, slope)[..., None].astype(np.float32)
    first = np.array([a.background_red, a.background_green, a.background_blue], np.float32)
    second = np.array([a.background2_red, a.background2_green, a.background2_blue], np.float32)
    glow = 0.06 * a.light * (canvas.column - 0.5)[..., None]
    canvas.picture[:] = np.clip(mix(first, second, share) + glow, 0, 1)
    canvas.mark("background", np.ones((canvas.size, canvas.size), np.float32))


def neck_and_clothes(canvas: Canvas, a: Attributes, pose: Pose, palette: Palette) -> None:
    """Paints the neck, its shadow under the chin, and the shoulders."""
    middle = 0.5 - 0.10 * pose.sin
    half = 0.165 + 0.022 * a.jaw_width
    edge = np.array([[-0.9, 0.62], [-0.92, 0.80], [-1.0, 0.90], [-1.35, 0.97], [-1.5, 1.1]])
    left = np.stack([middle + edge[:, 0] * half, edge[:, 1]], axis=1)
    right = np.stack([middle - edge[:, 0] * half, edge[:, 1]], axis=1)
    neck = canvas.cover(spline(np.concatenate([left, right[::-1]]), closed=True))
    canvas.paint(neck, palette.skin)
    across = (canvas.column - middle) / half
    dark = smoothstep(-0.6, 1.3, -across * a.light) * 0.55 * palette.contrast
    canvas.paint(neck * dark, palette.shade)
    chin = canvas.blob(middle + 0.2 * pose.sin - 0.03 * a.light, pose.chin_row - 0.02, 0.27, 0.105)
    canvas.paint(neck * np.minimum(chin * 1.3, 1), palette.shade * 0.9, 0.85)
    canvas.mark("neck", neck, ("background", "hair"))

    cloth = np.array([a.clothes_red, a.clothes_green, a.clothes_blue], np.float32) * 0.92 + 0.03
    low = 0.955 + 0.055 * a.neckline
    wide = half * (0.98 + 0.25 * a.neckline)
    top = 0.93 - 0.02 * (1 - a.neckline)
    curve = np.array([[-wide, top], [-wide * 0.72, top + (low - top) * 0.62], [0, low]])
    opening = np.concatenate([curve, curve[-2::-1] * [-1, 1]])
    shoulder = np.array([[wide + 0.12, top + 0.025], [wide + 0.24, top + 0.06], [0.56, 1.03], [0.6, 1.2]])
    body = np.concatenate([spline(opening), spline(shoulder), [[-0.6, 1.2]], spline(shoulder * [-1, 1])[::-1]])
    body = body + [middle, 0]
    clothes = canvas.cover(body)
    canvas.paint(clothes, cloth)
    tone = (canvas.column - 0.5) * a.light * 0.5 + 0.08 - (canvas.row - 0.93) * 1.2
    canvas.paint(clothes * np.clip(-tone, 0, 1), cloth * 0.45, 0.9)
    canvas.paint(clothes * np.clip(tone, 0, 1), mix(cloth, rgb(255, 255, 255), 0.5), 0.9)
    collar = canvas.cover(ribbon(spline(opening) + [middle, 0.010], 0.020))
    canvas.paint(collar * clothes, cloth * 0.7, 0.55)
    canvas.mark("clothes", clothes, ("background", "hair", "neck"))


def skull(canvas: Canvas, a: Attributes, pose: Pose, palette: Palette) -> np.ndarray:
    """Paints the bare skull behind the face; returns its outline [K, 2]."""
    broad = 1 + 0.04 * a.face_width
    outline = ellipse(pose.skull_column, 0.40 + pose.skull_shift, (0.305 + 0.03 * abs(pose.sin)) * broad, 0.345)
    cover = canvas.cover(outline)
    canvas.paint(cover, palette.skin)
    dark = smoothstep(-0.2, 0.35, -(canvas.column - pose.skull_column) * np.sign(a.light)) * abs(a.light)
    canvas.paint(cover * dark, palette.shade, 0.6 * palette.contrast)
    canvas.mark("face", cover, ("background",))
    return outline


def ears(canvas: Canvas, a: Attributes, pose: Pose, palette: Palette) -> None:
    """Paints both ears; the face, painted later, hides the far one."""
    for sign in (-1, 1):
        toward = -sign * pose.sin
        column = float(pose.side(0.52, sign)) + sign * (0.012 + 0.05 * min(toward, 0) + 0.012 * max(toward, 0))
        row = 0.525 + pose.skull_shift
        wide, tall = 0.034 + 0.03 * max(toward, 0), 0.078
        shape = np.array([[-0.6, -0.75], [0.3, -1.0], [1.0, -0.6], [0.85, 0.1], [0.45, 0.75], [-0.1, 1.0], [-0.6, 0.7]])
        outline = spline(shape * [sign * wide, tall] + [column, row], closed=True)
        cover = canvas.cover(outline)
        lit = np.clip(0.5 + 0.5 * sign * a.light * palette.contrast, 0, 1)
        canvas.paint(cover, mix(mix(palette.shade, palette.red, 0.4), mix(palette.skin, palette.red, 0.25), lit))
        inner = canvas.blob(column + sign * wide * 0.2, row - 0.005, wide * 0.55, tall * 0.55)
        canvas.paint(cover * inner, palette.shade, 0.75)
        canvas.mark("ears", cover, ("background", "hair", "face", "neck", "clothes"))


def face(canvas: Canvas, a: Attributes, pose: Pose, palette: Palette) -> np.ndarray:
    """Paints the face without its features; returns its coverage [size, size]."""
    cover = canvas.cover(spline(pose.outline(), closed=True))
    canvas.paint(cover, palette.skin)
    canvas.mark("face", cover, ("background", "hair", "ears", "neck", "clothes"))

    middle = (float(pose.side(0.55, -1)) + float(pose.side(0.55, 1))) / 2
    across = (canvas.column - middle) / 0.31
    down = (canvas.row - 0.50) / 0.50
    round_edge = np.clip(across**2 + 0.45 * down**2, 0, 1.5)
    facing = 0.80 * a.light * across - 0.30 * down
    dark = smoothstep(0.05, 1.05, -facing + 0.32 * round_edge) * 0.80 + smoothstep(0.55, 1.25, round_edge) * 0.30
    canvas.paint(cover * np.minimum(dark * palette.contrast, 1), palette.shade)
    bright = smoothstep(0.0, 0.9, facing + 0.25 - 0.55 * round_edge)
    canvas.paint(cover * bright, palette.glow, 0.65 * palette.contrast)

    lift = 0.018 * max(a.smile, 0)
    for sign in (-1, 1):
        column, row = pose.at(sign * 0.185, 0.60 - lift)
        squeeze = 1 + 0.45 * pose.sin * -sign
        cheek = canvas.blob(column, row, 0.085 * squeeze, 0.062)
        canvas.paint(cover * cheek, palette.red, 0.10 + 0.5 * a.blush)
        column, row = pose.at(sign * 0.165 + 0.01 * a.light, 0.565 - lift)
        apple = canvas.blob(column, row, 0.05 * squeeze, 0.028)
        canvas.paint(cover * apple, palette.glow, 0.22 + 0.18 * max(a.smile, 0) + 0.12 * sign * a.light)
        column, row = pose.at(sign * 0.12, 0.452)
        socket = canvas.blob(column, row, 0.095 * squeeze, 0.055)
        canvas.paint(cover * socket, palette.shade, 0.28 + 0.12 * palette.contrast)

        deep = 0.16 + 0.5 * max(a.smile, 0) ** 1.5 + 0.42 * a.age
        fold = pose.at(
            sign * np.array([0.072, 0.112, 0.138 + 0.01 * a.mouth_width]), np.array([0.605, 0.645, 0.705]), 0.01
        )
        line = canvas.cover(ribbon(spline(fold), np.linspace(0.006, 0.016, 13)))
        canvas.paint(cover * canvas.soften(line, 0.008), palette.shade * 0.92, deep)
        if a.age > 0.35:
            bag = pose.at(sign * np.array([0.075, 0.12, 0.175]), np.array([0.522, 0.540, 0.522]))
            line = canvas.cover(ribbon(spline(bag), 0.010))
            canvas.paint(cover * canvas.soften(line, 0.006), palette.shade, 1.1 * (a.age - 0.35))
    if a.age > 0.45:
        for row in (0.27, 0.315):
            line = canvas.cover(ribbon(spline(pose.at(np.array([-0.12, 0, 0.12]), np.array([row + 0.006, row, row + 0.006]))), 0.008))
            canvas.paint(cover * line, palette.shade, 0.8 * (a.age - 0.45))
    chin = pose.at(0.0, 0.875 + 0.03 * a.mouth_openness)
    canvas.paint(cover * canvas.blob(chin[0] + 0.02 * a.light, chin[1], 0.05, 0.028), palette.glow, 0.32)
    forehead = pose.at(0.09 * a.light, 0.275)
    canvas.paint(cover * canvas.blob(forehead[0], forehead[1], 0.13, 0.07), palette.glow, 0.35)
    return cover
