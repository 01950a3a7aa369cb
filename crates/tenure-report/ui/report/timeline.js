// Live and held bytes over time, with the peak.

import { html } from "tenure/elements";
import { Chart } from "tenure/chart";
import { byteTicks, bytes, count, ticks, time } from "tenure/units";

/** @typedef {import("tenure/report/profile").Data} Data */
/** @typedef {import("tenure/report/profile").View} View */

const PALETTE = 8;
const TITLE = "Live and held bytes over time";

/** @param {Data} data @param {View} view */
export function timeline(data, view) {
  const { curves } = view;
  if (curves.length === 0) {
    const section = html("section");
    section.append(html("h2", TITLE), html("p", "The record holds no timeline.", "empty"));
    return section;
  }
  const end = Math.max(...curves.map((curve) => curve.start_ns + curve.width_ns * curve.max.length), 1);
  const isOne = curves.length === 1;
  const most = (/** @type {number[]} */ values) => values.reduce((most, one) => Math.max(most, one), 0);
  const drawn = curves.map((curve) => Math.max(most(curve.max), isOne ? most(curve.held_max) : 0));
  const high = Math.max(...drawn, view.peak?.bytes ?? 0, 1);
  const left = view.curves_left_out;
  const chart = new Chart({
    title: TITLE,
    note: (isOne ? "Live: requested and not yet freed. Held: mapped from the system for it; falls when memory is given back." : "Requested and not yet freed, a line for each process; what a child shares with its parent is in both.")
      + (left > 0 ? ` Of ${count(left)} smaller processes no line is drawn.` : ""),
    x: { low: 0, high: end / 1e9, ticks: ticks(0, end / 1e9, 8), show: time },
    y: { low: 0, high: high * 1.12, ticks: byteTicks(high * 1.1, 5), show: bytes },
    at: (at) => told(data, view, at * 1e9),
  });
  curves.forEach((curve, index) => {
    const kind = `c${index % PALETTE}`;
    const at = (/** @type {number} */ point) => (curve.start_ns + curve.width_ns * point) / 1e9;
    const steps = stairs(curve.max, curve.last, at);
    if (isOne) {
      chart.area(steps, "most", "");
      chart.line(stairs(curve.held_max, curve.held_last, at), "held", "held");
    }
    chart.line(steps, kind, isOne ? "live" : name(data, curve.process));
  });
  const { peak } = view;
  const of = curves.find((curve) => curve.process === peak?.process);
  if (peak && of && peak.at_ns !== null) {
    const when = (of.start_ns + peak.at_ns) / 1e9;
    chart.upright(when, `peak ${bytes(peak.bytes)} at ${time(when)}`, 0);
  } else if (peak && peak.bytes > 0) {
    chart.level(peak.bytes, `peak ${bytes(peak.bytes)}`);
  }
  chart.element.classList.add("timeline");
  return chart.element;
}

/**
 * The most of each interval, drawn over the whole of it, and the last at the end.
 * @param {number[]} max @param {number[]} last @param {(point: number) => number} at
 */
function stairs(max, last, at) {
  /** @type {[number, number][]} */
  const steps = [[at(0), 0]];
  max.forEach((value, point) => steps.push([at(point), value], [at(point + 1), value]));
  steps.push([at(max.length), last[last.length - 1] ?? 0]);
  return steps;
}

/** @param {Data} data @param {number} process */
function name(data, process) {
  const { pid, name } = data.processes[process];
  return `${name} ${pid}`;
}

/** What was live at a moment. @param {Data} data @param {View} view @param {number} at_ns */
function told(data, view, at_ns) {
  const parts = [];
  for (const curve of view.curves) {
    const point = Math.floor((at_ns - curve.start_ns) / curve.width_ns);
    if (point < 0 || point >= curve.max.length) continue;
    const figures = `at most ${bytes(curve.max[point])}, ${bytes(curve.last[point])} at the end of the ${time(curve.width_ns / 1e9)}; held ${bytes(curve.held_last[point])}`;
    parts.push(view.curves.length === 1 ? figures : `${name(data, curve.process)} ${bytes(curve.max[point])}`);
  }
  return parts.length > 0 ? `${time(at_ns / 1e9)}: ${parts.join(" · ")}` : null;
}
