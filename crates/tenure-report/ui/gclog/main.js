// Puts the page together from the data that stands in it.

import { Chart, html } from "tenure/chart";
import { byteTicks, bytes, count, percent, ticks, time } from "tenure/units";
import { figures, kinds, sums } from "tenure/tables";
import { advice, notes, whatIf } from "tenure/advice";

const data = JSON.parse(document.getElementById("data")?.textContent ?? "{}");
const page = /** @type {HTMLElement} */ (document.getElementById("page"));
const { log } = data;
const span = Math.max(log.span_s ?? 0, ...data.pauses.map((/** @type {any} */ one) => one[0]), 1e-3);
const timeAxis = { low: 0, high: span, ticks: ticks(0, span, 8), show: time };
const palette = 8;

function title() {
  const header = html("header");
  header.append(html("h1", data.name.split("/").pop()));
  const parts = [log.runtime, log.runtime_version, log.collector, log.heap_max_bytes && `heap up to ${bytes(log.heap_max_bytes)}`];
  header.append(html("p", parts.filter(Boolean).join(" · "), "note"));
  return header;
}

function heap() {
  const points = data.heap;
  if (points.length < 2) return null;
  const high = Math.max(...points.map((/** @type {any} */ one) => Math.max(one[1], one[2], one[3])));
  const chart = new Chart({
    title: "Heap occupancy",
    note: "Before and after each collection, and the capacity.",
    x: timeAxis,
    y: { low: 0, high: high * 1.05, ticks: byteTicks(high, 5), show: bytes },
    height: 260,
  });
  const capacity = points.filter((/** @type {any} */ one) => one[3] > 0);
  if (capacity.length) chart.line(capacity.map((/** @type {any} */ one) => [one[0], one[3]]), "capacity", "capacity", true);
  chart.area(points.map((/** @type {any} */ one) => [one[0], one[1]]), "before", "before");
  chart.area(points.map((/** @type {any} */ one) => [one[0], one[2]]), "after", "after");
  if (data.live) chart.level(data.live, `live set ${bytes(data.live)}`);
  chart.points = points.map((/** @type {any} */ one) => ({
    x: one[0], y: one[2], text: `${time(one[0])}: ${bytes(one[1])} → ${bytes(one[2])}${one[3] ? ` of ${bytes(one[3])}` : ""}`,
  }));
  return chart.element;
}

function pauses() {
  const points = data.pauses.filter((/** @type {any} */ one) => one[1] > 0);
  if (points.length === 0) return null;
  const durations = points.map((/** @type {any} */ one) => one[1]);
  const low = 10 ** Math.floor(Math.log10(Math.min(...durations)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...durations) * 1.01));
  const decades = [];
  for (let at = low; at <= high * 1.001; at *= 10) decades.push(at);
  const chart = new Chart({
    title: "Pauses over time",
    note: "Each dot is a pause; of long logs the longest of neighbours. Logarithmic.",
    x: timeAxis,
    y: { low, high, ticks: decades, show: time, log: true },
    height: 260,
  });
  const names = [...new Set(points.map((/** @type {any} */ one) => one[2]))];
  names.forEach((name, index) => {
    const own = points.filter((/** @type {any} */ one) => one[2] === name);
    chart.dots(own.map((/** @type {any} */ one) => ({ x: one[0], y: one[1], text: `${time(one[0])}: ${name}, ${time(one[1])}` })), `c${index % palette}`, name);
  });
  return chart.element;
}

function distribution() {
  const used = data.bins.map((/** @type {number} */ one, /** @type {number} */ index) => [one, index]).filter((/** @type {number[]} */ one) => one[0] > 0);
  if (used.length === 0) return null;
  const bounds = data.bin_bounds_s;
  const bound = (/** @type {number} */ index) => bounds[Math.max(0, Math.min(bounds.length - 1, index))];
  const [low, high] = [bound(used[0][1] - 2), bound(used[used.length - 1][1] + 1)];
  const most = Math.max(...data.bins);
  const decades = [];
  for (let at = 10 ** Math.ceil(Math.log10(low) - 1e-9); at <= high * 1.001; at *= 10) decades.push(at);
  if (decades.length < 2) decades.push(low, high);
  const chart = new Chart({
    title: "Distribution of pauses",
    x: { low, high, ticks: decades, show: time, log: true },
    y: { low: 0, high: most * 1.35, ticks: ticks(0, most, 4), show: (value) => count(Math.round(value)) },
  });
  chart.bars(used.map((/** @type {number[]} */ [one, index]) => ({
    from: bound(index - 1), to: bound(index), y: one, text: `${time(bound(index - 1))} to ${time(bound(index))}: ${count(one)}`,
  })), "c0");
  ["p50", "p90", "p99"].forEach((name, row) => chart.upright(log.pauses[`${name}_s`], `${name} ${time(log.pauses[`${name}_s`])}`, row));
  return chart.element;
}

function utilisation() {
  const known = log.mutator_utilisation.filter((/** @type {any} */ one) => one.share_min != null);
  if (known.length < 2) return null;
  const chart = new Chart({
    title: "Minimum utilisation",
    note: "The share of the worst window that was left for the program, by the window's width.",
    x: { low: known[0].window_s, high: known[known.length - 1].window_s, ticks: known.map((/** @type {any} */ one) => one.window_s), show: time, log: true },
    y: { low: 0, high: 1, ticks: [0, 0.25, 0.5, 0.75, 1], show: (value) => `${value * 100} %` },
  });
  const points = known.map((/** @type {any} */ one) => ({ x: one.window_s, y: one.share_min, text: `${time(one.window_s)}: ${percent(one.share_min)}` }));
  chart.line(points.map((/** @type {any} */ one) => [one.x, one.y]), "c0", "");
  chart.dots(points, "c0", "");
  return chart.element;
}

const parts = [title(), figures(log), heap(), pauses(), distribution(), utilisation(), advice(log.advice), whatIf(log.what_if)];
for (const name of ["pauses", "stops", "stalls", "concurrent", "cycles"]) {
  if (log[name].count) parts.push(kinds(name, log[name]));
}
const causes = Object.keys(log.pauses.by_cause).length ? log.pauses.by_cause : log.cycles.by_cause;
if (Object.keys(causes).length) parts.push(sums("Causes", causes));
if (Object.keys(log.phases).length) parts.push(sums("Phases", log.phases));
parts.push(notes(log));
for (const part of parts) if (part) page.append(part);
document.body.dataset.state = "drawn";
