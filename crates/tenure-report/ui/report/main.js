// Puts the page together from the data that stands in it.

import { controls } from "tenure/report/controls";
import { figures, header, losses } from "tenure/report/figures";
import { Graph } from "tenure/report/graph";
import { distributions } from "tenure/report/histogram";
import { Names, read } from "tenure/report/profile";
import { Sites } from "tenure/report/sites";
import { State } from "tenure/report/state";
import { timeline } from "tenure/report/timeline";
import { html } from "tenure/elements";

const data = read();
const page = /** @type {HTMLElement} */ (document.getElementById("page"));
const names = new Names(data);
const state = new State(data);
const graph = new Graph(state, names);
const sites = new Sites(state, names);

// What depends on the view alone is made anew with it.
const sums = html("div");
const time = html("div");
const shapes = html("div");
function show() {
  sums.replaceChildren(figures(state));
  time.replaceChildren(timeline(data, state.view));
  shapes.replaceChildren(distributions(state.view));
}
state.on("view", show);
show();

const foot = html("footer", `Recorded by tenure ${data.version}. What a figure is, and how exact, tells \`tenure explain NAME\`, such as \`tenure explain live at exit\`.`, "note");
for (const part of [header(data), losses(data), sums, controls(state), graph.element, time, sites.element, shapes, foot]) {
  if (part) page.append(part);
}
graph.refresh();
document.body.dataset.state = "drawn";
