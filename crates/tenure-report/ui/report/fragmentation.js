// What the heap holds and why: a bar in parts, a table by size class, a table by site.

import { button, html } from "tenure/elements";
import { bytes, count, counted, percent } from "tenure/units";

/** @typedef {import("tenure/report/profile").Names} Names */
/** @typedef {import("tenure/report/profile").HeldData} HeldData */

/** Rows shown at first, and added by each "more". */
const ROWS = 50;

/** Parts of what is held, in the order of the data. */
const PARTS = ["live", "internal waste", "pinned free", "cached"];
const GLOSSES = [
  "asked for, in use", "in the same blocks, not asked for",
  "free slots beside blocks in use: cannot go back to the kernel", "free and still resident, pinned by nobody",
];
/** @type {Record<string, string>} */
const WHEN = { exit: "at exit", request: "while the program ran", call: "when the program asked" };

export class Fragmentation {
  /** @param {HeldData} data @param {Names} names */
  constructor(data, names) {
    this.data = data;
    this.names = names;
    this.shown = ROWS;
    /** @type {Set<number>} */
    this.open = new Set();
    this.element = html("section", "", "fragmentation");
    const many = data.processes > 1 ? ` in ${count(data.processes)} processes; what a fork shares counts in each` : "";
    const when = WHEN[data.reason] ?? "when it was counted";
    this.element.append(
      html("h2", "Fragmentation"),
      html("p", `${bytes(data.held_bytes)} are held by the heap ${when}${many}.`, "note"),
      this.bar(data.parts, data.held_bytes), this.legend(), this.beside(),
    );
    for (const text of data.advice) this.element.append(html("p", text, "hint"));
    this.element.append(html("h3", "Size classes"), this.classes());
    this.body = html("tbody");
    this.more = button("", "more", () => {
      this.shown *= 2;
      this.write();
    });
    this.element.append(html("h3", "Sites that pin"), this.sites(), this.more);
    this.write();
  }

  /** A bar whose parts are as wide as their share. @param {number[]} parts @param {number} whole */
  bar(parts, whole) {
    const bar = html("div", "", "split");
    bar.setAttribute("role", "img");
    bar.setAttribute("aria-label", PARTS.map((name, at) => `${name} ${bytes(parts[at])}`).join(", "));
    parts.forEach((part, at) => {
      if (part === 0 || whole === 0) return;
      const piece = html("i", "", `part-${at}`);
      piece.style.width = `${100 * part / whole}%`;
      piece.title = `${PARTS[at]}: ${bytes(part)}, ${percent(part / whole)}`;
      bar.append(piece);
    });
    return bar;
  }

  legend() {
    const list = html("dl", "", "figures parts");
    this.data.parts.forEach((part, at) => {
      const item = html("div");
      const name = html("dt", "", "entry");
      name.append(html("i", "", `part-${at}`), PARTS[at]);
      const share = this.data.held_bytes > 0 ? percent(part / this.data.held_bytes) : "";
      const figure = html("dd", bytes(part));
      figure.append(html("small", ` ${share}`));
      item.append(name, figure, html("small", GLOSSES[at]));
      list.append(item);
    });
    return list;
  }

  /** What is not part of it. */
  beside() {
    const { data } = this;
    const unknown = data.has_requested ? "" : " What was asked for is not known of all blocks of a sampled run: live is what they have.";
    return html("p", `Beside it: ${bytes(data.purged_bytes)} free and given back to the kernel, ${bytes(data.table_bytes)} of tables.${unknown}`, "note");
  }

  /** @param {string[]} columns @param {HTMLElement} body */
  table(columns, body) {
    const head = html("thead");
    const line = html("tr");
    for (const text of columns) {
      const cell = html("th", text);
      cell.scope = "col";
      line.append(cell);
    }
    head.append(line);
    const table = html("table");
    table.append(head, body);
    const wide = html("div", "", "wide");
    wide.append(table);
    return wide;
  }

  classes() {
    const { classes } = this.data;
    const order = classes.held_bytes.map((_, at) => at).sort((one, two) => classes.held_bytes[two] - classes.held_bytes[one]);
    const most = Math.max(1, ...classes.held_bytes);
    const body = html("tbody");
    const columns = ["size class", "held", ...PARTS, "pages", "in use"];
    for (const at of order) {
      const block = classes.block_bytes[at];
      const line = html("tr", "", "site plain");
      const name = html("td", block > 0 ? `${count(block)} B` : "larger", "name");
      const bar = this.bar(classes.parts[at], classes.held_bytes[at]);
      bar.style.width = `${Math.max(1, 100 * classes.held_bytes[at] / most)}%`;
      name.append(bar);
      line.append(name);
      const pages = block > 0 ? `${count(classes.pages[at])}, ${count(classes.partly_pages[at])} partly` : "";
      const cells = [bytes(classes.held_bytes[at]), ...classes.parts[at].map(bytes), pages, counted(classes.live_blocks[at], "block")];
      cells.forEach((text, column) => {
        const cell = html("td", text);
        cell.dataset.head = columns[column + 1];
        line.append(cell);
      });
      body.append(line);
    }
    return this.table(columns, body);
  }

  sites() {
    if (!this.data.has_sites) return html("p", "Which call stacks pin pages is known of runs that were recorded with --every or --events.", "empty");
    if (this.data.sites.stack.length === 0) return html("p", "No site pins free slots.", "empty");
    return this.table(["site", "pinned", "share", "blocks in use", "pages", "would come free"], this.body);
  }

  write() {
    const rows = this.data.sites.stack.map((_, at) => at);
    this.body.replaceChildren(...rows.slice(0, this.shown).flatMap((at) => this.row(at)));
    const left = rows.length - this.shown + this.data.sites_left_out;
    this.more.hidden = rows.length <= this.shown;
    this.more.textContent = `Show more: ${counted(left, "site")} are left`;
  }

  /** @param {number} at */
  row(at) {
    const { sites, stacks } = this.data;
    const own = stacks.own[sites.stack[at]];
    const line = html("tr", "", "site");
    const name = html("td", "", "name");
    const opener = button(this.names.name(own), "open", () => this.turn(at));
    opener.setAttribute("aria-expanded", String(this.open.has(at)));
    name.append(opener, html("small", [this.names.line(own), this.names.moduleName(own)].filter(Boolean).join(" · ")));
    line.append(name);
    const share = this.data.pinned_by_sites_bytes > 0 ? sites.pinned_free_bytes[at] / this.data.pinned_by_sites_bytes : 0;
    const cells = [
      ["pinned", bytes(sites.pinned_free_bytes[at])], ["share", percent(share)],
      ["blocks in use", count(sites.live_blocks[at]), bytes(sites.live_bytes[at])],
      ["pages", count(sites.pages[at]), sites.alone_pages[at] > 0 ? `alone on ${count(sites.alone_pages[at])}` : ""],
      ["would come free", bytes(sites.gain_bytes[at])],
    ];
    for (const [head, text, below] of cells) {
      const cell = html("td", text);
      cell.dataset.head = head;
      if (below) cell.append(html("small", below));
      line.append(cell);
    }
    return this.open.has(at) ? [line, this.detail(at)] : [line];
  }

  /** @param {number} at */
  turn(at) {
    if (!this.open.delete(at)) this.open.add(at);
    this.write();
  }

  /** @param {number} at */
  detail(at) {
    const { nodes, stacks, sites } = this.data;
    const line = html("tr", "", "detail");
    const cell = html("td");
    cell.colSpan = 6;
    const part = html("div", "", "stack");
    const list = html("ol");
    for (const place of this.names.stack({ nodes }, stacks.node[sites.stack[at]])) {
      const item = html("li", "", this.names.kind(place));
      item.append(html("span", this.names.name(place), "function"));
      if (this.names.isInlined(place)) item.append(html("em", "inlined"));
      item.append(html("small", [this.names.lineWhole(place), this.names.module(place)].filter(Boolean).join(" · ")));
      if (place === stacks.own[sites.stack[at]]) item.classList.add("named");
      list.append(item);
    }
    part.append(list);
    cell.append(part);
    line.append(cell);
    return line;
  }
}
