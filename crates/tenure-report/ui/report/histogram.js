// Histograms by powers of two: small in a row of the table, large for the whole run.

import { html, svg } from "tenure/elements";
import { Chart } from "tenure/chart";
import { bytes, count, counted, percent, ticks, time } from "tenure/units";

/** The smallest number of a bucket, by its length in bits. @param {number} bits */
export const low = (bits) => (bits === 0 ? 0 : 2 ** (bits - 1));
/** The largest number of a bucket. @param {number} bits */
export const high = (bits) => (bits === 0 ? 0 : 2 ** bits - 1);

/** @param {number} ns */
export const lasting = (ns) => time(ns / 1e9);

/** The first and the last bucket in use. @param {Iterable<number[]>} histograms @returns {[number, number]} */
export function reach(histograms) {
  let [first, last] = [Infinity, -Infinity];
  for (const pairs of histograms) {
    if (pairs.length === 0) continue;
    first = Math.min(first, pairs[0]);
    last = Math.max(last, pairs[pairs.length - 2]);
  }
  return first <= last ? [first, last] : [0, 0];
}

/** All histograms as one. @param {Iterable<number[]>} histograms */
export function merged(histograms) {
  /** @type {Map<number, number>} */
  const sums = new Map();
  for (const pairs of histograms) {
    for (let at = 0; at < pairs.length; at += 2) sums.set(pairs[at], (sums.get(pairs[at]) ?? 0) + pairs[at + 1]);
  }
  return [...sums.entries()].sort(([one], [two]) => one - two).flat();
}

/** Height of a histogram in a row. */
const HEIGHT = 26;
/** Columns of a large histogram at least. */
const COLUMNS = 8;

/**
 * A histogram for a row: all rows have the same buckets from left to right, and each row its own
 * height. Blocks that live on are a bar of another colour at the right, apart: their lifetimes are not known.
 * @param {number[]} pairs @param {[number, number]} range @param {(value: number) => string} show
 * @param {number} [survivors]
 */
export function small(pairs, range, show, survivors) {
  const buckets = range[1] - range[0] + 1;
  const step = Math.max(2, Math.min(6, Math.floor(108 / buckets)));
  const apart = survivors === undefined ? 0 : 16;
  const width = buckets * step + apart;
  const root = svg("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, class: "histogram", role: "img" });
  const counts = pairs.filter((_, at) => at % 2 === 1);
  const most = Math.max(...counts, survivors ?? 0, 1);
  const tall = (/** @type {number} */ value) => (value === 0 ? 0 : Math.max(1.5, (value / most) * (HEIGHT - 3)));
  const told = [];
  for (let at = 0; at < pairs.length; at += 2) {
    const [bits, value] = [pairs[at], pairs[at + 1]];
    const height = tall(value);
    root.append(svg("rect", { x: (bits - range[0]) * step, y: HEIGHT - 1 - height, width: step - 1, height, class: "bin" }));
    told.push(`${span(bits, show)}: ${count(value)}`);
  }
  root.append(svg("line", { x1: 0, x2: buckets * step - 1, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5, class: "base" }));
  if (survivors !== undefined) {
    const height = tall(survivors);
    const x = width - 10;
    root.append(svg("rect", { x, y: HEIGHT - 1 - height, width: 10, height, class: "survivors" }));
    root.append(svg("line", { x1: x, x2: width, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5, class: "base" }));
    told.push(`still live: ${count(survivors)}`);
  }
  const title = svg("title", {});
  title.textContent = told.join("\n") || "none";
  root.append(title);
  root.setAttribute("aria-label", told.join(", ") || "none");
  return root;
}

/** The range of a bucket in words. @param {number} bits @param {(value: number) => string} show */
function span(bits, show) {
  if (bits <= 1) return show(bits);
  return `${show(low(bits))} to ${show(high(bits) + 1)}`;
}

/**
 * A histogram as a chart.
 * @param {string} title @param {string} note @param {number[]} pairs
 * @param {(value: number) => string} show @param {string} noun @param {number} [survivors]
 */
export function large(title, note, pairs, show, noun, survivors = 0) {
  const counts = pairs.filter((_, at) => at % 2 === 1);
  const all = counts.reduce((sum, one) => sum + one, survivors);
  if (all === 0) return null;
  const [first, highest] = pairs.length > 0 ? reach([pairs]) : [10, 20];
  // Few buckets do not become a wall.
  const spare = Math.max(0, COLUMNS - (highest - first + 1));
  const from = Math.max(0, Math.max(first, 1) - 1 - Math.floor(spare / 2));
  const last = Math.min(64, Math.max(highest, from + COLUMNS));
  const columns = last - from + 1 + (survivors > 0 ? 2 : 0);
  const most = Math.max(...counts, survivors);
  const every = Math.max(1, Math.ceil((last - from) / 9));
  const bounds = [];
  for (let bits = from; bits <= last; bits += every) bounds.push(bits);
  const chart = new Chart({
    title, note, height: 190,
    x: { low: 0, high: columns, ticks: bounds.map((bits) => bits - from), show: (at) => show(2 ** (at + from)) },
    y: { low: 0, high: most * 1.08, ticks: ticks(0, most, 4).filter((tick) => Number.isInteger(tick)), show: (value) => short(value) },
    at: (x) => at(Math.floor(x)),
  });
  // What is 2^(b-1) to 2^b - 1 stands between the ticks of these two.
  const column = (/** @type {number} */ bits) => Math.max(bits, 1) - 1 - from;
  const bars = [];
  for (let index = 0; index < pairs.length; index += 2) {
    bars.push({ from: column(pairs[index]), to: column(pairs[index]) + 1, y: pairs[index + 1], text: "" });
  }
  chart.bars(bars, "c0");
  if (survivors > 0) {
    chart.bars([{ from: columns - 1, to: columns, y: survivors, text: "" }], "survivors");
    chart.name("c0", "freed");
    chart.name("survivors", `still live: their lifetimes are not known, only that they are longer (${count(survivors)}, ${percent(survivors / all)})`);
  }
  /** @param {number} place */
  function at(place) {
    if (survivors > 0 && place === columns - 1) return `still live: ${counted(survivors, noun)}, ${percent(survivors / all)}`;
    const bits = place + from + 1;
    let value = 0;
    for (let index = 0; index < pairs.length; index += 2) if (column(pairs[index]) === place) value += pairs[index + 1];
    return bits > last ? null : `${place + from === 0 && first === 0 ? `up to ${show(1)}` : span(bits, show)}: ${counted(value, noun)}, ${percent(value / all)}`;
  }
  return chart.element;
}

/** A count for an axis. @param {number} value */
function short(value) {
  if (value >= 1e9) return `${+(value / 1e9).toFixed(1)} G`;
  if (value >= 1e6) return `${+(value / 1e6).toFixed(1)} M`;
  if (value >= 1e4) return `${+(value / 1e3).toFixed(1)} k`;
  return count(value);
}

/** @param {import("tenure/report/profile").View} view */
export function distributions(view) {
  const { sizes, lifetimes_ns: ns } = view.sites;
  const section = html("section", "", "pair");
  const survivors = ns.survivors.reduce((sum, one) => sum + one, 0);
  const parts = [
    large("Sizes", "Requested bytes of all allocations, by powers of two.", merged(sizes), bytes, "allocation"),
    large("Lifetimes", "From allocation to free, by powers of two.", merged(ns.freed), lasting, "block", survivors),
  ];
  for (const part of parts) if (part) section.append(part);
  return section;
}
