// What is said where there is nothing to show.

import { bytes, count, counted } from "tenure/units";
import { METRICS } from "tenure/report/profile";

/** @typedef {import("tenure/report/state").State} State */

/** What the heap counted of the chosen processes. @param {State} state */
export function countersOf(state) {
  const { process } = state.view;
  return process === null ? state.data.counters : state.data.processes[process].counters;
}

/** Why the chosen figure is not there. @param {State} state */
export function nothing(state) {
  const { data, metric } = state;
  const counters = countersOf(state);
  if (data.mode === "stats") {
    return "This record holds counters of the heap but no call stacks. Record with `tenure run --sample` or `--every` to see who allocates.";
  }
  const all = state.view.totals.allocations[0];
  if (all === 0 && data.mode === "sample") {
    const rate = data.sample_rate_bytes ? ` of which one falls into every ${bytes(data.sample_rate_bytes)} on average` : "";
    return `No sample${rate} fell into this run, which allocated ${bytes(counters.allocated_bytes)}. Record with \`tenure run --every\`, or with more samples: \`--sample=4096\`.`;
  }
  if (all === 0) return "No allocation was recorded.";
  if (metric === "live") {
    const freed = counters.live_blocks === 0 ? `all ${counted(counters.frees, "block")} were freed` : "of the recorded blocks all were freed";
    const rest = counters.live_blocks === 0 ? "" : ` (${count(counters.live_blocks)} others of ${bytes(counters.live_bytes)} were live)`;
    return `Nothing was live at exit: ${freed}${rest}. What was live at the peak, and what was allocated, are behind the switch above.`;
  }
  return `There is nothing ${METRICS[metric].label}: the record does not tell it.`;
}
