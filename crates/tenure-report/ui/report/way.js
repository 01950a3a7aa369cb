// The shortest way from a root to the largest block of a site, pointer by pointer.

import { html } from "tenure/elements";
import { bytes, count, counted } from "tenure/units";
import { processes } from "tenure/report/holders";

/** @typedef {import("tenure/report/heap").Heap} Heap */
/** @typedef {import("tenure/report/profile").WayData} WayData */

const POINTERS = ["", "into it", "into it, as it is known of such programs"];

export class Way {
  /** @param {Heap[]} heaps */
  constructor(heaps) {
    this.heap = heaps[0];
    this.element = html("section", "", "way");
    const bar = html("div", "", "tools");
    this.select = html("select");
    this.select.id = "way-site";
    this.select.setAttribute("aria-label", "Site");
    this.select.addEventListener("change", () => this.show(Number(this.select.value)));
    const choice = processes(heaps, (heap) => this.setHeap(heap));
    if (choice) bar.append(choice);
    this.choice = choice?.querySelector("select") ?? null;
    this.heaps = heaps;
    bar.append(this.select);
    this.told = html("p", "", "note");
    this.list = html("ol", "", "steps");
    const gloss = html("p", "The shortest way from a root to the largest block of a site: who points to whom. Other ways may lead there too; who holds it alone is under Holders.", "note");
    this.element.append(html("h2", "Path to a root"), gloss, bar, this.told, this.list);
    this.setHeap(this.heap);
  }

  /** @param {Heap} heap */
  setHeap(heap) {
    this.heap = heap;
    if (this.choice) this.choice.value = String(this.heaps.indexOf(heap));
    this.select.replaceChildren(...heap.data.ways.map((way, at) => {
      const last = way.steps[way.steps.length - 1];
      const callers = heap.callers(way.stack);
      const from = callers.length > 0 ? ` ← ${callers.join(" ← ")}` : "";
      const option = html("option", `${heap.siteName(way.stack)}${from} (${bytes(last?.[3] ?? 0)})`);
      option.value = String(at);
      return option;
    }));
    this.show(0);
  }

  /** Whether there is a way to the site. @param {Heap} heap @param {number} stack */
  showSite(heap, stack) {
    if (heap !== this.heap) this.setHeap(heap);
    const at = heap.data.ways.findIndex((way) => way.stack === stack);
    if (at >= 0) this.show(at);
    return at >= 0;
  }

  /** @param {number} at */
  show(at) {
    const way = this.heap.data.ways[at];
    this.list.replaceChildren();
    if (!way) {
      this.told.textContent = "No block was in use.";
      return;
    }
    this.select.value = String(at);
    const { text } = this.heap.data;
    const held = way.held_by.map((words) => text[words]);
    const last = way.steps[way.steps.length - 1];
    const retained = way.retained_bytes > last[3] ? `, retains ${bytes(way.retained_bytes)}` : "";
    this.told.textContent = `The block has ${bytes(last[3])}${retained}. ${held.length > 0 ? `Held by ${held.join(", in ")}.` : ""}`;
    const root = html("li", "", "root");
    const offset = way.root !== null && way.root_offset > 0 ? `+0x${way.root_offset.toString(16)}` : "";
    root.append(html("span", way.root === null ? "lost: nobody holds it" : text[way.root], "name"), html("small", offset));
    this.list.append(root);
    way.steps.forEach((step, number) => {
      if (way.left_out > 0 && number === way.cut_at) this.list.append(html("li", `… ${counted(way.left_out, "block")} …`, "cut"));
      this.list.append(this.step(step));
    });
  }

  /** @param {WayData["steps"][number]} step */
  step([offset, kind, address, size, stack]) {
    const item = html("li");
    const own = this.heap.data.stacks.own[stack];
    const { names } = this.heap;
    item.classList.add(names.kind(own));
    if (offset >= 0) item.append(html("code", `+0x${offset.toString(16)}`, "offset"));
    item.append(html("span", this.heap.siteName(stack), "name"), html("b", bytes(size)));
    const callers = this.heap.callers(stack);
    const from = callers.length > 0 ? `from ${callers.join(" ← ")}` : "";
    item.append(html("small", [address, names.moduleName(own), from, POINTERS[kind] ?? ""].filter(Boolean).join(" · ")));
    item.title = `${count(size)} B`;
    return item;
  }
}
