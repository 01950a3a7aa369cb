// Advice, what-if lines and notes on the log itself.

import { html } from "tenure/elements";
import { bytes, count, percent, time } from "tenure/units";

/** True for what is typed, a flag or a variable, rather than said. @param {string} remedy */
function isTyped(remedy) {
  return /^(-|[A-Z_]+=|gc\.)/.test(remedy);
}

/** @param {any[]} advice */
export function advice(advice) {
  const section = html("section", "", "advice");
  section.append(html("h2", "Advice"));
  if (advice.length === 0) section.append(html("p", "No rule holds for this log.", "note"));
  for (const one of advice) {
    const card = html("article", "", one.weight);
    const title = html("h3", one.title);
    title.prepend(html("b", one.weight));
    card.append(title);
    const lines = [...new Set(one.evidence_lines)].join(", ");
    card.append(html("p", `${one.evidence}${lines ? ` (line ${lines})` : ""}`, "evidence"));
    const list = html("ul");
    for (const remedy of one.remedies) {
      const item = html("li");
      item.append(html(isTyped(remedy.what) ? "code" : "span", remedy.what));
      if (remedy.versions !== "all versions") item.append(html("small", ` ${remedy.versions}`));
      list.append(item);
    }
    card.append(list, html("p", `Effect: ${one.effect}.`), html("p", `Source: ${one.source}`, "note"));
    section.append(card);
  }
  return section;
}

/** The collector's part of the time with one collection each so many seconds. @param {any} fit @param {number} every */
function shareWith(fit, every) {
  return Math.min(1, fit.collector_cost_s / (every + fit.collector_apart_s));
}

/** @param {any} fit */
function of(fit) {
  return fit.collector_share_of === "processors" ? "of CPU" : "of the time";
}

/** @param {any} whatIf */
export function whatIf(whatIf) {
  const section = html("section", "", "what-if");
  const fits = [["young", whatIf.young], ["whole-heap", whatIf.whole_heap]].filter(([, fit]) => fit);
  if (fits.length === 0) return section;
  section.append(html("h2", "What if"));
  for (const [name, fit] of fits) {
    const hasShare = fit.collector_share != null && fit.collector_share_error <= 0.5;
    const label = html("label", `Room between ${name} collections: `);
    const input = /** @type {HTMLInputElement} */ (html("input"));
    Object.assign(input, { type: "range", min: "-20", max: "40", value: "10" });
    const out = html("span");
    const show = () => {
      const room = fit.allocated_bytes * 2 ** (Number(input.value) / 10);
      const every = room / fit.allocation_rate_bytes_per_s;
      const share = !hasShare ? "" : `, ${percent(shareWith(fit, every))} ${of(fit)}`;
      out.textContent = ` ${bytes(room)}: one each ${time(every)}${share}`;
    };
    input.addEventListener("input", show);
    show();
    const now = !hasShare ? "" : `, ${percent(fit.collector_share)} ${of(fit)}`;
    const off = !hasShare ? "" : `, shares by ${percent(fit.collector_share_error)},`;
    label.append(input, out);
    // A model that does not explain the log forecasts nothing.
    if (fit.model_error <= 0.5) section.append(label);
    section.append( html("p", `Now ${bytes(fit.allocated_bytes)} between ${name} collections: one each ${time(fit.interval_s)}${now}. The model's ` +
      `intervals are off by ${percent(fit.model_error)}${off} on the ${count(fit.intervals)} of this log.`, "note"));
  }
  return section;
}

/** @param {any} log */
export function notes(log) {
  const section = html("section", "", "notes");
  const { lines } = log;
  section.append(html("h2", "Of the log itself"));
  section.append(html("p", `${count(lines.total)} lines, ${count(lines.classified)} recognised, ${count(lines.unclassified)} not; ${log.runs} run${log.runs === 1 ? "" : "s"}.`));
  const list = html("ul");
  for (const remark of log.remarks) {
    list.append(html("li", `${remark.text}: ${count(remark.count)}, first at line ${remark.first_line}`));
  }
  for (const line of lines.unclassified_first.slice(0, 5)) {
    const item = html("li", `line ${line.line}: `);
    item.append(html("code", line.text));
    list.append(item);
  }
  section.append(list);
  return section;
}
