// One chart: axes, marks, and a line of text for what is under the pointer. SVG.

const SPACE = "http://www.w3.org/2000/svg";
/** Of the page's column, so that a unit of the drawing is a pixel and labels can be read on a phone. */
const WIDTH = Math.max(300, Math.min(920, document.documentElement.clientWidth - 40));
/** Labels of the lower axis stand at least so far apart. */
const LABEL_WIDTH = 62;

/**
 * @typedef {object} Axis
 * @property {number} low
 * @property {number} high
 * @property {number[]} ticks
 * @property {(value: number) => string} show
 * @property {boolean} [log]
 */

/** @param {string} name @param {Record<string, string | number>} attributes */
export function svg(name, attributes) {
  const element = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** @param {string} name @param {string} [text] @param {string} [kind] */
export function html(name, text = "", kind = "") {
  const element = document.createElement(name);
  element.textContent = text;
  if (kind) element.className = kind;
  return element;
}

/** Where a value lies on an axis, 0 to 1. @param {Axis} axis @param {number} value */
function place(axis, value) {
  if (axis.log) {
    const low = Math.log(axis.low);
    return (Math.log(Math.max(value, axis.low)) - low) / (Math.log(axis.high) - low || 1);
  }
  return (value - axis.low) / (axis.high - axis.low || 1);
}

export class Chart {
  /** @param {{title: string, note?: string, x: Axis, y: Axis, height?: number}} options */
  constructor({ title, note, x, y, height = 230 }) {
    this.axes = { x, y };
    this.room = { left: 74, right: 14, top: 12, bottom: 30 };
    this.height = height;
    /** @type {{x: number, y: number, text: string}[]} */
    this.points = [];
    this.element = html("section", "", "chart");
    this.element.append(html("h2", title));
    if (note) this.element.append(html("p", note, "note"));
    this.legend = html("p", "", "legend");
    this.element.append(this.legend);
    this.root = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": title });
    this.element.append(this.root);
    this.readout = html("p", "\u00a0", "readout");
    this.element.append(this.readout);
    this.drawAxes();
    this.root.addEventListener("pointermove", (event) => this.read(event));
  }

  /** @param {number} value */
  x(value) {
    const { left, right } = this.room;
    return left + place(this.axes.x, value) * (WIDTH - left - right);
  }

  /** @param {number} value */
  y(value) {
    const { top, bottom } = this.room;
    return this.height - bottom - place(this.axes.y, value) * (this.height - top - bottom);
  }

  drawAxes() {
    const { left, right, top, bottom } = this.room;
    for (const tick of this.axes.y.ticks) {
      const y = this.y(tick);
      this.root.append(svg("line", { x1: left, x2: WIDTH - right, y1: y, y2: y, class: "grid" }));
      this.label(left - 8, y + 4, this.axes.y.show(tick), "end");
    }
    let free = -Infinity;
    for (const tick of this.axes.x.ticks) {
      const x = this.x(tick);
      this.root.append(svg("line", { x1: x, x2: x, y1: top, y2: this.height - bottom, class: "grid" }));
      if (x < free) continue;
      free = x + LABEL_WIDTH;
      const anchor = x > WIDTH - right - 24 ? "end" : "middle";
      this.label(anchor === "end" ? WIDTH - 2 : x, this.height - bottom + 18, this.axes.x.show(tick), anchor);
    }
  }

  /** @param {number} x @param {number} y @param {string} text @param {string} anchor */
  label(x, y, text, anchor) {
    const label = svg("text", { x, y, "text-anchor": anchor, class: "label" });
    label.textContent = text;
    this.root.append(label);
  }

  /** @param {[number, number][]} points @param {string} kind @param {string} name @param {boolean} [stepped] */
  line(points, kind, name, stepped = false) {
    let path = "";
    let before = 0;
    points.forEach(([x, y], index) => {
      const [at, to] = [this.x(x), this.y(y)];
      if (index === 0) path = `M${at.toFixed(1)} ${to.toFixed(1)}`;
      else if (stepped) path += `L${at.toFixed(1)} ${before.toFixed(1)}L${at.toFixed(1)} ${to.toFixed(1)}`;
      else path += `L${at.toFixed(1)} ${to.toFixed(1)}`;
      before = to;
    });
    this.root.append(svg("path", { d: path, class: `line ${kind}` }));
    this.name(kind, name);
  }

  /** @param {[number, number][]} points @param {string} kind @param {string} name */
  area(points, kind, name) {
    if (points.length === 0) return;
    const base = this.y(this.axes.y.low).toFixed(1);
    const first = this.x(points[0][0]).toFixed(1);
    const last = this.x(points[points.length - 1][0]).toFixed(1);
    const body = points.map(([x, y]) => `L${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`).join("");
    this.root.append(svg("path", { d: `M${first} ${base}${body}L${last} ${base}Z`, class: `area ${kind}` }));
    this.name(kind, name);
  }

  /** @param {{x: number, y: number, text: string}[]} points @param {string} kind @param {string} name */
  dots(points, kind, name) {
    for (const { x, y } of points) {
      this.root.append(svg("circle", { cx: this.x(x).toFixed(1), cy: this.y(y).toFixed(1), r: 2.6, class: `dot ${kind}` }));
    }
    this.points.push(...points);
    this.name(kind, name);
  }

  /** @param {{from: number, to: number, y: number, text: string}[]} bars @param {string} kind */
  bars(bars, kind) {
    const base = this.y(this.axes.y.low);
    for (const { from, to, y, text } of bars) {
      const [x, top] = [this.x(from), this.y(y)];
      const width = Math.max(1, this.x(to) - x - 1);
      this.root.append(svg("rect", { x, y: top, width, height: Math.max(0, base - top), class: `bar ${kind}` }));
      this.points.push({ x: (from * to > 0 && this.axes.x.log) ? Math.sqrt(from * to) : (from + to) / 2, y, text });
    }
  }

  /** A line across, at a value of y. @param {number} value @param {string} text */
  level(value, text) {
    const { left, right } = this.room;
    const y = this.y(value);
    this.root.append(svg("line", { x1: left, x2: WIDTH - right, y1: y, y2: y, class: "level" }));
    this.label(WIDTH - right - 4, y - 5, text, "end");
  }

  /** A line upright, at a value of x. @param {number} value @param {string} text @param {number} row */
  upright(value, text, row) {
    const { top, bottom } = this.room;
    const x = this.x(value);
    this.root.append(svg("line", { x1: x, x2: x, y1: top, y2: this.height - bottom, class: "level" }));
    const isRight = x > WIDTH - 130;
    this.label(isRight ? x - 4 : x + 4, top + 12 + 15 * row, text, isRight ? "end" : "start");
  }

  /** @param {string} kind @param {string} name */
  name(kind, name) {
    if (!name) return;
    const entry = html("span", name, "entry");
    entry.prepend(html("i", "", kind));
    this.legend.append(entry);
  }

  /** @param {PointerEvent} event */
  read(event) {
    const box = this.root.getBoundingClientRect();
    const scale = WIDTH / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    let best = null;
    let least = 40 ** 2;
    for (const point of this.points) {
      const distance = (this.x(point.x) - x) ** 2 + ((this.y(point.y) - y) / 3) ** 2;
      if (distance < least) [best, least] = [point, distance];
    }
    this.readout.textContent = best ? best.text : "\u00a0";
  }
}
