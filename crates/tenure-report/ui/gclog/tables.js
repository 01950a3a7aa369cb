// Figures, kinds, causes, phases: what is read, not drawn.

import { html } from "tenure/elements";
import { bytes, count, percent, time } from "tenure/units";

/** @param {string} title @param {string[]} heads @param {(string | number)[][]} rows @param {number[]} [shares] */
export function table(title, heads, rows, shares) {
  const section = html("section", "", "table");
  section.append(html("h2", title));
  const body = html("table");
  const head = html("tr");
  heads.forEach((text) => head.append(html("th", text)));
  body.append(head);
  rows.forEach((row, index) => {
    const line = html("tr");
    row.forEach((cell) => line.append(html("td", String(cell))));
    if (shares) {
      const cell = html("td", "", "share");
      const bar = html("i", "", "fill");
      bar.style.width = `${Math.max(0.5, Math.min(1, shares[index]) * 100)}%`;
      cell.append(bar);
      line.append(cell);
    }
    body.append(line);
  });
  section.append(body);
  return section;
}

/** @param {any} log */
export function figures(log) {
  const list = html("dl", "", "figures");
  const window = log.mutator_utilisation.find((/** @type {any} */ one) => one.window_s === 0.1);
  const rows = [
    ["throughput", percent(log.throughput), log.throughput == null ? "" : `${percent(log.throughput_from_first_pause)} from the first pause`],
    ["pauses", count(log.pauses.count), `${time(log.pauses.total_s)} in all`],
    ["p50", time(log.pauses.p50_s), `mean ${time(log.pauses.mean_s)}`],
    ["p99", time(log.pauses.p99_s), log.pauses.p99_firm ? `p99.9 ${time(log.pauses.p999_s)}` : "fewer than 100 pauses"],
    ["longest", time(log.pauses.max_s), log.span_s == null ? "" : `in a log of ${time(log.span_s)}`],
    ["utilisation", percent(window?.share_min), window?.share_min == null ? "" : "in the worst 100 ms"],
    ["allocated", log.allocation_rate_bytes_per_s == null ? "n/a" : `${bytes(log.allocation_rate_bytes_per_s)}/s`,
      log.promotion_rate_bytes_per_s == null ? "" : `${bytes(log.promotion_rate_bytes_per_s)}/s promoted`],
    ["live set", bytes(log.live_set_bytes), log.live_set_source ? `from ${log.live_set_source}` : ""],
  ];
  if (log.stops.count) rows.push(["stops", count(log.stops.count), `${time(log.stops.total_s)}, longest ${time(log.stops.max_s)}`]);
  if (log.stalls.count) rows.push(["stalls", count(log.stalls.count), `${time(log.stalls.total_s)}, longest ${time(log.stalls.max_s)}`]);
  if (log.leak_slope) {
    const { bytes_per_s: slope, grows, high_bytes_per_s: high, confidence } = log.leak_slope;
    const word = grows ? "grows" : high < 0 ? "falls" : "no sure growth";
    rows.push(["leak slope", `${slope < 0 ? "−" : "+"}${bytes(Math.abs(slope) * 3600)}/h`, `${word}, confidence ${(confidence * 100).toFixed(0)} %`]);
  }
  if (log.cpu_parallelism != null) rows.push(["parallelism", log.cpu_parallelism.toFixed(1), `processors busy in pauses, ${percent(log.cpu_system_share)} in the kernel`]);
  if (log.gc_cpu_share != null) rows.push(["GC of CPU", percent(log.gc_cpu_share), ""]);
  if (log.cycle_headroom != null) rows.push(["headroom", log.cycle_headroom < 100 ? log.cycle_headroom.toFixed(1) : "> 100", "× the allocation of a cycle"]);
  for (const [name, figure, gloss] of rows) {
    const cell = html("div");
    cell.append(html("dt", name), html("dd", figure), html("small", gloss));
    list.append(cell);
  }
  return list;
}

/** @param {string} title @param {any} group */
export function kinds(title, group) {
  const entries = Object.entries(group.by_kind).sort((a, b) => b[1].total_s - a[1].total_s);
  const rows = entries.map(([kind, one]) => [
    kind, count(one.count), time(one.max_s == null ? null : one.total_s), time(one.mean_s), time(one.p99_s), time(one.max_s),
  ]);
  const total = entries.reduce((sum, [, one]) => sum + one.total_s, 0) || 1;
  const capital = title[0].toUpperCase() + title.slice(1);
  return table(capital, ["kind", "count", "total", "mean", "p99", "longest", ""], rows, entries.map(([, one]) => one.total_s / total));
}

/** Count, total and longest by name. @param {string} title @param {Record<string, any>} sums */
export function sums(title, sums) {
  const entries = Object.entries(sums).sort((a, b) => b[1].total_s - a[1].total_s || b[1].count - a[1].count).slice(0, 24);
  const most = Math.max(...entries.map(([, one]) => one.total_s), 1e-12);
  const rows = entries.map(([name, one]) => [name, count(one.count), time(one.total_s), time(one.max_s)]);
  return table(title, ["name", "count", "total", "longest", ""], rows, entries.map(([, one]) => one.total_s / most));
}
