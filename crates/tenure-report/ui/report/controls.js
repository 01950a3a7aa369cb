// The bar that stays in sight: which figure, of which process.

import { button, html } from "tenure/elements";
import { bytes, count } from "tenure/units";
import { METRICS } from "tenure/report/profile";

/** @typedef {import("tenure/report/state").State} State */
/** @typedef {import("tenure/report/profile").Metric} Metric */

/** @param {State} state */
export function controls(state) {
  const bar = html("div", "", "controls");
  const group = html("div", "", "group");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Figure");
  const metrics = /** @type {Metric[]} */ (Object.keys(METRICS));
  const switches = metrics.map((metric) => {
    const one = button(METRICS[metric].label, "switch", () => state.setMetric(metric));
    one.dataset.metric = metric;
    return one;
  });
  group.append(...switches);
  bar.append(group);
  const select = processes(state);
  if (select) bar.append(select);
  const show = () => metrics.forEach((metric, at) => {
    const { main, isBytes } = METRICS[metric];
    const [value] = state.view.totals[main];
    switches[at].setAttribute("aria-pressed", String(metric === state.metric));
    switches[at].replaceChildren(METRICS[metric].label, html("small", isBytes ? bytes(value) : count(value)));
  });
  state.on("metric", show);
  state.on("view", show);
  show();
  return bar;
}

/** The choice of a process, where there are several. @param {State} state */
function processes(state) {
  const { data } = state;
  if (data.views.length < 2) return null;
  const label = html("label", "", "processes");
  const select = html("select");
  select.id = "process";
  data.views.forEach((view, index) => {
    const option = html("option");
    option.value = String(index);
    if (view.process === null) option.textContent = `all ${count(data.processes.length)} processes`;
    else {
      const process = data.processes[view.process];
      option.textContent = `${process.pid} ${process.name}${process.forked ? " (forked)" : ""} – ${bytes(process.counters.allocated_bytes)} allocated`;
    }
    select.append(option);
  });
  select.addEventListener("change", () => state.setView(Number(select.value)));
  label.append(html("span", "Process"), select);
  const alone = data.views.length - 1;
  if (alone < data.processes.length) {
    label.append(html("small", `${count(data.processes.length - alone)} processes without recorded stacks, or with the least allocated, are in the sum alone`));
  }
  return label;
}
