/** The outline of a mask: the edges between pixels inside and pixels outside. Independent of the page. */

/**
 * @param {ArrayLike<number>} weights Row after row, from 0 to 1; a half and more is inside.
 * @param {number[]} size Height and width.
 * @returns {number[][]} Lines: row and column of the start, row and column of the end, in pixels. Edges that continue each other
 * are one line; the border of the image is no edge.
 */
export function outlineOf(weights, [high, wide]) {
  const inside = (row, column) => weights[row * wide + column] >= 0.5;
  const lines = [];
  const follow = (rows, columns, isEdge, line) => {
    for (let row = 0; row < rows; row++) {
      let start = -1;
      for (let column = 0; column <= columns; column++) {
        const edge = column < columns && isEdge(row, column);
        if (edge && start < 0) start = column;
        if (!edge && start >= 0) {
          lines.push(line(row, start, column));
          start = -1;
        }
      }
    }
  };
  follow(high - 1, wide, (row, column) => inside(row, column) !== inside(row + 1, column), (row, from, to) => [row + 1, from, row + 1, to]);
  follow(wide - 1, high, (column, row) => inside(row, column) !== inside(row, column + 1), (column, from, to) => [from, column + 1, to, column + 1]);
  return lines;
}
