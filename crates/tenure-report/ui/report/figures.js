// The head of the page: what ran, how it was recorded, and its sums.

import { html } from "tenure/elements";
import { bytes, count, counted, percent, time } from "tenure/units";
import { countersOf } from "tenure/report/empty";

/** @typedef {import("tenure/report/state").State} State */
/** @typedef {import("tenure/report/profile").Data} Data */
/** @typedef {import("tenure/report/profile").Figure} Figure */

/** Letters of a command line that are shown. */
const LONG = 240;

/** The interval of a figure, where it has one. @param {Figure} figure @param {(value: number) => string} show */
export function interval(figure, show) {
  return figure.length === 3 ? `${show(figure[1])} to ${show(figure[2])}` : "";
}

/** @param {Data} data */
export function header(data) {
  const element = html("header");
  const command = data.command || data.name;
  const title = html("h1", command.length > LONG ? `${command.slice(0, LONG)}…` : command);
  title.title = command;
  const outcome = html("span", data.outcome, data.outcome_tone);
  const line = html("p", "", "facts");
  line.append(outcome);
  const start = data.start_unix_ms === null ? "" : `${new Date(data.start_unix_ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const parts = [data.wall_ns === null ? "" : time(data.wall_ns / 1e9), start, data.directory && `in ${data.directory}`, data.name];
  line.append(` · ${parts.filter(Boolean).join(" · ")}`);
  element.append(title, line, mode(data));
  return element;
}

/** How the record was made, and so how exact it is. @param {Data} data */
function mode(data) {
  const line = html("p", "", "mode");
  const rate = data.sample_rate_bytes === null ? "" : `, one for every ${bytes(data.sample_rate_bytes)} on average`;
  const words = /** @type {Record<string, [string, string]>} */ ({
    stats: ["counters", "The record has no call stacks."],
    sample: ["sampled", `Call stacks of samples${rate}: figures of stacks are estimates, with the interval in which the truth lies with 95 % confidence.`],
    every: ["every allocation", "Call stacks of every allocation: all figures are exact, percentiles of lifetimes to a factor of two."],
    events: ["every event", "Call stacks and the order of every event: all figures are exact, percentiles of lifetimes to a factor of two."],
  })[data.mode];
  line.append(html("b", words[0]), ` ${words[1]}`);
  return line;
}

/** @param {State} state */
export function figures(state) {
  const { totals, process } = state.view;
  const counters = known(countersOf(state), state);
  const list = html("dl", "", "figures");
  const stacks = (/** @type {Figure} */ figure, /** @type {(value: number) => string} */ show) =>
    figure.length === 3 ? `by samples ${show(figure[0])}: ${interval(figure, show)}` : "";
  const pid = process === null && counters.peak_live_pid !== null && state.data.processes.length > 1 ? `process ${counters.peak_live_pid}` : "";
  const { peak } = state.view;
  const when = peak?.at_ns != null ? `at ${time(peak.at_ns / 1e9)}` : "";
  const each = counters.allocations > 0 ? `${bytes(counters.allocated_bytes / counters.allocations)} each` : "";
  const many = state.data.processes.length;
  /** @type {[string, string, string[]][]} */
  const rows = [
    ["peak live", bytes(counters.peak_live_bytes), [when, pid, stacks(totals.peak_bytes, bytes)]],
    ["live at exit", bytes(counters.live_bytes), [`in ${counted(counters.live_blocks, "block")}`, stacks(totals.live_bytes, bytes)]],
    ["allocated", bytes(counters.allocated_bytes), [each, stacks(totals.allocated_bytes, bytes)]],
    ["allocations", count(counters.allocations), [
      counters.allocations > 0 ? `${percent(Math.min(1, counters.frees / counters.allocations))} freed` : "none freed",
      counters.reallocs > 0 ? counted(counters.reallocs, "realloc") : "", stacks(totals.allocations, (value) => count(value))]],
  ];
  if (counters.resident_peak_bytes !== null) rows.push(["resident peak", bytes(counters.resident_peak_bytes), ["whole process, in RAM"]]);
  const threads = counted(counters.threads, "thread");
  if (process === null) rows.push([many === 1 ? "process" : "processes", count(many), [threads, many === 1 && state.data.processes[0] ? `pid ${state.data.processes[0].pid}` : ""]]);
  else rows.push(["threads", count(counters.threads), [`pid ${state.data.processes[process].pid}`, state.data.processes[process].end]]);
  for (const [name, figure, glosses] of rows) {
    const cell = html("div");
    cell.append(html("dt", name), html("dd", figure));
    for (const gloss of glosses.filter(Boolean)) cell.append(html("small", gloss));
    list.append(cell);
  }
  return list;
}

/**
 * The counters, or where the record has lost them the sums over call stacks.
 * @param {import("tenure/report/profile").Counters} counters @param {State} state
 * @returns {import("tenure/report/profile").Counters}
 */
function known(counters, state) {
  const { totals, peak } = state.view;
  if (counters.allocations > 0 || totals.allocations[0] === 0) return counters;
  return {
    ...counters, peak_live_bytes: peak?.bytes ?? totals.peak_bytes[0], live_bytes: totals.live_bytes[0],
    live_blocks: totals.live_blocks[0], allocated_bytes: totals.allocated_bytes[0],
    allocations: totals.allocations[0], frees: totals.frees[0],
  };
}

/** What the record has lost. @param {Data} data */
export function losses(data) {
  if (data.losses.length === 0) return null;
  const part = html("details", "", "losses");
  part.open = data.losses.length <= 3;
  part.append(html("summary", `${counted(data.losses.length, "thing")} of the record could not be read or recorded`));
  const list = html("ul");
  for (const loss of data.losses) list.append(html("li", loss));
  part.append(list);
  return part;
}
