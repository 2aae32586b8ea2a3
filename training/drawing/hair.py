"""Hair of continuous length, volume, fringe, parting and curl; beards."""

import numpy as np

from .attributes import Attributes
from .canvas import Canvas, mix, rgb, smoothstep, spline
from .features import Lips
from .pose import Pose
from .skin import Palette


class Hair:
    """The shapes of the hair, painted behind the head first and in front of it later."""

    def __init__(self, a: Attributes, pose: Pose, palette: Palette) -> None:
        """Works out outlines from the attributes."""
        self.a, self.pose, self.palette = a, pose, palette
        length = a.hair_length
        self.long = float(smoothstep(0.30, 0.55, length))
        grown = float(smoothstep(0.0, 0.18, length))
        volume = grown * (0.012 + (0.035 + 0.085 * a.hair_volume) * (0.55 + 0.45 * length) + 0.02 * a.hair_curl)
        self.volume = volume
        self.opacity = 0.30 + 0.70 * float(smoothstep(0.0, 0.10, length))
        self.end = 0.44 + 0.16 * float(smoothstep(0.05, 0.35, length)) + 0.62 * max(length - 0.3, 0) ** 1.0
        self.column = pose.skull_column
        self.crown = 0.40 + pose.skull_shift
        self.half = 0.318 + 0.03 * abs(pose.sin) + 0.012 * a.face_width

    def _edge(self, sign: int) -> np.ndarray:
        """Returns the outer edge [9, 2] on one side, from the crown's level down to the end."""
        a = self.a
        v = np.linspace(self.crown, max(self.end, 0.62), 9)
        fall = (v - self.crown) / max(self.end - self.crown, 0.2)
        puff = self.volume * (1 - 0.35 * fall**2) * (0.45 + 0.55 * max(self.long, a.hair_volume * 0.6))
        flare = 0.05 * self.long * fall * (0.4 + a.hair_curl)
        tuck = (1 - self.long) * 0.20 * smoothstep(0.2, 1.1, fall) ** 1.3
        u = self.half + puff + flare - tuck
        wave = a.hair_curl * 0.017 * np.sin(v * 48 + (1.3 if sign > 0 else 0)) * smoothstep(0.05, 0.4, fall)
        return np.stack([self.column + sign * (u + wave), v], axis=1)

    def _dome(self) -> np.ndarray:
        """Returns the top outline [13, 2] from left to right."""
        a = self.a
        angle = np.linspace(np.pi, 0, 15)[1:-1]
        half = self.half + self.volume * (0.45 + 0.55 * max(self.long, a.hair_volume * 0.6))
        lift = 0.358 + 0.80 * self.volume
        bump = 1 + 0.05 * a.hair_curl * np.cos(angle * 11 + 0.6)
        lean = 0.05 * a.hair_parting * self.volume / 0.1 * np.cos(angle)
        row = self.crown - np.sin(angle) * lift * bump * (1 - lean)
        column = self.column + np.cos(angle) * half * (1 + (bump - 1) * 0.6)
        return np.stack([column, row], axis=1)

    def _shade(self, canvas: Canvas) -> np.ndarray:
        """Returns hair colours [size, size, 3]: body, strands and a band of shine."""
        a = self.a
        across = (canvas.column - self.column) / (self.half + self.volume)
        down = (canvas.row - self.crown) / (0.36 + self.volume)
        radius = np.hypot(across, np.minimum(down, 0.0))
        part = 0.35 * a.hair_parting
        turn = np.arctan2(across - part, np.maximum(-down, 0) + 0.32) + a.hair_curl * 0.22 * np.sin(canvas.row * 46)
        strands = np.sin(turn * 17) * 0.5 + np.sin(turn * 29 + 1.0) * 0.3
        lit = 0.5 + 0.5 * np.clip(a.light * across * 1.2 - down * 0.5, -1, 1) * self.palette.contrast
        band = np.exp(-(((radius - 0.74) / 0.13) ** 2)) * smoothstep(0.25, -0.35, down - 0.1)
        shine = band * (0.35 + 0.65 * lit) * (0.75 + 0.35 * strands)
        dark = mix(self.palette.hair * 0.50, rgb(30, 18, 26), 0.15)
        body = mix(dark, self.palette.hair * 1.06, np.clip(0.30 + 0.62 * lit + 0.16 * strands, 0, 1)[..., None])
        gleam = mix(self.palette.hair, rgb(255, 244, 228), 0.42)
        return np.clip(mix(body, gleam, np.clip(shine * 0.60, 0, 1)[..., None]), 0, 1).astype(np.float32)

    def paint_back(self, canvas: Canvas) -> None:
        """Paints the hair behind neck, ears and face."""
        left, right = self._edge(-1), self._edge(1)
        bottom = np.array([[self.column, left[-1, 1] + 0.02]])
        outline = np.concatenate([left[::-1], self._dome(), right, bottom])
        self.colours = self._shade(canvas)
        cover = canvas.cover(spline(outline, closed=True)) * np.float32(self.opacity)
        deep = 0.62 + 0.38 * smoothstep(0.60, 0.38, canvas.row)[..., None]
        canvas.paint(cover, self.colours * deep)
        canvas.mark("hair", cover, ("background", "face"))

    def paint_front(self, canvas: Canvas, face: np.ndarray) -> None:
        """Paints the hair over forehead, temples and shoulders."""
        a, pose = self.a, self.pose
        sides = {}
        for sign in (-1, 1):
            outer = self._edge(sign)
            end = outer[-1, 1] if self.long > 0.02 else 0.5
            v = np.linspace(0.42, self._front_end(), 7)
            cheek = pose.side(np.minimum(v, 0.76), sign)
            near = 0.10 * np.maximum(v - 0.76, 0) / 0.2
            inner = cheek - sign * (0.030 * self.long + 0.004 + 0.05 * near)
            wave = a.hair_curl * 0.012 * np.sin(v * 48 + (0.6 if sign > 0 else 1.9)) * self.long
            sides[sign] = np.stack([inner + sign * wave, v], axis=1)
            del end
        u = np.linspace(-0.97, 0.97, 17)
        part = 0.55 * a.hair_parting
        reach = np.where(u > part, (u - part) / (1 - part), (part - u) / (1 + part))
        top = 0.200 + (0.185 * a.hair_fringe if a.hair_fringe > 0 else 0.085 * a.hair_fringe)
        power = 2.6 - 0.9 * self.long + 1.5 * max(a.hair_fringe, 0)
        v = top + (0.415 - top) * reach**power
        v = v + (0.006 + 0.012 * a.hair_curl) * np.sin(u * 14 + 0.8) * (0.4 + max(a.hair_fringe, 0))
        half = np.interp(v, pose.rows, pose.halves)
        line = pose.at(u * half, v)
        edge = pose.side(v, -1), pose.side(v, 1)
        line[:, 0] = np.clip(line[:, 0], edge[0] + 0.002, edge[1] - 0.002)

        outer = {sign: self._outer_front(sign) for sign in (-1, 1)}
        outline = np.concatenate(
            [
                spline(np.concatenate([outer[-1][::-1], self._dome(), outer[1]])),
                spline(np.concatenate([sides[1][::-1], line[::-1], sides[-1]])),
            ]
        )
        cover = canvas.cover(outline)
        shadow = np.roll(cover, max(canvas.size // 32, 1), axis=0)
        shadow = canvas.soften(shadow, 0.014) * face * (1 - cover)
        canvas.paint(shadow, self.palette.shade * 0.9, 0.55 * self.opacity)
        cover = cover * np.float32(self.opacity)
        canvas.paint(cover, self.colours)
        canvas.mark("hair", cover, ("background", "face", "ears", "neck", "clothes", "brows", "eyes", "irises", "beard"))

    def _front_end(self) -> float:
        """Returns the row where the hair in front of the ears ends."""
        return 0.50 + max(self.end - 0.62, 0) * self.long + 0.10 * self.long

    def _outer_front(self, sign: int) -> np.ndarray:
        """Returns the outer edge of the front hair [9, 2]; short hair ends in a sideburn."""
        end = self._front_end()
        v = np.linspace(self.crown, end, 9)
        full = self._edge(sign)
        column = np.interp(v, full[:, 1], full[:, 0])
        burn = self.pose.side(v, sign) + sign * 0.004
        share = np.maximum(self.long, 1 - smoothstep(0.40, 0.47, v))
        return np.stack([burn + (column - burn) * share, v], axis=1)


def beard(canvas: Canvas, a: Attributes, pose: Pose, palette: Palette, lips: Lips, face: np.ndarray) -> None:
    """Paints beard and moustache around the mouth; the lips are painted later."""
    if a.beard <= 0.03:
        return
    grown = float(smoothstep(0.35, 1.0, a.beard))
    opacity = 0.55 * float(smoothstep(0.03, 0.35, a.beard)) + 0.40 * float(smoothstep(0.3, 0.6, a.beard))
    rows = np.array([0.50, 0.60, 0.68, 0.76, 0.84, 0.90])
    drop = 0.03 * a.mouth_openness
    outer = []
    for sign in (-1, 1):
        column = pose.side(rows, sign) + sign * (0.004 + 0.022 * grown * np.array([0.0, 0.1, 0.4, 0.8, 1.0, 1.0]))
        outer.append(np.stack([column, rows + drop * np.array([0, 0, 0, 0.2, 0.6, 1.0])], axis=1))
    chin = np.array([[(outer[0][-1, 0] + outer[1][-1, 0]) / 2, pose.chin_row + 0.012 + 0.05 * grown]])
    inner = pose.at(
        np.array([0.275, 0.245, 0.20, 0.150, 0.085, 0.0, -0.085, -0.150, -0.20, -0.245, -0.275]),
        np.array([0.50, 0.60, 0.665, 0.675, 0.655, 0.648, 0.655, 0.675, 0.665, 0.60, 0.50]),
        0.0,
    )
    outline = np.concatenate([spline(np.concatenate([outer[0], chin, outer[1][::-1]])), spline(inner)])
    cover = canvas.cover(outline)
    soft = canvas.soften(cover, 0.010)
    allowed = np.maximum(face, float(smoothstep(0.3, 0.7, a.beard)))
    column, row = (lips.outer_bottom[10] + lips.outer_top[10]) / 2
    bare = canvas.blob(column, row, lips.half * 0.9, 0.035 + 0.45 * lips.gap)
    soft = soft * allowed * (1 - 0.45 * bare)
    across = (canvas.column - 0.5) * a.light * 1.6
    texture = 0.08 * np.sin(canvas.column * 95) * np.sin(canvas.row * 60 + canvas.column * 30)
    colour = mix(palette.hair * 0.52, palette.hair * 0.95, np.clip(0.42 + across + texture, 0, 1)[..., None])
    canvas.paint(soft, np.clip(colour, 0, 1).astype(np.float32), opacity)
    canvas.mark("beard", soft * np.float32(opacity), ("background", "neck", "clothes"))
