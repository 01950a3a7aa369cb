say(text(".mode b"));
const cell = one("tr.site").children[4];
say(/^[0-9.]+ MiB to [0-9.]+ MiB$/.test(cell.querySelector("small").textContent));
say(/by samples .+: .+ to .+/.test(text(".figures")));
say(all("#process option").length);
