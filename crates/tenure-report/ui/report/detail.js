// What is told of one site when its row is opened: the whole stack, and every figure.

import { button, html } from "tenure/elements";
import { bytes, count, counted, percent } from "tenure/units";
import { interval } from "tenure/report/figures";
import { lasting } from "tenure/report/histogram";
import { figureOf } from "tenure/report/profile";

/** @typedef {import("tenure/report/state").State} State */
/** @typedef {import("tenure/report/profile").Names} Names */
/** @typedef {import("tenure/report/profile").FigureName} FigureName */

/** @type {[string, FigureName, boolean][]} */
const FIGURES = [
  ["live at exit", "live_bytes", true], ["live blocks", "live_blocks", false],
  ["live at peak", "peak_bytes", true], ["blocks at peak", "peak_blocks", false],
  ["allocated", "allocated_bytes", true], ["allocations", "allocations", false], ["frees", "frees", false],
];

/** @param {State} state @param {Names} names @param {number} site */
export function detail(state, names, site) {
  const part = html("div", "", "inside");
  part.append(stack(state, names, site), figures(state, site));
  return part;
}

/** @param {State} state @param {Names} names @param {number} site */
function stack(state, names, site) {
  const { view } = state;
  const part = html("div", "", "stack");
  const head = html("h3", "Stack, innermost first");
  const show = button("Show in the graph", "show", () => {
    state.setSite(site);
    document.getElementById("graph")?.scrollIntoView({ behavior: "smooth", block: "start" });
  });
  const list = html("ol");
  const places = names.stack(view, view.sites.node[site]);
  if (places.length === 0) list.append(html("li", "These are many sites with as many stacks."));
  let isOwnFound = false;
  for (const place of places) {
    const line = html("li", "", names.kind(place));
    line.append(html("span", names.name(place), "function"));
    if (names.isInlined(place)) line.append(html("em", "inlined"));
    const where = [names.lineWhole(place), names.module(place)].filter(Boolean).join(" · ");
    line.append(html("small", where));
    if (!isOwnFound && place === view.sites.own[site]) {
      line.classList.add("named");
      isOwnFound = true;
    }
    list.append(line);
  }
  part.append(head, list);
  if (places.length > 0) part.append(show);
  return part;
}

/** @param {State} state @param {number} site */
function figures(state, site) {
  const { sites, totals } = state.view;
  const part = html("div", "", "numbers");
  const list = html("dl");
  const add = (/** @type {string} */ name, /** @type {string} */ figure, /** @type {string} */ gloss = "") => {
    list.append(html("dt", name));
    const value = html("dd", figure);
    if (gloss) value.append(html("small", gloss));
    list.append(value);
  };
  for (const [name, figure, isBytes] of FIGURES) {
    const one = figureOf(sites[figure], site);
    const show = isBytes ? bytes : (/** @type {number} */ value) => count(value);
    const share = totals[figure][0] > 0 ? percent(one[0] / totals[figure][0]) : "";
    add(name, show(one[0]), [interval(one, show) && `${interval(one, show)} with 95 %`, share].filter(Boolean).join(", "));
  }
  if (sites.samples?.[site] !== undefined) add("samples", count(sites.samples[site]), "on which these figures rest");
  add("waste", bytes(sites.waste_bytes[site]), `handed out beyond what was asked for; ${bytes(sites.waste_live_bytes[site])} of what is live`);
  if (sites.frees.value[site] > 0) {
    add("freed by another thread", percent(sites.freed_remotely[site]), "of the frees");
    add("freed in the same call", percent(sites.freed_in_same_frame[site]), "of the frees, by the function that allocated");
  }
  const [moved, kept] = [sites.reallocs_moved[site], sites.reallocs_in_place[site]];
  if (moved + kept > 0) add("reallocs", count(moved + kept), `${count(moved)} moved, ${count(kept)} in place`);
  const tops = sites.top_sizes[site];
  if (tops.length > 0) add("sizes", tops.reduce((text, one, at) => text + (at % 2 === 0 ? `${text && ", "}${bytes(one)}` : ` × ${count(one)}`), ""));
  lifetimes(state, site, add);
  part.append(html("h3", "Figures"), list);
  return part;
}

/** @param {State} state @param {number} site @param {(name: string, figure: string, gloss?: string) => void} add */
function lifetimes(state, site, add) {
  const { lifetimes_ns: ns, lifetimes_bytes: clock } = state.view.sites;
  const percentile = (/** @type {[number | null, 0 | 1] | null} */ one, /** @type {(value: number) => string} */ show) => {
    if (!one) return "–";
    if (!one[1]) return show(one[0] ?? 0);
    return one[0] === null ? "lives on" : `> ${show(one[0])}`;
  };
  if (ns.p50[site]) {
    const marks = [ns.p50[site], ns.p90[site], ns.p99[site]];
    const isCensored = marks.some((one) => one?.[1]);
    const words = isCensored ? "; “>” is the mean age of those that live on, which is less than their lifetime" : "";
    add("lifetime p50, p90, p99", marks.map((one) => percentile(one, lasting)).join(", "), `by nearest rank over freed and live blocks${words}`);
  }
  const mean = ns.mean[site];
  if (mean !== null) add("mean lifetime", lasting(mean), "of the freed blocks");
  if (clock.p50[site]) {
    add("allocated meanwhile", [clock.p50[site], clock.p90[site], clock.p99[site]].map((one) => percentile(one, bytes)).join(", "), "p50, p90, p99 of what the process allocated in a block's lifetime");
  }
  const age = ns.mean_age[site];
  const left = ns.survivors[site];
  if (left > 0) add("still live", counted(left, "block"), age === null ? "" : `${lasting(age)} old on average`);
}
