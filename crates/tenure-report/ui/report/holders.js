// Who holds the memory: a map of what each retains, which zooms from the roots into the heap.

import { button, html } from "tenure/elements";
import { bytes, count, counted, percent, time } from "tenure/units";
import { squares } from "tenure/report/treemap";

/** @typedef {import("tenure/report/heap").Heap} Heap */
/** @typedef {import("tenure/report/treemap").Box} Box */

/** Height of the line with a name, in pixels, and the least that a box with one has. */
const HEAD = 19;
const NAMED = { width: 46, height: 17 };
/** Boxes inside a box are drawn where it is at least as large. */
const OPENED = { width: 70, height: 52 };
const SHAPE = { least: 260, most: 600, share: 0.42 };
/** Levels that are drawn inside each other. */
const LEVELS = 5;

export class Holders {
  /** @param {Heap[]} heaps @param {(heap: Heap, stack: number) => void} showWay */
  constructor(heaps, showWay) {
    this.heaps = heaps;
    this.heap = heaps[0];
    this.showWay = showWay;
    this.focus = -1;
    this.words = "";
    /** @type {number[]} */
    this.found = [];
    this.width = 0;
    this.element = html("section", "", "holders");
    this.gloss = html("p", "", "note");
    this.hint = html("p", "", "hint");
    this.search = html("input");
    this.result = html("span", "", "result");
    this.crumbs = html("nav", "", "crumbs");
    this.map = html("div", "", "treemap");
    this.told = html("div", "", "readout told");
    this.list = html("ol", "", "lines");
    this.build();
    // What is drawn has a height of its own: it is drawn behind the round of the observer.
    new ResizeObserver(() => requestAnimationFrame(() => {
      if (this.map.clientWidth !== this.width) this.draw();
    })).observe(this.element);
    this.show();
  }

  build() {
    const bar = html("div", "", "tools");
    const select = processes(this.heaps, (heap) => {
      this.heap = heap;
      this.focus = -1;
      this.show();
    });
    Object.assign(this.search, { type: "search", placeholder: "Search roots, functions, files", id: "holder-search" });
    this.search.setAttribute("aria-label", "Search the holders");
    this.search.addEventListener("input", () => this.find(this.search.value));
    this.search.addEventListener("keydown", (event) => this.searchKey(event));
    this.result.setAttribute("aria-live", "polite");
    if (select) bar.append(select);
    bar.append(this.search, this.result);
    this.crumbs.setAttribute("aria-label", "Holders from the roots");
    this.map.setAttribute("role", "group");
    this.map.addEventListener("keydown", (event) => this.key(event));
    this.map.addEventListener("click", (event) => this.open(lineUnder(event)));
    this.map.addEventListener("pointerover", (event) => this.tell(lineUnder(event) ?? this.focus));
    this.map.addEventListener("pointerleave", () => this.tell(this.focus));
    this.told.setAttribute("aria-live", "polite");
    this.element.append(html("h2", "Who holds the memory"), this.gloss, this.hint, bar, this.crumbs, this.map, this.told, legend(), this.list);
  }

  show() {
    const { data } = this.heap;
    const pause = data.pause_ns > 0 ? ` The process stood still for ${time(data.pause_ns / 1e9)} to be looked at.` : "";
    this.gloss.textContent = `${bytes(data.total_bytes)} in ${counted(data.total_blocks, "block")} were in use. Each box is as large as what it retains: what would be freed without it. At the top stand the roots: variables, frames of threads, registers.${pause}`;
    this.hint.textContent = data.hint ?? "";
    this.hint.hidden = !data.hint;
    this.find(this.words);
    this.enter(this.focus);
  }

  /** @param {number} line */
  enter(line) {
    this.focus = line;
    const path = this.heap.path(line);
    this.crumbs.replaceChildren(...path.map((at, depth) => {
      const isLast = depth === path.length - 1;
      const crumb = button(at < 0 ? "roots" : this.heap.name(at), "crumb", () => this.enter(at));
      if (isLast) crumb.setAttribute("aria-current", "true");
      return crumb;
    }));
    this.draw();
    this.tell(line);
    this.writeList();
  }

  /** Enters a line, or where it holds nothing, who holds it. @param {number | null} line */
  open(line) {
    if (line === null || line === this.focus) return;
    const holder = this.heap.children(line).length > 0 ? line : this.heap.data.tree.parent[line];
    if (holder !== this.focus) this.enter(holder);
  }

  /** The parts of a line: what it holds, and its own blocks. @param {number} line */
  parts(line) {
    const children = this.heap.children(line);
    const parts = children.map((child) => ({ line: child, bytes: this.heap.retained(child) }));
    const own = line < 0 ? 0 : this.heap.data.tree.own_bytes[line];
    if (own > 0 && children.length > 0) parts.push({ line, bytes: own });
    return parts.filter((part) => part.bytes > 0).sort((one, two) => two.bytes - one.bytes);
  }

  draw() {
    const width = this.map.clientWidth;
    this.width = width;
    if (width === 0) return;
    const height = Math.round(Math.min(SHAPE.most, Math.max(SHAPE.least, width * SHAPE.share)));
    this.map.style.height = `${height}px`;
    let parts = this.parts(this.focus);
    if (parts.length === 0 && this.focus >= 0) parts = [{ line: this.focus, bytes: this.heap.retained(this.focus) }];
    const boxes = squares(parts.map((part) => part.bytes), { x: 0, y: 0, width, height });
    const cells = parts.map((part, at) => this.cell(part.line, part.bytes, boxes[at], 0));
    this.map.replaceChildren(...cells.filter((cell) => cell !== null));
  }

  /** @param {number} line @param {number} size @param {Box} box @param {number} depth @returns {HTMLElement | null} */
  cell(line, size, box, depth) {
    if (box.width < 2 || box.height < 2) return null;
    const isOwn = line === this.focus;
    const isOpen = !isOwn && this.heap.children(line).length > 0;
    const cell = depth === 0 ? button("", "cell", () => {}) : html("div", "", "cell");
    cell.classList.add(`hold-${this.heap.colour(line)}`);
    cell.dataset.line = String(line);
    cell.style.setProperty("--depth", String(depth));
    if (this.words && this.heap.textOf(line).includes(this.words)) cell.classList.add("found");
    Object.assign(cell.style, { left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` });
    const name = isOwn ? "its own blocks" : this.heap.name(line);
    if (box.width >= NAMED.width && box.height >= NAMED.height) {
      const head = html("span", name, "head");
      head.append(html("small", bytes(size)));
      cell.append(head);
    }
    if (depth === 0) {
      cell.setAttribute("aria-label", `${name}: ${bytes(size)}, ${percent(size / this.heap.data.total_bytes)}${isOpen ? ", opens" : ""}`);
      cell.addEventListener("focus", () => this.tell(line));
    }
    if (isOpen && depth < LEVELS && box.width >= OPENED.width && box.height >= OPENED.height) cell.append(...this.inside(line, box, depth + 1));
    return cell;
  }

  /** @param {number} line @param {Box} box @param {number} depth */
  inside(line, box, depth) {
    const parts = this.parts(line).filter((part) => part.line !== line);
    const whole = this.heap.retained(line);
    const shown = parts.reduce((sum, part) => sum + part.bytes, 0);
    const room = { x: 3, y: HEAD, width: box.width - 8, height: (box.height - HEAD - 5) * Math.min(1, shown / (whole || 1)) };
    const boxes = squares(parts.map((part) => part.bytes), room);
    const cells = parts.map((part, at) => this.cell(part.line, part.bytes, boxes[at], depth));
    return cells.filter((cell) => cell !== null);
  }

  /** Tells of a line. @param {number} line */
  tell(line) {
    const { heap } = this;
    const size = heap.retained(line);
    const own = line < 0 ? 0 : heap.data.tree.own_bytes[line];
    const blocks = heap.blocks(line);
    const figures = [`${bytes(size)}, ${percent(size / (heap.data.total_bytes || 1))}`, blocks && own < size ? `${blocks} of ${bytes(own)}` : blocks];
    this.told.replaceChildren(html("strong", heap.name(line)), ` ${figures.filter(Boolean).join(" · ")}`, html("small", line < 0 ? "" : heap.where(line)));
  }

  /** The same as text: the lines of what is entered. */
  writeList() {
    const lines = this.heap.children(this.focus);
    this.list.replaceChildren(...lines.map((line) => {
      const item = html("li");
      const isOpen = this.heap.children(line).length > 0;
      const name = isOpen ? button(this.heap.name(line), "open", () => this.enter(line)) : html("span", this.heap.name(line), "open");
      const size = this.heap.retained(line);
      item.append(html("b", bytes(size)), html("span", percent(size / (this.heap.data.total_bytes || 1)), "share"), name);
      const about = html("small", [this.heap.blocks(line), this.heap.where(line)].filter(Boolean).join(" · "));
      item.append(about);
      if (this.heap.kind(line) === "site") {
        const stack = this.heap.data.tree.what[line];
        if (this.heap.data.ways.some((way) => way.stack === stack)) {
          item.append(button("way to it", "show", () => this.showWay(this.heap, stack)));
        }
      }
      return item;
    }));
  }

  /** @param {string} text */
  find(text) {
    this.words = text.trim().toLowerCase();
    this.found = [];
    if (this.words) for (let line = 0; line < this.heap.lines; line += 1) if (this.heap.textOf(line).includes(this.words)) this.found.push(line);
    this.found.sort((one, two) => this.heap.retained(two) - this.heap.retained(one));
    this.result.textContent = !this.words ? "" : this.found.length === 0 ? "nothing found" : `${count(this.found.length)} found; Enter goes to the largest`;
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  searchKey(event) {
    if (event.key === "Enter" && this.found.length) {
      const [first] = this.found;
      this.enter(this.heap.children(first).length > 0 ? first : this.heap.data.tree.parent[first]);
    } else if (event.key === "Escape") {
      this.search.value = "";
      this.find("");
    }
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const cells = /** @type {HTMLElement[]} */ ([...this.map.children]);
    const at = cells.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) cells[Math.min(cells.length - 1, Math.max(0, at + step))]?.focus();
    else if (event.key === "Escape" || event.key === "Backspace") {
      if (this.focus >= 0) this.enter(this.heap.data.tree.parent[this.focus]);
      /** @type {HTMLElement | null} */ (this.map.firstElementChild)?.focus();
    } else return;
    event.preventDefault();
  }
}

/** The line whose box the pointer is on. @param {Event} event */
function lineUnder(event) {
  const cell = event.target instanceof Element ? event.target.closest(".cell") : null;
  const line = cell instanceof HTMLElement ? cell.dataset.line : undefined;
  return line === undefined ? null : Number(line);
}

/** The choice of a process, where several heaps were looked at. @param {Heap[]} heaps @param {(heap: Heap) => void} chosen */
export function processes(heaps, chosen) {
  if (heaps.length < 2) return null;
  const label = html("label", "", "processes");
  const select = html("select");
  heaps.forEach((heap, at) => {
    const option = html("option", heap.title);
    option.value = String(at);
    select.append(option);
  });
  select.addEventListener("change", () => chosen(heaps[Number(select.value)]));
  label.append(html("span", "Process"), select);
  return label;
}

function legend() {
  const line = html("p", "", "legend");
  const kinds = [["place", "roots"], ["own", "own code"], ["library", "libraries"], ["runtime", "runtime"], ["lost", "lost"]];
  for (const [kind, text] of kinds) {
    const entry = html("span", text, "entry");
    entry.prepend(html("i", "", `hold-${kind}`));
    line.append(entry);
  }
  line.append(html("span", "A click or Enter goes in, Escape back, arrow keys move.", "entry"));
  return line;
}
