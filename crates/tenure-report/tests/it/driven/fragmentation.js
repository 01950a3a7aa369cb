say(all(".tab").map((tab) => tab.textContent).join(", "));
one("#tab-fragmentation").click();
const root = document.documentElement;
say("wide", root.scrollWidth - root.clientWidth);
const part = one(".fragmentation");
say("shown", part.getClientRects().length > 0);
say(text(".fragmentation > .note"));
const pieces = [...one(".fragmentation > .split").children];
const widths = pieces.map((piece) => piece.getBoundingClientRect().width);
say("parts", pieces.map((piece) => piece.title).join("; "));
say("bar", widths.every((width) => width > 0), Math.round(widths.reduce((sum, width) => sum + width, 0)) <= Math.round(one(".fragmentation > .split").getBoundingClientRect().width) + 1);
const tables = [...part.querySelectorAll("table")];
const rows = (table) => [...table.querySelectorAll("tbody tr.site")].map((row) => [...row.children].map((cell) => cell.textContent).join(" | "));
say("classes", rows(tables[0]).join("; "));
say("sites", tables[1] ? rows(tables[1]).join("; ") : text(".fragmentation .empty"));
say("advice", all(".fragmentation .hint").length);
if (tables[1]) {
  tables[1].querySelector(".open").click();
  say("stack", shown(".fragmentation .stack .function").map((name) => name.textContent).join(" < "));
}
