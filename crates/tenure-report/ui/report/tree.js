// The calls of all sites as one tree: callers outermost, or allocation sites first.

/** @typedef {import("tenure/report/profile").Names} Names */
/** @typedef {import("tenure/report/profile").View} View */
/** @typedef {import("tenure/report/profile").FigureName} FigureName */

/** The figures that nodes add up. @type {FigureName[]} */
export const SUMMED = ["live_bytes", "live_blocks", "peak_bytes", "peak_blocks", "allocated_bytes", "allocations"];

const ROOT = 0;

/**
 * A tree of merged frames. Node 0 is the root; a parent has a smaller number than its children.
 */
export class Tree {
  /** @param {View} view @param {Names} names @param {boolean} inverted */
  constructor(view, names, inverted) {
    this.names = names;
    /** @type {number[]} */
    this.parent = [-1];
    /** The first place that a node stands for. @type {number[]} */
    this.place = [-1];
    /** Further places of a node: other lines of the same function. @type {Map<number, Set<number>>} */
    this.more = new Map();
    /** The node of each site's innermost frame; of an inverted tree, of its outermost. @type {Int32Array} */
    this.ofSite = new Int32Array(view.sites.node.length);
    /** @type {Map<number, number>} */
    this.known = new Map();
    if (inverted) this.growInverted(view);
    else this.grow(view);
    this.known.clear();
    this.sum(view);
    this.link();
    /** @type {Map<string, Int32Array>} */
    this.sorted = new Map();
  }

  get size() {
    return this.parent.length;
  }

  /** The child of `parent` at `place`. @param {number} parent @param {number} place */
  child(parent, place) {
    const key = parent * this.names.keyCount + this.names.keys[place];
    const found = this.known.get(key);
    if (found === undefined) {
      const node = this.parent.length;
      this.parent.push(parent);
      this.place.push(place);
      this.known.set(key, node);
      return node;
    }
    if (this.place[found] !== place) {
      const others = this.more.get(found) ?? new Set();
      this.more.set(found, others.add(place));
    }
    return found;
  }

  /** @param {View} view */
  grow(view) {
    const { parent, frame } = view.nodes;
    const { frames } = this.names.data;
    // Parents stand before their children here too.
    const nodes = new Int32Array(parent.length + 1);
    for (let at = 1; at <= parent.length; at += 1) {
      const places = frames[frame[at - 1]];
      let node = nodes[parent[at - 1]];
      for (let inner = places.length - 1; inner >= 0; inner -= 1) node = this.child(node, places[inner]);
      nodes[at] = node;
    }
    view.sites.node.forEach((at, site) => (this.ofSite[site] = nodes[at]));
  }

  /** @param {View} view */
  growInverted(view) {
    view.sites.node.forEach((at, site) => {
      let node = ROOT;
      for (const place of this.names.stack(view, at)) node = this.child(node, place);
      this.ofSite[site] = node;
    });
  }

  /** @param {View} view */
  sum(view) {
    /** @type {Record<string, Float64Array>} */
    this.sums = {};
    for (const figure of SUMMED) {
      const sums = new Float64Array(this.size);
      const { value } = view.sites[figure];
      this.ofSite.forEach((node, site) => (sums[node] += value[site]));
      for (let node = this.size - 1; node > ROOT; node -= 1) sums[this.parent[node]] += sums[node];
      this.sums[figure] = sums;
    }
  }

  /** Finds the children of each node. */
  link() {
    this.firstChild = new Int32Array(this.size).fill(-1);
    this.nextSibling = new Int32Array(this.size).fill(-1);
    for (let node = this.size - 1; node > ROOT; node -= 1) {
      const parent = this.parent[node];
      this.nextSibling[node] = this.firstChild[parent];
      this.firstChild[parent] = node;
    }
  }

  /** @param {number} node @param {FigureName} figure */
  value(node, figure) {
    return this.sums?.[figure][node] ?? 0;
  }

  /** The children of a node that have any of a figure, largest first. @param {number} node @param {FigureName} figure */
  children(node, figure) {
    const key = `${figure} ${node}`;
    const known = this.sorted.get(key);
    if (known) return known;
    const sums = this.sums?.[figure] ?? new Float64Array(this.size);
    const children = [];
    const { firstChild, nextSibling } = this;
    if (firstChild && nextSibling) {
      for (let at = firstChild[node]; at >= 0; at = nextSibling[at]) if (sums[at] > 0) children.push(at);
    }
    children.sort((one, two) => sums[two] - sums[one] || one - two);
    const sorted = Int32Array.from(children);
    this.sorted.set(key, sorted);
    return sorted;
  }

  /** The nodes from the root to `node`, both with them. @param {number} node */
  path(node) {
    const path = [];
    for (let at = node; at >= ROOT; at = this.parent[at]) path.push(at);
    return path.reverse();
  }

  /** All places of a node. @param {number} node */
  places(node) {
    return node === ROOT ? [] : [this.place[node], ...(this.more.get(node) ?? [])];
  }

  /**
   * The nodes that `words` find, and how much of a figure they have together. A match within a
   * match is not counted again.
   * @param {string} words @param {FigureName} figure
   */
  search(words, figure) {
    const places = new Map();
    const isMatch = (/** @type {number} */ place) => {
      let known = places.get(place);
      if (known === undefined) places.set(place, (known = this.names.matches(place, words)));
      return known;
    };
    const found = new Set();
    const functions = new Set();
    const covered = new Uint8Array(this.size);
    let sum = 0;
    for (let node = ROOT + 1; node < this.size; node += 1) {
      covered[node] = covered[this.parent[node]];
      if (!this.places(node).some(isMatch)) continue;
      found.add(node);
      functions.add(this.names.keys[this.place[node]]);
      if (!covered[node]) sum += this.value(node, figure);
      covered[node] = 1;
    }
    return { found, sum, functions: functions.size };
  }
}
