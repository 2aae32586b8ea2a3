/** Boxes of the parts of an aligned face: top, left, height, width, as in core/regions/presets.py. */
const reference = (row, column, height, width) => [row - height / 2, column - width / 2, height, width].map((value) => value / 256);

/** @type {Object<string, number[]>} */
export const FACE_PRESETS = {
  left_eye: reference(120, 95, 20, 38),
  right_eye: reference(120, 159, 20, 38),
  eyes: reference(120, 128, 20, 115),
  nose: reference(142, 131, 40, 46),
  mouth: reference(184, 127, 30, 70),
  chin: reference(217, 130, 42, 110),
  eyebrows: reference(105, 126, 15, 118),
};

/** Names of presets, of which no two are the same box: of "eyebrows" and "brows" only the first. */
export function distinctNames(presets) {
  const seen = new Set();
  return Object.keys(presets).filter((name) => {
    const box = presets[name].map((side) => Math.round(side * 100)).join();
    return !seen.has(box) && seen.add(box);
  });
}
