"""Nose, mouth, eyes, brows and glasses."""

import numpy as np

from .attributes import Attributes
from .canvas import Canvas, ellipse, mix, ramp, rgb, ribbon, smoothstep, spline
from .pose import EYE_OFFSET, EYE_ROW, MOUTH_ROW, Pose
from .skin import Palette

_ACROSS = np.linspace(-1, 1, 21)
_IRISES = np.stack([rgb(92, 54, 28), rgb(138, 92, 40), rgb(96, 128, 66), rgb(72, 142, 156), rgb(70, 132, 206)])


def nose(canvas: Canvas, a: Attributes, pose: Pose, palette: Palette, skin: np.ndarray) -> None:
    """Paints the nose: one shaded flank, nostrils and a lit bridge."""
    wide = 0.056 * (1 + 0.25 * a.nose_width)
    base = 0.600 + 0.016 * a.nose_length
    tip = pose.at(0.0, base - 0.022, 0.085)
    root = pose.at(0.0, 0.462, 0.015)
    away = -1.0 if a.light > 0 else 1.0
    strength = 0.30 + 0.5 * min(abs(a.light) * 1.3, 1) * palette.contrast
    left, right = pose.at(-wide, base, 0.02), pose.at(wide, base, 0.02)
    for side, foot in ((-1.0, left), (1.0, right)):
        brow = pose.at(side * 0.045, 0.44, 0.0)
        flank = np.array([brow, root + [side * 0.012, 0.02], tip + [side * 0.020, -0.01], foot, (foot + brow) / 2 + [side * 0.008, 0.02]])
        cover = canvas.soften(canvas.cover(flank), 0.013)
        canvas.paint(cover * skin, palette.shade, strength if side == away else 0.16)
    under = canvas.blob((left[0] + right[0] + tip[0]) / 3 - 0.008 * a.light, base + 0.022, wide * 1.15, 0.017)
    canvas.paint(under * skin, palette.shade * 0.92, 0.62)
    ball = canvas.blob(tip[0], tip[1] + 0.004, wide * 0.75, 0.030)
    canvas.paint(ball * skin, mix(palette.skin, palette.red, 0.35), 0.5)
    for side, foot in ((-1, left), (1, right)):
        wing = np.array([foot + [side * -0.004, -0.030], foot + [side * 0.004, -0.014], foot + [side * -0.004, 0.004], foot + [side * -0.022, 0.006]])
        line = canvas.cover(ribbon(spline(wing), np.linspace(0.004, 0.011, 19)))
        canvas.paint(line * skin, palette.shade * 0.78, 0.62)
        hole = pose.at(side * wide * 0.44, base + 0.003, 0.055)
        canvas.paint(canvas.cover(ellipse(hole[0], hole[1], 0.013, 0.0075)) * skin, palette.shade * 0.5, 0.8)
    middle = (root + tip) / 2
    canvas.paint(canvas.blob(middle[0] + 0.006 * a.light, middle[1], 0.014, 0.06) * skin, palette.glow, 0.5)
    canvas.paint(canvas.blob(tip[0] + 0.010 * a.light, tip[1] - 0.004, 0.017, 0.014) * skin, palette.glow, 0.85)
    if canvas.keep_masks:
        outline = np.array([root - [0.022, 0], tip - [0.03, 0.03], left - [0.006, 0.01], left + [0.004, 0.012], tip + [0, 0.042], right + [-0.004, 0.012], right + [0.006, -0.01], tip + [0.03, -0.03], root + [0.022, 0]])
        canvas.mark("nose", canvas.cover(spline(outline, closed=True)) * skin)


class Lips:
    """The curves of the mouth, which the beard needs too."""

    def __init__(self, a: Attributes, pose: Pose) -> None:
        """Places the lips; every curve is [21, 2] from the left corner to the right."""
        t = _ACROSS
        grin = max(a.smile, 0)
        half = 0.135 * (1 + 0.20 * a.mouth_width) * (1 + 0.14 * a.smile) * (1 - 0.20 * a.mouth_openness * (1 - 0.6 * grin))
        gap = 0.150 * a.mouth_openness
        bow = 1 - t**2
        bend = 0.052 * a.smile if a.smile > 0 else 0.040 * a.smile
        middle = MOUTH_ROW - 0.12 * gap + bend * (0.45 - np.abs(t) ** 1.8)
        full = 1 + 0.45 * a.lip_fullness
        dip = 1 - 0.24 * np.exp(-((t / 0.14) ** 2)) + 0.10 * np.exp(-(((np.abs(t) - 0.3) / 0.15) ** 2))
        upper = 0.027 * full * (1 - 0.2 * grin) * bow**0.8 * dip
        lower = 0.036 * full * (1 - 0.12 * grin) * bow**0.7
        top = middle - 0.30 * gap * bow ** (0.55 + 0.3 * grin) + 0.003 * np.exp(-((t / 0.25) ** 2)) * (gap < 0.02)
        bottom = middle + 0.70 * gap * bow**0.6
        u = t * half
        out = 0.012 * bow
        self.inner_top = pose.at(u * 0.97, top, out)
        self.inner_bottom = pose.at(u * 0.97, bottom, out)
        self.outer_top = pose.at(u, top - upper - 0.003, out)
        self.outer_bottom = pose.at(u, bottom + lower + 0.003, out)
        self.gap = gap
        self.half = half


def mouth(canvas: Canvas, a: Attributes, palette: Palette, lips: Lips, skin: np.ndarray) -> None:
    """Paints the lips, and between them the dark, the teeth and the tongue."""
    colour = mix(palette.red * 0.9, mix(rgb(196, 44, 62), rgb(140, 30, 48), a.skin_tone), 0.15 + 0.8 * a.lip_redness)
    outer = canvas.cover(np.concatenate([lips.outer_top, lips.outer_bottom[::-1]])) * skin
    column, row = lips.outer_bottom[10]
    canvas.paint(canvas.blob(column - 0.01 * a.light, row + 0.016, 0.07, 0.014) * skin, palette.shade, 0.6)
    canvas.paint(outer, colour * 0.96)
    upper = canvas.cover(np.concatenate([lips.outer_top, lips.inner_top[::-1]]))
    canvas.paint(upper * outer, colour * 0.72, 0.75)
    low = (lips.inner_bottom[10] + lips.outer_bottom[10]) / 2
    shine = canvas.blob(low[0] + 0.012 * a.light, low[1], lips.half * 0.42, 0.010)
    canvas.paint(shine * outer, mix(colour, rgb(255, 240, 236), 0.75), 0.40 + 0.25 * a.lip_redness)
    inner = canvas.cover(np.concatenate([lips.inner_top, lips.inner_bottom[::-1]])) * outer
    if lips.gap > 0.004:
        canvas.paint(inner, rgb(74, 18, 24))
        tongue_top = lips.inner_bottom[10] - [0, 0.42 * lips.gap - 0.012]
        tongue = canvas.cover(ellipse(tongue_top[0], tongue_top[1] + 0.05, lips.half * 0.62, 0.05))
        canvas.paint(tongue * inner, rgb(206, 92, 92), float(smoothstep(0.03, 0.07, lips.gap)))
        reach = min(0.55 * lips.gap, 0.034)
        edge = lips.inner_top + [0, 0.003]
        teeth = canvas.cover(np.concatenate([edge - [0, 0.01], (edge + np.stack([0 * _ACROSS, reach * (1 - 0.35 * _ACROSS**2)], 1))[::-1]]))
        canvas.paint(teeth * inner, rgb(250, 245, 236), float(smoothstep(0.004, 0.018, lips.gap)))
        if lips.gap > 0.06:
            lower = lips.inner_bottom - [0, 0.0]
            row_of_teeth = canvas.cover(np.concatenate([lower, (lower - [0, 0.016])[::-1]]))
            canvas.paint(row_of_teeth * inner, rgb(222, 206, 196), float(0.75 * smoothstep(0.06, 0.11, lips.gap)))
    crease = 0.010 * (1 - min(lips.gap / 0.03, 1) * 0.6)
    line = canvas.cover(ribbon(lips.inner_top, crease * (1 - 0.55 * _ACROSS**2) + 0.003))
    canvas.paint(line * skin, colour * 0.34, 0.80)
    for k, sign in ((0, -1), (20, 1)):
        column, row = lips.inner_top[k]
        canvas.paint(canvas.blob(column + sign * 0.006, row, 0.016, 0.014) * skin, palette.shade * 0.8, 0.50)
    canvas.mark("mouth", outer)
    canvas.mark("lips", outer * (1 - inner))


def eyes(canvas: Canvas, a: Attributes, pose: Pose, palette: Palette, skin: np.ndarray) -> None:
    """Paints both eyes: white, iris, lids and lashes."""
    half = 0.077 * (1 + 0.10 * a.eye_size)
    tall = 1 + 0.14 * a.eye_size
    iris = ramp(_IRISES, a.iris_blueness) * (0.55 + 0.65 * a.iris_lightness) + 0.10 * a.iris_lightness
    squint = 0.010 * max(a.smile, 0)
    t = _ACROSS
    for sign in (-1, 1):
        u = sign * EYE_OFFSET + t * half
        outward = t * sign
        bow = (1 - np.abs(t) ** 2.3) ** 0.85
        slant = EYE_ROW + 0.006 - 0.012 * (0.35 + a.eye_tilt) * outward
        shut = 0.024 * (1 - t**2)
        wide = -0.070 * tall * bow * (1 - 0.16 * outward)
        down = min(a.gaze_vertical, 0) * 0.012
        upper = slant + shut + (wide - shut) * a.eye_openness - down * bow * a.eye_openness
        lower = slant + np.maximum(shut + (0.036 * tall * (1 - t**2) - shut) * a.eye_openness - squint * (1 - t**2) * a.eye_openness, 0)
        upper = np.minimum(upper, lower)
        top, bottom = pose.at(u, upper), pose.at(u, lower)
        opening = canvas.cover(np.concatenate([top, bottom[::-1]])) * skin

        crease_up = 0.020 + 0.012 * a.eye_openness
        crease = pose.at(u * 1.0, upper - crease_up * (1 - 0.5 * t**2) - 0.01 * (1 - a.eye_openness) * (1 - t**2))
        lid = canvas.cover(np.concatenate([crease, top[::-1]])) * skin
        canvas.paint(lid, mix(palette.skin, palette.shade, 0.35), 0.55)
        canvas.paint(canvas.cover(ribbon(crease, 0.009 * (1 - 0.6 * t**2))) * skin, palette.shade * 0.82, 0.65)

        canvas.paint(opening, mix(rgb(250, 246, 242), palette.shade, 0.10))
        look_u = sign * EYE_OFFSET + 0.037 * a.gaze
        look_v = EYE_ROW - 0.008 - 0.026 * a.gaze_vertical
        column, row = pose.at(look_u, look_v)
        narrow = 0.038 * (1 - 0.10 * abs(a.gaze)) * (1 - 0.35 * max(sign * pose.sin, 0))
        disc = canvas.cover(ellipse(column, row, narrow, 0.038)) * opening
        canvas.paint(disc, iris * 0.50)
        canvas.paint(canvas.cover(ellipse(column, row + 0.002, narrow * 0.78, 0.029)) * opening, iris)
        canvas.paint(canvas.blob(column, row + 0.016, narrow * 0.65, 0.013) * disc, mix(iris, rgb(255, 255, 255), 0.55), 0.7)
        canvas.paint(canvas.cover(ellipse(column, row, narrow * 0.46, 0.0175)) * opening, rgb(14, 10, 12))
        shadow = canvas.cover(ribbon(top + [0, 0.008], 0.018 * (1 - 0.4 * t**2)))
        canvas.paint(shadow * opening, rgb(62, 40, 44), 0.38)
        spark = canvas.cover(ellipse(column + (0.013 if a.light > 0 else -0.013), row - 0.013, 0.0105, 0.0105))
        canvas.paint(spark * opening, rgb(255, 255, 255), 0.95)

        rim = canvas.cover(ribbon(bottom, 0.006 + 0.004 * np.clip(outward, 0, 1))) * skin
        canvas.paint(rim, palette.shade * 0.62, 0.60)
        thick = 0.011 + 0.012 * a.lashes
        taper = thick * (0.45 + 0.55 * np.clip(0.6 + 0.6 * outward, 0, 1)) * np.clip(1.25 - np.abs(t) ** 6, 0.3, 1)
        flick = 0.020 * (0.25 + a.lashes)
        tail = pose.at(sign * (EYE_OFFSET + half + flick), float(slant[-1 if sign > 0 else 0]) - flick * 0.55)
        curve = np.concatenate([top, [tail]]) if sign > 0 else np.concatenate([[tail], top])
        widths = np.concatenate([taper, [0.002]]) if sign > 0 else np.concatenate([[0.002], taper])
        lash = canvas.cover(ribbon(curve - [0, 0.002], widths)) * skin
        canvas.paint(lash, mix(rgb(34, 22, 22), palette.hair * 0.5, 0.2), 0.94)
        canvas.mark("eyes", np.maximum(opening, lash))
        canvas.mark("irises", disc * (1 - lash))


def brows(canvas: Canvas, a: Attributes, pose: Pose, palette: Palette, skin: np.ndarray) -> None:
    """Paints the tapered brows."""
    t = np.linspace(0, 1, 9)
    thick = 0.014 + 0.024 * a.brow_thickness
    for sign in (-1, 1):
        u = sign * (0.050 + 0.172 * t)
        arch = -0.030 * np.sin(np.pi * np.clip(t * 0.86 + 0.06, 0, 1))
        v = 0.383 - 0.034 * a.brow_height + arch + a.brow_angle * 0.030 * (0.75 - 1.5 * t) + 0.012 * t
        width = thick * np.minimum(0.72 + 1.4 * t, 1.0) * (1 - 0.86 * t**2.2)
        outline = ribbon(pose.at(u, v, 0.01), width)
        cover = canvas.cover(outline) * skin
        canvas.paint(cover, palette.brow, 0.88)
        canvas.mark("brows", cover)


def glasses(canvas: Canvas, a: Attributes, pose: Pose, palette: Palette) -> None:
    """Paints frames, a glint and the near arm, where worn."""
    worn = float(smoothstep(0.2, 0.35, a.glasses))
    if worn <= 0:
        return
    frame = ramp(np.stack([rgb(26, 24, 30), rgb(96, 52, 36), rgb(206, 164, 92)]), a.glasses_lightness)
    thick = 0.012 + 0.014 * a.glasses
    angle = np.arange(32) * np.pi / 16
    power = 0.42 + 0.58 * a.glasses_roundness
    c, s = np.cos(angle), np.sin(angle)
    x, y = np.sign(c) * np.abs(c) ** power, np.sign(s) * np.abs(s) ** power
    tall = 0.072 + 0.022 * a.glasses_roundness
    strokes = []
    for sign in (-1, 1):
        ring = pose.at(sign * 0.136 + 0.106 * x, EYE_ROW + 0.012 + tall * y, 0.035)
        lens = canvas.cover(ring)
        canvas.paint(lens, rgb(226, 238, 246), 0.10 * worn)
        middle = ring.mean(axis=0)
        glint = canvas.cover(np.array([[-0.055, 0.02], [-0.005, -0.06], [0.012, -0.06], [-0.038, 0.02]]) + middle)
        canvas.paint(glint * lens, rgb(255, 255, 255), 0.16 * worn)
        centre = ring.mean(axis=0)
        inner = centre + (ring - centre) * (1 - thick / np.array([0.106, tall]))
        strokes.append(canvas.cover(ring) - canvas.cover(inner))
        hinge = pose.at(sign * 0.24, EYE_ROW - 0.015, 0.03)
        temple = np.array([float(pose.side(0.46, sign)), EYE_ROW - 0.005 + pose.skull_shift])
        strokes.append(canvas.cover(ribbon(np.array([hinge, temple]), 0.014)))
    bridge = pose.at(np.array([-0.034, 0.0, 0.034]), np.array([0.464, 0.452, 0.464]), 0.045)
    strokes.append(canvas.cover(ribbon(spline(bridge), thick * 0.8)))
    cover = np.clip(np.maximum.reduce(strokes), 0, 1)
    canvas.paint(cover, frame, worn)
    canvas.mark("glasses", cover * worn, ("hair",))
