// The graph: who called whom to allocate. Each row is a depth of the stack, each width a share.

import { button, html } from "tenure/elements";
import { bytes, count, counted, percent } from "tenure/units";
import { cellAt, layOut } from "tenure/report/layout";
import { ROW, colours, paint } from "tenure/report/paint";
import { METRICS } from "tenure/report/profile";
import { has } from "tenure/report/state";
import { Tooltip, facts } from "tenure/report/tooltip";
import { Tree } from "tenure/report/tree";
import { nothing } from "tenure/report/empty";

/** @typedef {import("tenure/report/state").State} State */
/** @typedef {import("tenure/report/profile").Names} Names */

/** Breadcrumbs that are written out; of more the middle is left out. */
const CRUMBS = 6;

export class Graph {
  /** @param {State} state @param {Names} names */
  constructor(state, names) {
    this.state = state;
    this.names = names;
    this.inverted = false;
    this.words = "";
    this.zoom = 0;
    this.hover = -1;
    this.focus = -1;
    this.width = 0;
    /** @type {import("tenure/report/layout").Cell[][]} */
    this.rows = [];
    this.tooltip = new Tooltip();
    this.element = html("section", "", "graph");
    this.element.id = "graph";
    this.build();
    this.listen();
    this.tree = new Tree(state.view, names, false);
    state.on("view", () => this.regrow());
    state.on("metric", () => this.refresh());
    state.on("site", () => this.showSite());
  }

  build() {
    this.title = html("h2", "Call stacks that allocate");
    this.gloss = html("p", "", "note");
    const bar = html("div", "", "tools");
    this.orders = [false, true].map((inverted) => {
      const text = inverted ? "Allocation sites first" : "Callers first";
      return button(text, "switch", () => this.setInverted(inverted));
    });
    const group = html("div", "", "group");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Order of frames");
    group.append(...this.orders);
    this.search = html("input");
    Object.assign(this.search, { type: "search", placeholder: "Search functions, files, modules", id: "search" });
    this.search.setAttribute("aria-label", "Search the graph");
    this.result = html("span", "", "result");
    this.result.setAttribute("aria-live", "polite");
    bar.append(group, this.search, this.result);
    this.crumbs = html("nav", "", "crumbs");
    this.crumbs.setAttribute("aria-label", "Zoomed into");
    this.box = html("div", "", "box");
    this.box.tabIndex = 0;
    this.box.setAttribute("role", "application");
    this.box.setAttribute("aria-label", "Call graph. Arrow keys move, Enter zooms in, Escape zooms out, slash searches.");
    this.spacer = html("div", "", "spacer");
    this.canvas = html("canvas");
    this.spacer.append(this.canvas);
    this.box.append(this.spacer);
    this.empty = html("p", "", "empty");
    this.told = html("p", "", "readout");
    this.told.setAttribute("aria-live", "polite");
    /** What is there only with a graph. */
    this.around = [this.gloss, bar, this.crumbs, this.told, legend()];
    this.element.append(this.title, this.gloss, bar, this.crumbs, this.box, this.empty, ...this.around.slice(3));
  }

  listen() {
    this.search?.addEventListener("input", () => this.find(this.search?.value ?? ""));
    this.search?.addEventListener("keydown", (event) => this.searchKey(event));
    this.canvas?.addEventListener("pointermove", (event) => this.point(event));
    this.canvas?.addEventListener("pointerleave", () => this.leave());
    this.canvas?.addEventListener("click", (event) => this.click(event));
    this.box?.addEventListener("scroll", () => this.draw());
    this.box?.addEventListener("keydown", (event) => this.key(event));
    this.box?.addEventListener("blur", () => this.setFocus(-1));
    document.addEventListener("keydown", (event) => {
      const isTyped = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key !== "/" || isTyped || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.search?.focus();
    });
    // A ruler of its own: what is drawn changes the height of everything else.
    const ruler = html("div");
    this.element.append(ruler);
    new ResizeObserver(() => this.fit()).observe(ruler);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    for (const moment of ["beforeprint", "afterprint"]) addEventListener(moment, () => this.draw());
  }

  get figure() {
    return METRICS[this.state.metric].main;
  }

  /** Makes the tree anew: another view, or another order. */
  regrow() {
    this.tree = new Tree(this.state.view, this.names, this.inverted);
    this.zoom = 0;
    this.hover = -1;
    this.focus = -1;
    this.showPath();
    this.refresh();
  }

  /** @param {boolean} inverted */
  setInverted(inverted) {
    if (inverted === this.inverted) return;
    this.inverted = inverted;
    this.regrow();
  }

  /** Draws anew where the width has changed. */
  fit() {
    if (this.box && !this.box.hidden && this.box.clientWidth !== this.width) this.refresh();
  }

  /** Lays out and draws everything anew. */
  refresh() {
    if (!this.tree || !this.box || !this.empty) return;
    const isThere = has(this.state.view, this.state.metric);
    this.box.hidden = !isThere;
    for (const part of this.around ?? []) part.hidden = !isThere;
    this.empty.hidden = isThere;
    this.empty.textContent = isThere ? "" : nothing(this.state);
    this.orders?.forEach((order, at) => order.setAttribute("aria-pressed", String(Boolean(at) === this.inverted)));
    if (this.gloss) {
      const order = this.inverted ? "The sites of allocation stand above, their callers below." : "Callers stand above, what they call below.";
      this.gloss.textContent = `The width of a frame is its share ${METRICS[this.state.metric].of}. ${order}`;
    }
    if (this.tree.value(this.zoom, this.figure) === 0) this.zoom = 0;
    this.find(this.words, false);
    this.width = this.box.clientWidth;
    this.rows = isThere ? layOut(this.tree, this.figure, this.zoom, this.width) : [];
    if (this.spacer) this.spacer.style.height = `${this.rows.length * ROW}px`;
    this.writeCrumbs();
    this.draw();
  }

  draw() {
    const { canvas, box } = this;
    if (!canvas || !box || !this.tree || box.hidden) return;
    const height = Math.min(box.clientHeight, this.rows.length * ROW);
    const ratio = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(this.width * ratio), Math.round(height * ratio)];
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const marks = {
      found: this.found ?? null, path: this.path ?? new Set(), hover: this.hover, focus: this.focus,
      depth: this.tree.path(this.zoom).length - 1,
    };
    const window_ = { top: box.scrollTop, height, width: this.width };
    const drawn = paint(context, this.tree, this.rows, window_, marks, colours());
    canvas.dataset.cells = String(drawn);
  }

  /** @param {number} node */
  setZoom(node) {
    this.zoom = node;
    this.refresh();
    // The row of the zoomed frame stays in sight.
    if (this.box && this.tree) {
      const row = this.tree.path(node).length - 1;
      this.box.scrollTop = Math.max(0, (row - 2) * ROW);
    }
    this.draw();
  }

  writeCrumbs() {
    if (!this.crumbs || !this.tree) return;
    const path = this.tree.path(this.zoom);
    const shown = path.length <= CRUMBS ? path : [path[0], -1, ...path.slice(1 - CRUMBS)];
    const crumbs = shown.map((node) => {
      if (node < 0) return html("span", "…");
      const place = this.tree.place[node];
      const crumb = button(node === 0 ? "all" : this.names.short(place), "crumb", () => this.setZoom(node));
      crumb.title = node === 0 ? "" : this.names.name(place);
      if (node === this.zoom) crumb.setAttribute("aria-current", "true");
      return crumb;
    });
    this.crumbs.replaceChildren(...crumbs);
    if (this.zoom > 0) this.crumbs.append(button("Reset zoom", "reset", () => this.setZoom(0)));
  }

  /** @param {string} text @param {boolean} [draws] */
  find(text, draws = true) {
    this.words = text.trim().toLowerCase();
    this.found = null;
    this.foundSum = 0;
    let told = "";
    if (this.words && this.tree) {
      const { found, sum, functions } = this.tree.search(this.words, this.figure);
      const { of, isBytes } = METRICS[this.state.metric];
      this.found = found;
      const share = percent(sum / (this.tree.value(0, this.figure) || 1));
      const figure = isBytes ? bytes(sum) : count(Math.round(sum));
      told = found.size === 0 ? "nothing found" : `${counted(functions, "function")} found: ${figure}, ${share} ${of}`;
    }
    if (this.result) this.result.textContent = told;
    if (draws) this.draw();
  }

  /** @param {KeyboardEvent} event */
  searchKey(event) {
    if (event.key === "Enter" && this.found && this.tree) {
      let best = 0;
      for (const node of this.found) if (best === 0 || this.tree.value(node, this.figure) > this.tree.value(best, this.figure)) best = node;
      this.setZoom(best);
    } else if (event.key === "Escape" && this.search) {
      this.search.value = "";
      this.find("");
    }
  }

  /** The path of the selected site. */
  showPath() {
    const { site } = this.state;
    this.path = new Set(site === null || !this.tree ? [] : this.tree.path(this.tree.ofSite[site]).slice(1));
  }

  /** Marks the selected site, and zooms out where it is not in what is zoomed into. */
  showSite() {
    this.showPath();
    if (this.path?.size && this.zoom !== 0 && !this.path.has(this.zoom)) this.zoom = 0;
    this.refresh();
    const rows = this.rows.findLastIndex((row) => row.some((cell) => this.path?.has(cell.node)));
    if (this.box && rows * ROW > this.box.scrollTop + this.box.clientHeight - ROW) this.box.scrollTop = (rows + 2) * ROW - this.box.clientHeight;
    this.draw();
  }

  /** @param {MouseEvent} event */
  under(event) {
    const box = this.canvas?.getBoundingClientRect();
    if (!box || !this.box) return null;
    const row = Math.floor((event.clientY - box.top + this.box.scrollTop) / ROW);
    return cellAt(this.rows[row], event.clientX - box.left);
  }

  /** @param {PointerEvent} event */
  point(event) {
    const cell = this.under(event);
    const node = cell ? cell.node : -1;
    if (cell && cell.node < 0) this.tooltip.showMany(event.clientX, event.clientY);
    else if (cell) this.tooltip.show(this.tree, node, this.state.metric, event.clientX, event.clientY);
    else this.tooltip.hide();
    if (node === this.hover) return;
    this.hover = node;
    this.draw();
  }

  leave() {
    this.hover = -1;
    this.tooltip.hide();
    this.draw();
  }

  /** @param {MouseEvent} event */
  click(event) {
    const cell = this.under(event);
    if (cell && cell.node >= 0) this.setZoom(cell.node);
  }

  /** @param {number} node */
  setFocus(node) {
    this.focus = node;
    if (node >= 0 && this.told && this.box) {
      const { name, figure, share } = facts(this.tree, node, this.state.metric);
      this.told.textContent = `${name}: ${figure}, ${share}`;
      const row = this.tree.path(node).length - 1;
      const top = this.box.scrollTop;
      if (row * ROW < top) this.box.scrollTop = row * ROW;
      if ((row + 1) * ROW > top + this.box.clientHeight) this.box.scrollTop = (row + 1) * ROW - this.box.clientHeight;
    }
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { focus, tree } = this;
    const parent = focus > 0 ? tree.parent[focus] : 0;
    const siblings = focus > 0 ? tree.children(parent, this.figure) : null;
    const at = siblings ? siblings.indexOf(focus) : -1;
    /** @type {Record<string, () => void>} */
    const acts = {
      ArrowDown: () => this.setFocus(focus < 0 ? this.zoom : tree.children(focus, this.figure)[0] ?? focus),
      ArrowUp: () => this.setFocus(parent),
      ArrowLeft: () => this.setFocus(siblings?.[at - 1] ?? focus),
      ArrowRight: () => this.setFocus(siblings?.[at + 1] ?? focus),
      Enter: () => focus >= 0 && this.setZoom(focus),
      Home: () => this.setZoom(0),
      Escape: () => this.setZoom(Math.max(0, tree.parent[this.zoom])),
      Backspace: () => this.setZoom(Math.max(0, tree.parent[this.zoom])),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }
}

function legend() {
  const line = html("p", "", "legend");
  const kinds = [["own", "own code"], ["library", "libraries"], ["runtime", "runtime and containers, which allocate for their caller"], ["mark", "no function"]];
  for (const [kind, text] of kinds) {
    const entry = html("span", text, "entry");
    entry.prepend(html("i", "", `kind-${kind}`));
    line.append(entry);
  }
  line.append(html("span", "Click or Enter zooms in, Escape zooms out, / searches.", "entry"));
  return line;
}
