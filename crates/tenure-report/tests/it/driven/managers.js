const root = document.documentElement;
say("wide", root.scrollWidth - root.clientWidth);
const rows = () => all(".managers tbody tr").map((row) => [...row.children].map((cell) => cell.textContent).join(" | "));
say(text(".managers > .note"));
for (const row of rows()) say(row);
const widths = (row) => [...row.querySelectorAll(".within i")].map((piece) => piece.getBoundingClientRect().width);
const inside = all(".managers tbody tr").every((row) => {
  const sorted = widths(row);
  return sorted.every((width, at) => width > 0 && (at === 0 || width <= sorted[at - 1] + 0.5));
});
say("used within held within limit", inside);
say("first", widths(all(".managers tbody tr")[0]).length, "without limit", widths(all(".managers tbody tr")[2]).length);
say("open", all(".within .limit.open").length);
say(all(".managers > .note").at(-1).textContent);
const choose = (value) => {
  one("#process").value = value;
  one("#process").dispatchEvent(new Event("change"));
};
choose([...one("#process").options].at(-1).value);
say("second process", rows().join("; "));
