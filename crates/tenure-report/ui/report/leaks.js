// What is lost of the heap, and what else was in use at the end: a table by kind and site.

import { button, html } from "tenure/elements";
import { bytes, count, counted } from "tenure/units";

/** @typedef {import("tenure/report/profile").Names} Names */
/** @typedef {import("tenure/report/profile").LeaksData} LeaksData */
/** @typedef {"bytes" | "blocks" | "name"} Order */

/** Rows shown at first, and added by each "more". */
const ROWS = 50;

/** Kinds in the order of their numbers in the data. */
const KINDS = ["still reachable", "possibly lost", "definitely lost", "indirectly lost"];
const GLOSSES = [
  "a pointer to the start leads to it", "only pointers into the middle lead to it",
  "nothing leads to it", "only lost blocks lead to it",
];
/** The order in which they are listed. */
const LISTED = [2, 3, 1, 0];

export class Leaks {
  /** @param {LeaksData} data @param {Names} names */
  constructor(data, names) {
    this.data = data;
    this.names = names;
    this.kinds = new Set([1, 2].some((kind) => data.kinds[kind][0] > 0) ? [1, 2] : [0]);
    /** @type {Order} */
    this.order = "bytes";
    this.words = "";
    this.shown = ROWS;
    /** @type {Set<number>} */
    this.open = new Set();
    this.element = html("section", "", "leaks");
    this.switches = LISTED.map((kind) => this.kindSwitch(kind));
    this.filter = html("input");
    this.found = html("span", "", "result");
    this.table = html("table");
    this.head = html("thead");
    this.body = html("tbody");
    this.empty = html("p", "", "empty");
    this.more = button("", "more", () => {
      this.shown *= 2;
      this.write();
    });
    this.build();
    this.write();
  }

  build() {
    const group = html("div", "", "group");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Kinds");
    group.append(...this.switches);
    Object.assign(this.filter, { type: "search", placeholder: "Filter by function, file, module", id: "leak-filter" });
    this.filter.setAttribute("aria-label", "Filter the records");
    this.filter.addEventListener("input", () => {
      this.words = this.filter.value.trim().toLowerCase();
      this.shown = ROWS;
      this.write();
    });
    const bar = html("div", "", "tools");
    bar.append(group, this.filter, this.found);
    this.table.append(this.head, this.body);
    const wide = html("div", "", "wide");
    wide.append(this.table);
    const gloss = html("p", "Blocks that were in use when the heap was looked at, by what leads to them. A row opens its stack.", "note");
    this.element.append(html("h2", "Leaks"), gloss, bar, wide, this.empty, this.more);
  }

  /** @param {number} kind */
  kindSwitch(kind) {
    const [blocks, size] = this.data.kinds[kind];
    const one = button(KINDS[kind], "switch", () => this.toggle(kind));
    one.append(html("small", blocks > 0 ? `${bytes(size)} in ${count(blocks)}` : "none"));
    one.title = GLOSSES[kind];
    return one;
  }

  /** @param {number} kind */
  toggle(kind) {
    if (!this.kinds.delete(kind)) this.kinds.add(kind);
    this.shown = ROWS;
    this.write();
  }

  /** @param {number} record */
  places(record) {
    const { stacks, nodes, records } = this.data;
    return this.names.stack({ nodes }, stacks.node[records.stack[record]]);
  }

  /** @param {number} record */
  own(record) {
    return this.data.stacks.own[this.data.records.stack[record]];
  }

  /** @param {number} record */
  total(record) {
    return this.data.records.bytes[record] + this.data.records.indirect_bytes[record];
  }

  chosen() {
    const { records } = this.data;
    const chosen = [];
    for (let record = 0; record < records.kind.length; record += 1) {
      if (!this.kinds.has(records.kind[record])) continue;
      if (!this.words || this.places(record).some((place) => this.names.matches(place, this.words))) chosen.push(record);
    }
    const value = { bytes: (/** @type {number} */ one) => this.total(one), blocks: (/** @type {number} */ one) => records.blocks[one], name: () => 0 }[this.order];
    return chosen.sort((one, two) => (this.order === "name"
      ? this.names.name(this.own(one)).localeCompare(this.names.name(this.own(two)))
      : value(two) - value(one)) || this.total(two) - this.total(one) || one - two);
  }

  write() {
    LISTED.forEach((kind, at) => this.switches[at].setAttribute("aria-pressed", String(this.kinds.has(kind))));
    const chosen = this.chosen();
    this.table.hidden = chosen.length === 0;
    this.empty.hidden = chosen.length > 0;
    this.empty.textContent = this.words ? "No record of these kinds has this in its stack." : "Nothing of these kinds.";
    const left = this.data.left_out > 0 ? `; ${count(this.data.left_out)} smaller ones are not in this page` : "";
    this.found.textContent = `${counted(chosen.length, "record")}${left}`;
    /** @type {[Order, string][]} */
    const columns = [["name", "site"], ["bytes", "bytes"], ["blocks", "blocks"]];
    const line = html("tr");
    for (const [order, text] of columns) {
      const cell = html("th");
      cell.scope = "col";
      cell.setAttribute("aria-sort", order === this.order ? (order === "name" ? "ascending" : "descending") : "none");
      cell.append(button(text, "order", () => {
        this.order = order;
        this.write();
      }));
      line.append(cell);
    }
    const kind = html("th", "kind");
    kind.scope = "col";
    line.append(kind);
    this.head.replaceChildren(line);
    this.body.replaceChildren(...chosen.slice(0, this.shown).flatMap((record) => this.row(record)));
    this.more.hidden = chosen.length <= this.shown;
    this.more.textContent = `Show more: ${count(chosen.length - this.shown)} records are left`;
  }

  /** @param {number} record */
  row(record) {
    const { records } = this.data;
    const line = html("tr", "", "site");
    const own = this.own(record);
    const name = html("td", "", "name");
    const opener = button(this.names.name(own), "open", () => this.turn(record));
    opener.setAttribute("aria-expanded", String(this.open.has(record)));
    name.append(opener, html("small", [this.names.line(own), this.names.moduleName(own)].filter(Boolean).join(" · ")));
    const size = html("td", bytes(this.total(record)));
    size.dataset.head = "bytes";
    const indirect = records.indirect_bytes[record];
    if (indirect > 0) size.append(html("small", `${bytes(records.bytes[record])} and ${bytes(indirect)} because of them`));
    const blocks = html("td", count(records.blocks[record]));
    blocks.dataset.head = "blocks";
    if (records.indirect_blocks[record] > 0) blocks.append(html("small", `and ${count(records.indirect_blocks[record])}`));
    const kind = html("td", KINDS[records.kind[record]], `kind kind-${records.kind[record]}`);
    kind.dataset.head = "kind";
    line.append(name, size, blocks, kind);
    return this.open.has(record) ? [line, this.detail(record)] : [line];
  }

  /** @param {number} record */
  turn(record) {
    if (!this.open.delete(record)) this.open.add(record);
    this.write();
  }

  /** @param {number} record */
  detail(record) {
    const line = html("tr", "", "detail");
    const cell = html("td");
    cell.colSpan = 4;
    const part = html("div", "", "stack");
    const list = html("ol");
    for (const place of this.places(record)) {
      const item = html("li", "", this.names.kind(place));
      item.append(html("span", this.names.name(place), "function"));
      if (this.names.isInlined(place)) item.append(html("em", "inlined"));
      item.append(html("small", [this.names.lineWhole(place), this.names.module(place)].filter(Boolean).join(" · ")));
      if (place === this.own(record)) item.classList.add("named");
      list.append(item);
    }
    part.append(list);
    cell.append(part);
    line.append(cell);
    return line;
  }
}
