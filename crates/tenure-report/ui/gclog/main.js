// Puts the page together from the data that stands in it.

import { html } from "tenure/elements";
import { bytes } from "tenure/units";
import { distribution, heap, pauses, utilisation } from "tenure/gclog/charts";
import { figures, kinds, sums } from "tenure/gclog/tables";
import { advice, notes, whatIf } from "tenure/gclog/advice";

const data = JSON.parse(document.getElementById("data")?.textContent ?? "{}");
const page = /** @type {HTMLElement} */ (document.getElementById("page"));
const { log } = data;

function title() {
  const header = html("header");
  header.append(html("h1", data.name.split("/").pop()));
  const parts = [data.runtime, log.runtime_version, log.collector === "unknown" || log.collector === data.runtime ? null : log.collector, log.heap_max_bytes && `heap up to ${bytes(log.heap_max_bytes)}`];
  header.append(html("p", parts.filter(Boolean).join(" · "), "note"));
  return header;
}

const parts = [title(), figures(log), heap(data), pauses(data), distribution(data), utilisation(data), advice(log.advice), whatIf(log.what_if)];
for (const name of ["pauses", "stops", "stalls", "concurrent", "cycles"]) {
  if (log[name].count) parts.push(kinds(name, log[name]));
}
const causes = Object.keys(log.pauses.by_cause).length ? log.pauses.by_cause : log.cycles.by_cause;
if (Object.keys(causes).length) parts.push(sums("Causes", causes));
if (Object.keys(log.phases).length) parts.push(sums("Phases", log.phases));
parts.push(notes(log));
for (const part of parts) if (part) page.append(part);
document.body.dataset.state = "drawn";
