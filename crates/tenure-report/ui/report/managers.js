// The managers of memory that have accounts: a table, with what is used within what is held within
// what may be held drawn on one scale.

import { html } from "tenure/elements";
import { bytes, count, counted } from "tenure/units";

/** @typedef {import("tenure/report/profile").Data} Data */
/** @typedef {import("tenure/report/profile").ManagersData} ManagersData */
/** @typedef {import("tenure/report/profile").View} View */

const COLUMNS = ["manager", "held", "used", "waste", "peak", "limit", "refused"];

/**
 * The section of a view; `undefined` where none of its processes has an account.
 * @param {Data} data @param {View} view
 */
export function managers(data, view) {
  const all = data.managers;
  if (!all) return undefined;
  const rows = all.kind.map((_, at) => at).filter((at) => view.process === null || all.process[at] === view.process);
  if (rows.length === 0) return undefined;
  const section = html("section", "", "managers");
  section.append(html("h2", "Managers of memory"), html("p", note(all, rows), "note"), table(data, all, rows), legend());
  if (all.left_out > 0 && view.process === null) {
    section.append(html("p", `The record had no room for ${counted(all.left_out, "more account")}.`, "note"));
  }
  return section;
}

/** @param {ManagersData} all @param {number[]} rows */
function note(all, rows) {
  const told = "What each heap, arena and pool with a name held when the program ended, or when it was last looked at.";
  const several = rows.some((at) => all.members[at] > 1) ? " Peak and limit are of one of those that share a name." : "";
  const budgets = rows.some((at) => all.is_budget[at]) ? " Budgets hold nothing themselves: their bytes are in other accounts too." : "";
  return told + several + budgets;
}

/** @param {Data} data @param {ManagersData} all @param {number[]} rows */
function table(data, all, rows) {
  const head = html("tr");
  for (const text of COLUMNS) {
    const cell = html("th", text);
    cell.scope = "col";
    head.append(cell);
  }
  // A limit that is far away does not set the scale: it would leave nothing to see.
  const held = Math.max(1, ...rows.map((at) => Math.max(all.held_bytes[at], all.peak_bytes[at])));
  const most = Math.max(held, ...rows.map((at) => limitOf(all, at) ?? 0).filter((limit) => limit <= 2 * held));
  const body = html("tbody");
  for (const at of rows) body.append(row(data, all, at, most));
  const top = html("thead");
  top.append(head);
  const element = html("table");
  element.append(top, body);
  const wide = html("div", "", "wide");
  wide.append(element);
  return wide;
}

/** @param {Data} data @param {ManagersData} all @param {number} at @param {number} most */
function row(data, all, at, most) {
  const line = html("tr", "", "site plain");
  const name = html("td", "", "name");
  const many = all.members[at] > 1 ? ` ×${count(all.members[at])}` : "";
  const label = html("span", `${all.name[at] || "without a name"}${many}`);
  name.append(html("b", all.kind[at], all.is_budget[at] ? "kind budget" : "kind"), " ", label);
  if (data.processes.length > 1) {
    const process = data.processes[all.process[at]];
    name.append(html("small", `${process.name} ${process.pid}`));
  }
  name.append(bar(all, at, most));
  line.append(name);
  const waste = Math.max(0, all.held_bytes[at] - all.used_bytes[at]);
  const limit = all.limit_bytes[at];
  const cells = [
    bytes(all.held_bytes[at]), bytes(all.used_bytes[at]), bytes(waste), bytes(all.peak_bytes[at]),
    limit === null ? "–" : bytes(limit), count(all.refusals[at]),
  ];
  cells.forEach((text, column) => {
    const cell = html("td", text);
    cell.dataset.head = COLUMNS[column + 1];
    line.append(cell);
  });
  if (all.refusals[at] > 0) line.lastElementChild?.classList.add("bad");
  return line;
}

/** What all members together may hold. @param {ManagersData} all @param {number} at */
function limitOf(all, at) {
  const limit = all.limit_bytes[at];
  return limit === null ? null : limit * Math.max(1, all.members[at]);
}

/** Used within held within the limit. @param {ManagersData} all @param {number} at @param {number} most */
function bar(all, at, most) {
  const [held, used, limit] = [all.held_bytes[at], all.used_bytes[at], all.limit_bytes[at]];
  const element = html("div", "", all.is_budget[at] ? "within budget" : "within");
  element.setAttribute("role", "img");
  const of = limit === null ? "" : `, limit ${bytes(limit)}`;
  element.setAttribute("aria-label", `held ${bytes(held)}, used ${bytes(used)}${of}`);
  element.title = `held ${bytes(held)}, used ${bytes(used)}, peak ${bytes(all.peak_bytes[at])}${of}`;
  /** @param {number} value @param {string} kind */
  const piece = (value, kind) => {
    const part = html("i", "", kind);
    part.style.width = `${Math.min(100, 100 * value / most)}%`;
    element.append(part);
  };
  const room = limitOf(all, at);
  if (room !== null) piece(room, room > most ? "limit open" : "limit");
  if (held > 0) piece(held, "held");
  if (used > 0) piece(Math.min(used, held), "used");
  return element;
}

function legend() {
  const list = html("p", "", "legend");
  for (const [kind, text] of [["used", "used"], ["held", "held"], ["limit", "limit; open at its end where it lies beyond"]]) {
    const item = html("span", "", "entry");
    item.append(html("i", "", kind), text);
    list.append(item);
  }
  return list;
}
