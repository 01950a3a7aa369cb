// The heap of a process as it stands in the page: the lines of the tree of holders, by name.

import { count, counted } from "tenure/units";

/** @typedef {import("tenure/report/profile").Names} Names */
/** @typedef {import("tenure/report/profile").Heap} HeapData */

/** Kinds of lines, in the order of their numbers in the data. */
const KINDS = ["place", "several", "lost", "site", "others"];
/** Callers that a name has behind it. */
const CALLERS = 2;

export class Heap {
  /** @param {HeapData} data @param {Names} names */
  constructor(data, names) {
    this.data = data;
    this.names = names;
    /** The lines below each; those without a parent are below -1. @type {Map<number, number[]>} */
    this.below = new Map();
    data.tree.parent.forEach((parent, line) => {
      const lines = this.below.get(parent);
      if (lines) lines.push(line);
      else this.below.set(parent, [line]);
    });
    /** @type {Map<number, string>} */
    this.notes = new Map(data.tree.notes.map(([line, text]) => [line, data.text[text]]));
    /** @type {string[]} */
    this.texts = [];
  }

  /** @param {number} line -1 is the whole heap */
  children(line) {
    return this.below.get(line) ?? [];
  }

  /** @param {number} line */
  retained(line) {
    return line < 0 ? this.data.total_bytes : this.data.tree.retained_bytes[line];
  }

  /** @param {number} line */
  kind(line) {
    return line < 0 ? "all" : KINDS[this.data.tree.kind[line]] ?? "others";
  }

  /** The lines from the whole heap down to this one. @param {number} line */
  path(line) {
    const path = [line];
    for (let at = line; at >= 0; ) {
      at = this.data.tree.parent[at];
      path.unshift(at);
    }
    return path;
  }

  /** The colour of a line: that of the code which it is named after. @param {number} line */
  colour(line) {
    const kind = this.kind(line);
    if (kind !== "site") return kind;
    return this.names.kind(this.data.stacks.own[this.data.tree.what[line]]);
  }

  /** @param {number} line */
  name(line) {
    const { tree, text, stacks } = this.data;
    switch (this.kind(line)) {
      case "all": return "all of the heap";
      case "place": return text[tree.what[line]];
      case "several": return "several roots together";
      case "lost": return "lost (nobody holds it)";
      case "others": return `${counted(tree.blocks[line], "other line")}`;
      default: return this.names.short(stacks.own[tree.what[line]]);
    }
  }

  /** What a site is called, with its file and line. @param {number} stack */
  siteName(stack) {
    const own = this.data.stacks.own[stack];
    const line = this.names.line(own);
    return `${this.names.short(own)}${line ? ` ${line}` : ""}`;
  }

  /** Own code that called a site, the nearest first. @param {number} stack */
  callers(stack) {
    const { stacks, nodes } = this.data;
    const own = stacks.own[stack];
    const places = this.names.stack({ nodes }, stacks.node[stack]);
    const outer = places.slice(places.indexOf(own) + 1);
    const code = outer.filter((place) => this.names.kind(place) !== "runtime" && this.names.kind(place) !== "mark");
    return code.slice(0, CALLERS).map((place) => this.names.short(place));
  }

  /** Where a line is from, in one line: file, module, callers. @param {number} line */
  where(line) {
    const note = this.notes.get(line) ?? "";
    if (this.kind(line) !== "site") return note;
    const stack = this.data.tree.what[line];
    const own = this.data.stacks.own[stack];
    const callers = this.callers(stack);
    const from = callers.length > 0 ? `from ${callers.join(" ← ")}` : "";
    return [this.names.line(own), this.names.moduleName(own), from, note].filter(Boolean).join(" · ");
  }

  /** What a line says of its blocks. @param {number} line */
  blocks(line) {
    const { tree } = this.data;
    return this.kind(line) === "site" && tree.blocks[line] > 0 ? counted(tree.blocks[line], "block") : "";
  }

  /** What the search looks at. @param {number} line */
  textOf(line) {
    this.texts[line] ??= `${this.name(line)} ${this.where(line)}`.toLowerCase();
    return this.texts[line];
  }

  /** How many lines there are. */
  get lines() {
    return this.data.tree.parent.length;
  }

  /** What the process is called. */
  get title() {
    return `${this.data.pid} ${this.data.program} – ${count(this.data.total_blocks)} blocks`;
  }
}
