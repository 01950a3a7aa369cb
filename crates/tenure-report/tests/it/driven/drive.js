const pre = document.createElement("pre");
pre.id = "said";
document.body.append(pre);
const say = (...words) => (pre.textContent += words.join(" ") + "\n");
const one = (query) => document.querySelector(query);
const all = (query) => [...document.querySelectorAll(query)];
const text = (query) => (one(query)?.textContent ?? "").trim();
const shown = (query) => all(query).filter((element) => element.getClientRects().length > 0);
const key = (name) => one(".box").dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true }));
const write = (query, value) => {
  one(query).value = value;
  one(query).dispatchEvent(new Event("input"));
};
const colours = () => {
  const canvas = one("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) seen.add(data[at] * 65536 + data[at + 1] * 256 + data[at + 2]);
  return seen.size;
};
