// Drawing the cells of the graph on a canvas.

/** @typedef {import("tenure/report/layout").Cell} Cell */
/** @typedef {import("tenure/report/tree").Tree} Tree */

export const ROW = 22;
const FONT = "12px system-ui, sans-serif";
/** Cells narrower than this have no name. */
const NAMED = 30;

/**
 * @typedef {object} Marks
 * @property {Set<number> | null} found nodes that the search has found
 * @property {Set<number>} path nodes of the selected site
 * @property {number} hover node under the pointer, or -1
 * @property {number} focus node that the keyboard is on, or -1
 * @property {number} depth rows above this one are ancestors
 */

/** The colours of the page, as they are now. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return {
    paper: of("--paper"), ink: of("--ink"), quiet: of("--quiet"), rule: of("--rule"), found: of("--found"),
    onFound: of("--on-found"), selected: of("--selected"),
    kinds: Object.fromEntries(["own", "library", "runtime", "mark"].map((kind) => [kind, of(`--${kind}`).split(" ").map(Number)])),
    text: of("--on-cell"), step: Number(of("--cell-step")),
  };
}

/** One of five shades, always the same for a name. @param {number} key */
const shade = (key) => (Math.imul(key + 1, 0x9e3779b1) >>> 16) % 5;

/**
 * @param {CanvasRenderingContext2D} canvas @param {Tree} tree @param {Cell[][]} rows
 * @param {{top: number, height: number, width: number}} window what is seen, in pixels
 * @param {Marks} marks @param {ReturnType<typeof colours>} palette
 * @returns {number} how many cells were drawn
 */
export function paint(canvas, tree, rows, window, marks, palette) {
  canvas.clearRect(0, 0, window.width, window.height);
  canvas.font = FONT;
  canvas.textBaseline = "middle";
  const first = Math.max(0, Math.floor(window.top / ROW));
  const last = Math.min(rows.length - 1, Math.ceil((window.top + window.height) / ROW));
  let drawn = 0;
  for (let depth = first; depth <= last; depth += 1) {
    const y = depth * ROW - window.top;
    for (const cell of rows[depth]) {
      paintCell(canvas, tree, cell, y, depth, marks, palette);
      drawn += 1;
    }
  }
  canvas.globalAlpha = 1;
  return drawn;
}

/**
 * @param {CanvasRenderingContext2D} canvas @param {Tree} tree @param {Cell} cell @param {number} y
 * @param {number} depth @param {Marks} marks @param {ReturnType<typeof colours>} palette
 */
function paintCell(canvas, tree, cell, y, depth, marks, palette) {
  const { node, x } = cell;
  const width = Math.max(cell.width - (cell.width > 3 ? 1 : 0), 0.5);
  const isFound = marks.found?.has(node) ?? false;
  const isFaded = marks.found ? !isFound : depth < marks.depth;
  canvas.globalAlpha = isFaded ? 0.4 : 1;
  canvas.fillStyle = isFound ? palette.found : fill(tree, node, palette);
  canvas.fillRect(x, y, width, ROW - 1);
  if (marks.path.has(node)) {
    canvas.globalAlpha = 1;
    outline(canvas, x, y, width, palette.selected, 2);
  }
  if (node >= 0 && (node === marks.hover || node === marks.focus)) {
    canvas.globalAlpha = 1;
    outline(canvas, x, y, width, palette.ink, node === marks.focus ? 2 : 1);
  }
  if (cell.width < NAMED || node < 0) return;
  canvas.globalAlpha = isFaded ? 0.65 : 1;
  canvas.fillStyle = isFound ? palette.onFound : palette.text;
  const name = node === 0 ? "all" : tree.names.short(tree.place[node]);
  canvas.fillText(fitted(canvas, name, width - 10), x + 5, y + ROW / 2);
}

/** @param {Tree} tree @param {number} node @param {ReturnType<typeof colours>} palette */
function fill(tree, node, palette) {
  if (node < 0) return palette.rule;
  const kind = node === 0 ? "mark" : tree.names.kind(tree.place[node]);
  const [hue, saturation, light] = palette.kinds[kind];
  const lighter = kind === "mark" ? 0 : shade(tree.names.keys[tree.place[node]]) * palette.step;
  return `hsl(${hue} ${saturation}% ${light + lighter}%)`;
}

/** @param {CanvasRenderingContext2D} canvas @param {number} x @param {number} y @param {number} width @param {string} colour @param {number} line */
function outline(canvas, x, y, width, colour, line) {
  canvas.strokeStyle = colour;
  canvas.lineWidth = line;
  canvas.strokeRect(x + line / 2, y + line / 2, Math.max(width - line, 0.5), ROW - 1 - line);
}

/** `text` cut to `width`. @param {CanvasRenderingContext2D} canvas @param {string} text @param {number} width */
function fitted(canvas, text, width) {
  // No name needs more letters than this to be known for too long.
  const begin = text.slice(0, Math.ceil(width / 3));
  const whole = canvas.measureText(begin).width;
  if (whole <= width && begin.length === text.length) return text;
  let keep = Math.max(1, Math.floor((begin.length * width) / Math.max(whole, width)));
  while (keep > 1 && canvas.measureText(`${begin.slice(0, keep)}…`).width > width) keep -= 1;
  return `${begin.slice(0, keep)}…`;
}
