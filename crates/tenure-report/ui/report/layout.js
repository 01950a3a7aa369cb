// Where the cells of the graph lie: a row for each depth, a width for each figure.

/** @typedef {import("tenure/report/tree").Tree} Tree */
/** @typedef {import("tenure/report/profile").FigureName} FigureName */
/** A node, or what is too narrow to be drawn (node -1). @typedef {{node: number, x: number, width: number}} Cell */

/** Nothing narrower than this is laid out, in pixels. */
const LEAST = 0.5;

/**
 * The rows of the graph under `focus`, its ancestors over it at full width. What is under half a
 * pixel is put together into one cell without a node, and its callees are not looked at: so the
 * work goes with what is seen, not with the size of the tree.
 * @param {Tree} tree @param {FigureName} figure @param {number} focus @param {number} width
 * @returns {Cell[][]}
 */
export function layOut(tree, figure, focus, width) {
  /** @type {Cell[][]} */
  const rows = tree.path(focus).map((node) => [{ node, x: 0, width }]);
  const scale = width / (tree.value(focus, figure) || 1);
  let cells = rows[rows.length - 1];
  while (cells.length > 0) {
    /** @type {Cell[]} */
    const next = [];
    for (const cell of cells) if (cell.node >= 0) place(tree, figure, cell, scale, next);
    if (next.length > 0) rows.push(next);
    cells = next;
  }
  return rows;
}

/** @param {Tree} tree @param {FigureName} figure @param {Cell} parent @param {number} scale @param {Cell[]} into */
function place(tree, figure, parent, scale, into) {
  let x = parent.x;
  const children = tree.children(parent.node, figure);
  for (let at = 0; at < children.length; at += 1) {
    const width = tree.value(children[at], figure) * scale;
    if (width < LEAST) {
      let rest = 0;
      for (let left = at; left < children.length; left += 1) rest += tree.value(children[left], figure) * scale;
      if (rest >= LEAST) into.push({ node: -1, x, width: rest });
      return;
    }
    into.push({ node: children[at], x, width });
    x += width;
  }
}

/** The cell at `x` of a row. @param {Cell[] | undefined} row @param {number} x */
export function cellAt(row, x) {
  if (!row) return null;
  let [low, high] = [0, row.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const cell = row[middle];
    if (x < cell.x) high = middle - 1;
    else if (x >= cell.x + cell.width) low = middle + 1;
    else return cell;
  }
  return null;
}
