// Rectangles whose areas go with numbers, as near to squares as they can be.

/** @typedef {{x: number, y: number, width: number, height: number}} Box */

/**
 * Fills `box` with one rectangle for each value. Values are positive and fall; rows of them are
 * laid along the shorter side for as long as that makes the worst of a row better.
 * @param {number[]} values @param {Box} box @returns {Box[]}
 */
export function squares(values, box) {
  const sum = values.reduce((all, value) => all + value, 0);
  /** @type {Box[]} */
  const boxes = [];
  if (sum <= 0 || box.width <= 0 || box.height <= 0) return values.map(() => ({ ...box, width: 0, height: 0 }));
  const scale = (box.width * box.height) / sum;
  let rest = { ...box };
  let at = 0;
  while (at < values.length) {
    const side = Math.min(rest.width, rest.height);
    let end = at + 1;
    let area = values[at] * scale;
    let best = worst(values[at] * scale, values[at] * scale, area, side);
    while (end < values.length) {
      const next = area + values[end] * scale;
      const ratio = worst(values[at] * scale, values[end] * scale, next, side);
      if (ratio > best) break;
      best = ratio;
      area = next;
      end += 1;
    }
    rest = row(values.slice(at, end).map((value) => value * scale), area, rest, boxes);
    at = end;
  }
  return boxes;
}

/** How far from a square the worst of a row is. @param {number} most @param {number} least @param {number} area @param {number} side */
function worst(most, least, area, side) {
  const square = side * side;
  return Math.max((square * most) / (area * area), (area * area) / (square * least));
}

/** Lays a row; gives what is left. @param {number[]} areas @param {number} area @param {Box} rest @param {Box[]} into @returns {Box} */
function row(areas, area, rest, into) {
  const isTall = rest.width >= rest.height;
  const depth = Math.min(area / (isTall ? rest.height : rest.width), isTall ? rest.width : rest.height);
  let along = isTall ? rest.y : rest.x;
  for (const one of areas) {
    const length = depth > 0 ? one / depth : 0;
    into.push(isTall ? { x: rest.x, y: along, width: depth, height: length } : { x: along, y: rest.y, width: length, height: depth });
    along += length;
  }
  return isTall
    ? { x: rest.x + depth, y: rest.y, width: rest.width - depth, height: rest.height }
    : { x: rest.x, y: rest.y + depth, width: rest.width, height: rest.height - depth };
}
