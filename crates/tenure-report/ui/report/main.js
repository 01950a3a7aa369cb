// Puts the page together from the data that stands in it.

import { controls } from "tenure/report/controls";
import { figures, header, losses } from "tenure/report/figures";
import { Fragmentation } from "tenure/report/fragmentation";
import { Graph } from "tenure/report/graph";
import { Heap } from "tenure/report/heap";
import { distributions } from "tenure/report/histogram";
import { Holders } from "tenure/report/holders";
import { Leaks } from "tenure/report/leaks";
import { managers } from "tenure/report/managers";
import { Names, read } from "tenure/report/profile";
import { Sites } from "tenure/report/sites";
import { State } from "tenure/report/state";
import { Tabs } from "tenure/report/tabs";
import { timeline } from "tenure/report/timeline";
import { Way } from "tenure/report/way";
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
const managed = html("div");
function show() {
  sums.replaceChildren(figures(state));
  time.replaceChildren(timeline(data, state.view));
  shapes.replaceChildren(distributions(state.view));
  const found = managers(data, state.view);
  managed.replaceChildren(...(found ? [found] : []));
}
state.on("view", show);
show();

const foot = html("footer", `Recorded by tenure ${data.version}. What a figure is, and how exact, tells \`tenure explain NAME\`, such as \`tenure explain live at exit\`.`, "note");

/** @type {Tabs | undefined} */
let tabs;

/** The parts that a page has which knows the heap, each behind a tab. @param {HTMLElement[]} parts */
function tabbed(parts) {
  const heaps = (data.heaps ?? []).map((heap) => new Heap(heap, names));
  if (heaps.length === 0 && !data.held) return parts;
  const allocations = html("div");
  allocations.append(...parts);
  const panels = [
    { name: "allocations", label: "Allocations", panel: allocations, shown: () => graph.refresh() },
    ...(data.held ? [{ name: "fragmentation", label: "Fragmentation", panel: panel(new Fragmentation(data.held, names).element) }] : []),
    ...(heaps.length > 0 ? ofHeaps(heaps) : []),
  ];
  tabs = new Tabs(panels);
  return [tabs.bar, ...panels.map((one) => one.panel)];
}

/** What is known of heaps that were looked at. @param {Heap[]} heaps */
function ofHeaps(heaps) {
  const way = new Way(heaps);
  const holders = new Holders(heaps, (heap, stack) => {
    if (way.showSite(heap, stack)) tabs?.show("path");
  });
  return [
    { name: "holders", label: "Holders", panel: panel(holders.element), shown: () => holders.draw() },
    ...(data.leaks ? [{ name: "leaks", label: "Leaks", panel: panel(new Leaks(data.leaks, names).element) }] : []),
    { name: "path", label: "Path", panel: panel(way.element) },
  ];
}

/** @param {HTMLElement} element */
function panel(element) {
  const part = html("div");
  part.append(element);
  return part;
}

const parts = tabbed([controls(state), graph.element, time, managed, sites.element, shapes]);
for (const part of [header(data), losses(data), sums, ...parts, foot]) {
  if (part) page.append(part);
}
graph.refresh();
document.body.dataset.state = "drawn";
