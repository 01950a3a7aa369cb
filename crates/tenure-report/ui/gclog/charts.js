// What is drawn: the heap and the pauses over time, how long pauses are, the worst windows.

import { Chart } from "tenure/chart";
import { byteTicks, bytes, count, percent, ticks, time, timeTicks } from "tenure/units";

const palette = 8;

/** A time without decimals that say nothing. @param {number} seconds */
function round(seconds) {
  return time(seconds).replace(/(\.\d*?)0+ /, "$1 ").replace(". ", " ");
}

/** 1, 2 and 5 of each power of ten between two values. @param {number} low @param {number} high */
function roundPlaces(low, high) {
  const places = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    places.push(...[1, 2, 5].map((one) => one * 10 ** power));
  }
  return places.filter((one) => one >= low * 0.999 && one <= high * 1.001);
}

/** Powers of ten where there are some, else what lies between them. @param {number} low @param {number} high */
function logTicks(low, high) {
  const places = roundPlaces(low, high);
  const powers = places.filter((one) => Math.abs(Math.log10(one) - Math.round(Math.log10(one))) < 1e-9);
  return powers.length > 2 ? powers : places;
}

/** The time of the log. @param {any} data */
function timeAxis(data) {
  const high = Math.max(data.log.span_s ?? 0, ...data.pauses.map((/** @type {any} */ one) => one[0]), 1e-3);
  return { low: 0, high, ticks: timeTicks(high, 8), show: round };
}

/** The heap before and after each collection. @param {any} data */
export function heap(data) {
  const points = data.heap;
  if (points.length < 2) return null;
  const high = Math.max(...points.map((/** @type {any} */ one) => Math.max(one[1], one[2], one[3])));
  const chart = new Chart({
    title: "Heap occupancy",
    note: "What is used, from each collection to the next; what is left after each; the capacity.",
    x: timeAxis(data),
    y: { low: 0, high: high * 1.05, ticks: byteTicks(high, 5), show: bytes },
    height: 260,
  });
  const capacity = points.filter((/** @type {any} */ one) => one[3] > 0);
  if (capacity.length) chart.line(capacity.map((/** @type {any} */ one) => [one[0], one[3]]), "capacity", "capacity", true);
  // A saw: up to what is used before a collection, and straight down to what is left.
  chart.area(points.flatMap((/** @type {any} */ one) => [[one[0], one[1]], [one[0], one[2]]]), "used", "used");
  chart.line(points.map((/** @type {any} */ one) => [one[0], one[2]]), "after", "after each collection", true);
  if (data.live) chart.level(data.live, `live set ${bytes(data.live)}`);
  chart.points = points.map((/** @type {any} */ one) => ({
    x: one[0], y: one[2], text: `${time(one[0])}: ${bytes(one[1])} → ${bytes(one[2])}${one[3] ? ` of ${bytes(one[3])}` : ""}`,
  }));
  return chart.element;
}

/** Each pause, by its kind. @param {any} data */
export function pauses(data) {
  const points = data.pauses.filter((/** @type {any} */ one) => one[1] > 0);
  if (points.length === 0) return null;
  const durations = points.map((/** @type {any} */ one) => one[1]);
  const [least, most] = [Math.min(...durations), Math.max(...durations)];
  const low = roundPlaces(least / 10, least).pop() ?? least / 2;
  const high = roundPlaces(most * 1.01, most * 10)[0] ?? most * 2;
  const chart = new Chart({
    title: "Pauses over time",
    note: "Each dot is a pause; of long logs the longest of neighbours. Logarithmic.",
    x: timeAxis(data),
    y: { low, high, ticks: logTicks(low, high), show: round, log: true },
    height: 260,
  });
  const names = [...new Set(points.map((/** @type {any} */ one) => one[2]))];
  names.forEach((name, index) => {
    const own = points.filter((/** @type {any} */ one) => one[2] === name);
    chart.dots(own.map((/** @type {any} */ one) => ({ x: one[0], y: one[1], text: `${time(one[0])}: ${name}, ${time(one[1])}` })), `c${index % palette}`, name);
  });
  return chart.element;
}

/** How many pauses are how long. @param {any} data */
export function distribution(data) {
  const used = data.bins.map((/** @type {number} */ one, /** @type {number} */ index) => [one, index]).filter((/** @type {number[]} */ one) => one[0] > 0);
  if (used.length === 0) return null;
  const bounds = data.bin_bounds_s;
  const bound = (/** @type {number} */ index) => bounds[Math.max(0, Math.min(bounds.length - 1, index))];
  const [low, high] = [bound(used[0][1] - 2), bound(used[used.length - 1][1] + 1)];
  const most = Math.max(...data.bins);
  const chart = new Chart({
    title: "Distribution of pauses",
    x: { low, high, ticks: logTicks(low, high), show: round, log: true },
    y: { low: 0, high: most * 1.35, ticks: ticks(0, most, 4), show: (value) => count(Math.round(value)) },
  });
  chart.bars(used.map((/** @type {number[]} */ [one, index]) => ({
    from: bound(index - 1), to: bound(index), y: one, text: `${time(bound(index - 1))} to ${time(bound(index))}: ${count(one)}`,
  })), "c0");
  ["p50", "p90", "p99"].forEach((name, row) => chart.upright(data.log.pauses[`${name}_s`], `${name} ${time(data.log.pauses[`${name}_s`])}`, row));
  return chart.element;
}

/** The worst windows. @param {any} data */
export function utilisation(data) {
  const known = data.log.mutator_utilisation.filter((/** @type {any} */ one) => one.share_min != null);
  if (known.length < 2) return null;
  const chart = new Chart({
    title: "Minimum utilisation",
    note: "The share of the worst window that was left for the program, by the window's width.",
    x: { low: known[0].window_s, high: known[known.length - 1].window_s, ticks: known.map((/** @type {any} */ one) => one.window_s), show: round, log: true },
    y: { low: 0, high: 1, ticks: [0, 0.25, 0.5, 0.75, 1], show: (value) => `${value * 100} %` },
  });
  const points = known.map((/** @type {any} */ one) => ({ x: one.window_s, y: one.share_min, text: `${time(one.window_s)}: ${percent(one.share_min)}` }));
  chart.line(points.map((/** @type {any} */ one) => [one.x, one.y]), "c0", "");
  chart.dots(points, "c0", "");
  return chart.element;
}
