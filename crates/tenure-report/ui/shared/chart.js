// One chart: axes, marks, and a line of text for what is under the pointer. SVG, drawn anew
// whenever its width changes, so that its letters keep their size.

import { html, svg } from "tenure/elements";

export { html, svg };

/**
 * @typedef {object} Axis
 * @property {number} low
 * @property {number} high
 * @property {number[]} ticks
 * @property {(value: number) => string} show
 * @property {boolean} [log]
 */

/** Where a value lies on an axis, 0 to 1. @param {Axis} axis @param {number} value */
function place(axis, value) {
  if (axis.log) {
    const low = Math.log(axis.low);
    return (Math.log(Math.max(value, axis.low)) - low) / (Math.log(axis.high) - low || 1);
  }
  return (value - axis.low) / (axis.high - axis.low || 1);
}

/** The value at a place, 0 to 1, of an axis. @param {Axis} axis @param {number} share */
function value(axis, share) {
  if (axis.log) {
    return Math.exp(Math.log(axis.low) + share * (Math.log(axis.high) - Math.log(axis.low)));
  }
  return axis.low + share * (axis.high - axis.low);
}

export class Chart {
  /**
   * @param {object} options
   * @param {string} options.title
   * @param {string} [options.note]
   * @param {Axis} options.x
   * @param {Axis} options.y
   * @param {number} [options.height]
   * @param {(x: number) => string | null} [options.at] what to say of a place on the x axis; without it the nearest point is read
   */
  constructor({ title, note, x, y, height = 230, at }) {
    this.axes = { x, y };
    this.room = { left: 74, right: 14, top: 12, bottom: 30 };
    this.height = height;
    this.width = 920;
    this.at = at;
    /** @type {{x: number, y: number, text: string}[]} */
    this.points = [];
    /** @type {(() => void)[]} */
    this.marks = [];
    this.element = html("section", "", "chart");
    this.element.append(html("h2", title));
    if (note) this.element.append(html("p", note, "note"));
    this.legend = html("p", "", "legend");
    this.element.append(this.legend);
    this.root = svg("svg", { role: "img", "aria-label": title });
    this.element.append(this.root);
    this.readout = html("p", "\u00a0", "readout");
    this.element.append(this.readout);
    this.drawAll();
    this.root.addEventListener("pointermove", (event) => this.read(/** @type {PointerEvent} */ (event)));
    this.root.addEventListener("pointerleave", () => this.unread());
    // A ruler of its own: what is drawn changes the height of everything else.
    const ruler = html("div");
    this.element.append(ruler);
    new ResizeObserver(() => this.fit()).observe(ruler);
  }

  /** Draws anew where the width has changed. */
  fit() {
    const width = Math.round(this.element.clientWidth);
    if (width < 80 || width === this.width) return;
    this.width = width;
    this.drawAll();
  }

  drawAll() {
    this.root.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.root.setAttribute("height", String(this.height));
    this.root.replaceChildren();
    this.drawAxes();
    for (const draw of this.marks) draw();
  }

  /** Draws now, and again with each new width. @param {() => void} draw */
  mark(draw) {
    this.marks.push(draw);
    draw();
  }

  /** @param {number} value */
  x(value) {
    const { left, right } = this.room;
    return left + place(this.axes.x, value) * (this.width - left - right);
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
      this.root.append(svg("line", { x1: left, x2: this.width - right, y1: y, y2: y, class: "grid" }));
      this.label(left - 8, y + 4, this.axes.y.show(tick), "end");
    }
    let free = -Infinity;
    for (const tick of this.axes.x.ticks) {
      const x = this.x(tick);
      this.root.append(svg("line", { x1: x, x2: x, y1: top, y2: this.height - bottom, class: "grid" }));
      const text = this.axes.x.show(tick);
      const anchor = x > this.width - right - 24 ? "end" : "middle";
      const at = anchor === "end" ? this.width - 2 : x;
      const begin = at - text.length * (anchor === "end" ? 6.6 : 3.3);
      // Narrow charts leave out labels that would touch the one before.
      if (begin < free) continue;
      free = begin + text.length * 6.6 + 8;
      this.label(at, this.height - bottom + 18, text, anchor);
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
    this.mark(() => {
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
    });
    this.name(kind, name);
  }

  /** @param {[number, number][]} points @param {string} kind @param {string} name */
  area(points, kind, name) {
    if (points.length === 0) return;
    this.mark(() => {
      const base = this.y(this.axes.y.low).toFixed(1);
      const first = this.x(points[0][0]).toFixed(1);
      const last = this.x(points[points.length - 1][0]).toFixed(1);
      const body = points.map(([x, y]) => `L${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`).join("");
      this.root.append(svg("path", { d: `M${first} ${base}${body}L${last} ${base}Z`, class: `area ${kind}` }));
    });
    this.name(kind, name);
  }

  /** @param {{x: number, y: number, text: string}[]} points @param {string} kind @param {string} name */
  dots(points, kind, name) {
    this.mark(() => {
      for (const { x, y } of points) {
        this.root.append(svg("circle", { cx: this.x(x).toFixed(1), cy: this.y(y).toFixed(1), r: 2.6, class: `dot ${kind}` }));
      }
    });
    this.points.push(...points);
    this.name(kind, name);
  }

  /** @param {{from: number, to: number, y: number, text: string}[]} bars @param {string} kind */
  bars(bars, kind) {
    this.mark(() => {
      const base = this.y(this.axes.y.low);
      for (const { from, to, y } of bars) {
        const [x, top] = [this.x(from), this.y(y)];
        const width = Math.max(1, this.x(to) - x - 1);
        this.root.append(svg("rect", { x, y: top, width, height: Math.max(0, base - top), class: `bar ${kind}` }));
      }
    });
    for (const { from, to, y, text } of bars) {
      this.points.push({ x: (from * to > 0 && this.axes.x.log) ? Math.sqrt(from * to) : (from + to) / 2, y, text });
    }
  }

  /** A line across, at a value of y. @param {number} value @param {string} text */
  level(value, text) {
    this.mark(() => {
      const { left, right } = this.room;
      const y = this.y(value);
      this.root.append(svg("line", { x1: left, x2: this.width - right, y1: y, y2: y, class: "level" }));
      this.label(this.width - right - 4, y - 5, text, "end");
    });
  }

  /** A line upright, at a value of x. @param {number} value @param {string} text @param {number} row */
  upright(value, text, row) {
    this.mark(() => {
      const { top, bottom } = this.room;
      const x = this.x(value);
      this.root.append(svg("line", { x1: x, x2: x, y1: top, y2: this.height - bottom, class: "level" }));
      const isRight = x + text.length * 6.6 > this.width - this.room.right;
      this.label(isRight ? x - 4 : x + 4, top + 12 + 15 * row, text, isRight ? "end" : "start");
    });
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
    const scale = this.width / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    if (this.at) return this.readAt(x);
    let best = null;
    let least = 40 ** 2;
    for (const point of this.points) {
      const distance = (this.x(point.x) - x) ** 2 + ((this.y(point.y) - y) / 3) ** 2;
      if (distance < least) [best, least] = [point, distance];
    }
    this.readout.textContent = best ? best.text : "\u00a0";
  }

  /** Says what is at `x` of the drawing, under an upright line. @param {number} x */
  readAt(x) {
    this.unread();
    const { left, right, top, bottom } = this.room;
    const share = (x - left) / (this.width - left - right);
    const text = share >= 0 && share <= 1 ? this.at?.(value(this.axes.x, share)) : null;
    if (text == null) return;
    this.cross = svg("line", { x1: x, x2: x, y1: top, y2: this.height - bottom, class: "cross" });
    this.root.append(this.cross);
    this.readout.textContent = text;
  }

  unread() {
    this.cross?.remove();
    this.readout.textContent = "\u00a0";
  }
}
