// The table of sites: sorted, filtered, each with its histograms, and with its stack on demand.

import { button, html } from "tenure/elements";
import { bytes, count, counted } from "tenure/units";
import { detail } from "tenure/report/detail";
import { interval } from "tenure/report/figures";
import { lasting, high, low, reach, small } from "tenure/report/histogram";
import { figureOf } from "tenure/report/profile";
import { nothing } from "tenure/report/empty";

/** @typedef {import("tenure/report/state").State} State */
/** @typedef {import("tenure/report/profile").Names} Names */
/** @typedef {import("tenure/report/profile").FigureName} FigureName */
/** @typedef {"live" | "peak" | "allocated" | "count" | "blocks" | "lifetime" | "name"} Order */

/** Rows shown at first, and added by each "more". */
const ROWS = 50;

/** @type {{order: Order, head: string, figure?: FigureName}[]} */
const COLUMNS = [
  { order: "name", head: "site" },
  { order: "live", head: "live at exit", figure: "live_bytes" },
  { order: "blocks", head: "live blocks", figure: "live_blocks" },
  { order: "peak", head: "live at peak", figure: "peak_bytes" },
  { order: "allocated", head: "allocated", figure: "allocated_bytes" },
  { order: "count", head: "allocations", figure: "allocations" },
  { order: "lifetime", head: "median life" },
];

export class Sites {
  /** @param {State} state @param {Names} names */
  constructor(state, names) {
    this.state = state;
    this.names = names;
    /** @type {Order} */
    this.order = state.metric;
    this.ascending = false;
    this.words = "";
    this.shown = ROWS;
    /** @type {Set<number>} */
    this.open = new Set();
    this.element = html("section", "", "sites");
    this.element.id = "sites";
    this.title = html("h2", "Allocation sites");
    this.gloss = html("p", "", "note");
    this.filter = html("input");
    Object.assign(this.filter, { type: "search", placeholder: "Filter by function, file, module", id: "filter" });
    this.filter.setAttribute("aria-label", "Filter the sites");
    this.filter.addEventListener("input", () => this.setFilter(this.filter.value));
    this.sorter = html("select");
    this.sorter.setAttribute("aria-label", "Sort the sites by");
    for (const { order, head } of COLUMNS) {
      const option = html("option", `by ${head}`);
      option.value = order;
      this.sorter.append(option);
    }
    this.sorter.addEventListener("change", () => this.sort(/** @type {Order} */ (this.sorter.value)));
    this.found = html("span", "", "result");
    this.bar = html("div", "", "tools");
    this.bar.append(this.filter, this.sorter, this.found);
    this.table = html("table");
    this.head = html("thead");
    this.body = html("tbody");
    this.table.append(this.head, this.body);
    this.more = button("", "more", () => this.showMore());
    const wide = html("div", "", "wide");
    wide.append(this.table);
    this.empty = html("p", "", "empty");
    this.element.append(this.title, this.gloss, this.bar, wide, this.empty, this.more);
    state.on("view", () => this.renew());
    state.on("metric", () => this.sort(state.metric, false));
    state.on("site", () => this.markSelected());
    this.renew();
  }

  /** Another view: everything is made anew. */
  renew() {
    const { sites } = this.state.view;
    this.open.clear();
    this.shown = ROWS;
    this.order = this.state.metric;
    this.sizes = reach(sites.sizes);
    this.lifetimes = reach(sites.lifetimes_ns.freed);
    /** What the filter looks at, by site. @type {string[]} */
    this.texts = [];
    this.writeGloss();
    this.write();
  }

  writeGloss() {
    const { sites_left_out: left, sites } = this.state.view;
    const listed = sites.node.length - (left > 0 ? 1 : 0);
    this.gloss.hidden = this.bar.hidden = listed === 0;
    const whole = left > 0
      ? `The ${count(listed)} sites with the largest shares of any figure; ${count(left)} others are summed up in one row.`
      : `${counted(listed, "call stack")} allocated.`;
    this.gloss.textContent = `${whole} A site is named after its innermost frame that does not itself allocate for its caller. A row opens its whole stack.`;
  }

  /** @param {number} site */
  textOf(site) {
    const known = this.texts?.[site];
    if (known !== undefined) return known;
    const { view } = this.state;
    const places = this.names.stack(view, view.sites.node[site]);
    const text = places.map((place) => `${this.names.name(place)} ${this.names.lineWhole(place)} ${this.names.moduleName(place)}`).join("\n").toLowerCase();
    if (this.texts) this.texts[site] = text;
    return text;
  }

  /** The sites that the filter leaves, in their order. */
  chosen() {
    const { sites } = this.state.view;
    const chosen = [];
    for (let site = 0; site < sites.node.length; site += 1) if (!this.words || this.textOf(site).includes(this.words)) chosen.push(site);
    const sign = this.ascending ? -1 : 1;
    const second = sites.allocated_bytes.value;
    if (this.order === "name") {
      const key = (/** @type {number} */ site) => this.names.name(sites.own[site]);
      return chosen.sort((one, two) => -sign * key(one).localeCompare(key(two)) || second[two] - second[one]);
    }
    const value = this.key();
    return chosen.sort((one, two) => sign * (value(two) - value(one)) || second[two] - second[one] || one - two);
  }

  /** @returns {(site: number) => number} */
  key() {
    const { sites } = this.state.view;
    const figure = COLUMNS.find((column) => column.order === this.order)?.figure;
    if (figure) return (site) => sites[figure].value[site];
    // A median among blocks that live on is longer than their age: it comes before those that ended.
    const { p50 } = sites.lifetimes_ns;
    return (site) => {
      const median = p50[site];
      return median ? (median[0] ?? 0) + (median[1] ? 2 ** 63 : 0) : -1;
    };
  }

  /** @param {Order} order @param {boolean} [turns] whether asking twice turns the order round */
  sort(order, turns = true) {
    this.ascending = turns && order === this.order ? !this.ascending : order === "name";
    this.order = order;
    this.shown = ROWS;
    this.write();
  }

  /** @param {string} text */
  setFilter(text) {
    this.words = text.trim().toLowerCase();
    this.shown = ROWS;
    this.write();
  }

  showMore() {
    this.shown = Math.max(this.shown * 2, this.shown + ROWS);
    this.write();
  }

  write() {
    const all = this.state.view.sites.node.length;
    const chosen = this.chosen();
    const rows = chosen.slice(0, this.shown);
    this.table.hidden = chosen.length === 0;
    this.empty.hidden = chosen.length > 0;
    this.empty.textContent = all === 0 ? nothing(this.state) : "No site has this in its stack.";
    this.found.textContent = this.words ? `${count(chosen.length)} of ${counted(all, "site")}` : "";
    this.sorter.value = this.order;
    this.writeHead();
    this.body.replaceChildren();
    for (const site of rows) this.body.append(...this.row(site));
    this.more.hidden = rows.length === chosen.length;
    this.more.textContent = `Show more: ${count(chosen.length - rows.length)} sites are left`;
    this.markSelected();
  }

  writeHead() {
    const line = html("tr");
    for (const { order, head } of COLUMNS) {
      const cell = html("th");
      cell.scope = "col";
      const isIt = order === this.order;
      cell.setAttribute("aria-sort", isIt ? (this.ascending ? "ascending" : "descending") : "none");
      cell.append(button(head + (isIt ? (this.ascending ? "\u00a0↑" : "\u00a0↓") : ""), "order", () => this.sort(order)));
      line.append(cell);
    }
    const [sizes, lives] = [this.sizes ?? [0, 0], this.lifetimes ?? [0, 0]];
    line.append(drawn("sizes", `${bytes(low(sizes[0]))} – ${bytes(high(sizes[1]) + 1)}`));
    line.append(drawn("lifetimes", `${lasting(low(lives[0]))} – ${lasting(high(lives[1]) + 1)}, still live`));
    this.head.replaceChildren(line);
  }

  /** @param {number} site */
  row(site) {
    const { view } = this.state;
    const { sites } = view;
    const line = html("tr", "", "site");
    line.dataset.site = String(site);
    line.append(this.nameCell(site));
    for (const { head, figure, order } of COLUMNS.slice(1)) {
      const cell = html("td");
      cell.dataset.head = head;
      if (figure) {
        const one = figureOf(sites[figure], site);
        const show = figure.endsWith("_bytes") ? bytes : (/** @type {number} */ value) => count(value);
        cell.append(html("span", show(one[0]), one[0] === 0 ? "zero" : ""));
        if (one.length === 3) cell.append(html("small", interval(one, show)));
      } else cell.append(html("span", life(sites.lifetimes_ns.p50[site])));
      if (order === this.order) cell.classList.add("chosen");
      line.append(cell);
    }
    const size = html("td", "", "drawn");
    size.dataset.head = "sizes";
    size.append(small(sites.sizes[site], this.sizes ?? [0, 0], bytes));
    const lives = html("td", "", "drawn");
    lives.dataset.head = "lifetimes";
    lives.append(small(sites.lifetimes_ns.freed[site], this.lifetimes ?? [0, 0], lasting, sites.lifetimes_ns.survivors[site]));
    line.append(size, lives);
    line.addEventListener("click", (event) => {
      // Whoever marks text does not want the row to close.
      if (!(event.target instanceof HTMLButtonElement) && !getSelection()?.toString()) this.toggle(site);
    });
    return this.open.has(site) ? [line, this.detailRow(site)] : [line];
  }

  /** @param {number} site */
  nameCell(site) {
    const place = this.state.view.sites.own[site];
    const cell = html("td", "", "name");
    const name = button(this.names.name(place), "open", () => this.toggle(site));
    name.setAttribute("aria-expanded", String(this.open.has(site)));
    const caller = this.callerOf(site);
    const from = caller === null ? "" : `from ${this.names.short(caller)}`;
    const where = [this.names.line(place), this.names.moduleName(place), from].filter(Boolean).join(" · ");
    cell.append(name, html("small", where));
    cell.title = [this.names.name(place), this.names.lineWhole(place), this.names.module(place)].filter(Boolean).join("\n");
    return cell;
  }

  /** The nearest own code that the named frame was called from: it tells equal names apart. @param {number} site */
  callerOf(site) {
    const { view } = this.state;
    const places = this.names.stack(view, view.sites.node[site]);
    const own = view.sites.own[site];
    const outer = places.slice(places.indexOf(own) + 1);
    const isOther = (/** @type {number} */ place) => this.names.kind(place) === "own" && this.names.name(place) !== this.names.name(own);
    return outer.find(isOther) ?? null;
  }

  /** @param {number} site */
  detailRow(site) {
    const line = html("tr", "", "detail");
    const cell = html("td");
    cell.colSpan = COLUMNS.length + 2;
    cell.append(detail(this.state, this.names, site));
    line.append(cell);
    return line;
  }

  /** Opens or closes a row; an opened site is the selected one. @param {number} site */
  toggle(site) {
    const line = this.body.querySelector(`tr[data-site="${site}"]`);
    if (this.open.delete(site)) {
      line?.nextElementSibling?.remove();
      if (this.state.site === site) this.state.setSite(null);
    } else {
      this.open.add(site);
      line?.after(this.detailRow(site));
      this.state.setSite(site);
    }
    line?.querySelector(".open")?.setAttribute("aria-expanded", String(this.open.has(site)));
  }

  markSelected() {
    for (const line of this.body.querySelectorAll("tr.site")) {
      line.classList.toggle("selected", Number(/** @type {HTMLElement} */ (line).dataset.site) === this.state.site);
    }
  }
}

/** @param {string} text @param {string} range */
function drawn(text, range) {
  const cell = html("th", text, "drawn");
  cell.scope = "col";
  cell.append(html("small", range));
  return cell;
}

/** A percentile of lifetimes. @param {[number | null, 0 | 1] | null | undefined} percentile */
export function life(percentile) {
  if (!percentile) return "–";
  const [ns, isLeast] = percentile;
  if (!isLeast) return lasting(ns ?? 0);
  return ns === null ? "lives on" : `> ${lasting(ns)}`;
}

