// What is told of one cell of the graph.

import { html } from "tenure/elements";
import { bytes, count, counted, percent } from "tenure/units";
import { METRICS } from "tenure/report/profile";

/** @typedef {import("tenure/report/tree").Tree} Tree */
/** @typedef {import("tenure/report/profile").Metric} Metric */

/** Lines of one function that are named one by one. */
const LINES = 3;

/** @param {Tree} tree @param {number} node @param {Metric} metric */
export function facts(tree, node, metric) {
  const { main, beside, of, isBytes } = METRICS[metric];
  const whole = tree.value(0, main) || 1;
  const value = tree.value(node, main);
  const parent = tree.parent[node] ?? -1;
  const figure = isBytes ? bytes(value) : counted(Math.round(value), "allocation");
  const second = Math.round(tree.value(node, beside));
  const other = isBytes ? `in ${counted(second, metric === "allocated" ? "allocation" : "block")}` : bytes(second);
  const share = `${percent(value / whole)} ${of}`;
  const ofParent = parent > 0 ? `, ${percent(value / (tree.value(parent, main) || 1))} of its parent` : "";
  return { name: node === 0 ? "all" : tree.names.name(tree.place[node]), figure: `${figure} ${other}`, share: share + ofParent };
}

/** `file:line` of a node, where they are known. @param {Tree} tree @param {number} node */
function where(tree, node) {
  const places = tree.places(node);
  const lines = [...new Set(places.map((place) => tree.names.lineWhole(place)).filter(Boolean))];
  const shown = lines.slice(0, LINES).join(", ");
  return lines.length > LINES ? `${shown} and ${count(lines.length - LINES)} more lines` : shown;
}

const WORDS = /** @type {Record<string, string>} */ ({
  own: "own code", library: "library", runtime: "allocates for its caller", mark: "not a function",
});

export class Tooltip {
  constructor() {
    this.element = html("div", "", "tooltip");
    this.element.hidden = true;
    this.element.setAttribute("role", "tooltip");
    document.body.append(this.element);
  }

  /** @param {Tree} tree @param {number} node @param {Metric} metric @param {number} x @param {number} y */
  show(tree, node, metric, x, y) {
    const { name, figure, share } = facts(tree, node, metric);
    const lines = [html("strong", name), html("span", figure, "figure"), html("span", share)];
    if (node > 0) {
      const place = tree.place[node];
      const file = where(tree, node);
      if (file) lines.push(html("code", file));
      const inlined = tree.names.isInlined(place) ? ", inlined" : "";
      const kind = WORDS[tree.names.kind(place)];
      const module = tree.names.module(place);
      lines.push(html("small", `${module ? `${module} · ` : ""}${kind}${inlined}`));
    }
    this.element.replaceChildren(...lines);
    this.element.hidden = false;
    const { width, height } = this.element.getBoundingClientRect();
    const room = document.documentElement.clientWidth;
    const left = Math.max(4, Math.min(x + 14, room - width - 8));
    const isLow = y + 18 + height > window.innerHeight;
    this.element.style.left = `${left}px`;
    this.element.style.top = `${Math.max(4, isLow ? y - height - 12 : y + 18)}px`;
  }

  /** Several cells too narrow to be drawn. @param {number} x @param {number} y */
  showMany(x, y) {
    this.element.replaceChildren(html("span", "Frames too narrow to draw; zoom into their caller."));
    this.element.hidden = false;
    this.element.style.left = `${x + 14}px`;
    this.element.style.top = `${y + 18}px`;
  }

  hide() {
    this.element.hidden = true;
  }
}
