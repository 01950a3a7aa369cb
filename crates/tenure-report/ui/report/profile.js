// The recorded profile as it stands in the page, and what the page calls its parts.

/**
 * A figure of every site: exact, or an estimate with its 95 % interval.
 * @typedef {{value: number[], low?: number[], high?: number[]}} Column
 */
/** One figure: value, or value, low and high of its 95 % interval. @typedef {number[]} Figure */
/**
 * Lifetimes of every site. A percentile is a pair: the number, and 1 where it is only "at least".
 * @typedef {object} LifetimeColumns
 * @property {number[][]} freed bit length and count, in turn
 * @property {(number | null)[]} mean
 * @property {number[]} survivors
 * @property {(number | null)[]} mean_age
 * @property {([number | null, 0 | 1] | null)[]} p50
 * @property {([number | null, 0 | 1] | null)[]} p90
 * @property {([number | null, 0 | 1] | null)[]} p99
 */
/**
 * @typedef {object} SiteColumns
 * @property {number[]} node
 * @property {number[]} own
 * @property {Column} allocations
 * @property {Column} frees
 * @property {Column} allocated_bytes
 * @property {Column} live_bytes
 * @property {Column} live_blocks
 * @property {Column} peak_bytes
 * @property {Column} peak_blocks
 * @property {number[]} waste_bytes
 * @property {number[]} waste_live_bytes
 * @property {number[]} freed_remotely share of the frees
 * @property {number[]} freed_in_same_frame share of the frees
 * @property {number[]} reallocs_in_place
 * @property {number[]} reallocs_moved
 * @property {number[][]} sizes bit length and count, in turn
 * @property {number[][]} top_sizes bytes and count, in turn
 * @property {LifetimeColumns} lifetimes_ns
 * @property {LifetimeColumns} lifetimes_bytes
 * @property {number[]} [samples]
 */
/** @typedef {"allocations" | "frees" | "allocated_bytes" | "live_bytes" | "live_blocks" | "peak_bytes" | "peak_blocks"} FigureName */
/**
 * The sites of the whole run, or of one process.
 * @typedef {object} View
 * @property {number | null} process index into the processes; null for the whole run
 * @property {Record<FigureName, Figure>} totals
 * @property {{process: number, start_ns: number, width_ns: number, max: number[], last: number[], held_max: number[], held_last: number[]}[]} curves
 * @property {number} curves_left_out
 * @property {{process: number, bytes: number, at_ns: number | null} | null} peak
 * @property {{parent: number[], frame: number[]}} nodes node i is element i - 1; 0 is the root
 * @property {SiteColumns} sites
 * @property {number} sites_left_out how many sites the last one sums up; 0 when none
 */
/**
 * @typedef {object} ProcessFacts
 * @property {number} pid
 * @property {number} ppid
 * @property {string} name
 * @property {string} command
 * @property {number | null} wall_ns
 * @property {string} end
 * @property {boolean} forked
 * @property {Counters} counters
 * @property {number | null} view index into the views
 */
/**
 * What the heap counted, apart from call stacks.
 * @typedef {object} Counters
 * @property {number} peak_live_bytes
 * @property {number | null} peak_live_pid
 * @property {number} live_bytes
 * @property {number} live_blocks
 * @property {number} allocated_bytes
 * @property {number} allocations
 * @property {number} frees
 * @property {number | null} resident_peak_bytes
 * @property {number} threads
 * @property {number} reallocs
 */
/**
 * @typedef {object} Data
 * @property {string} name
 * @property {string} version
 * @property {string} command
 * @property {string} outcome
 * @property {"good" | "bad" | "quiet"} outcome_tone
 * @property {string} directory
 * @property {number | null} start_unix_ms
 * @property {number | null} wall_ns
 * @property {"stats" | "sample" | "every" | "events"} mode
 * @property {number | null} sample_rate_bytes
 * @property {Counters} counters
 * @property {ProcessFacts[]} processes
 * @property {string[]} losses
 * @property {string[]} text
 * @property {{path: number[]}} modules
 * @property {{function: number[], file: number[], line: number[], module: number[], kind: number[], inlined: number[]}} places
 * @property {number[][]} frames the places of a frame, innermost first
 * @property {View[]} views
 * @property {Heap[]} [heaps] those that were looked at
 * @property {LeaksData} [leaks]
 * @property {HeldData} [held]
 * @property {ManagersData} [managers]
 */
/**
 * Sites that lines name: the node of the stack, and the place that the site is named after.
 * @typedef {{node: number[], own: number[]}} StackColumns
 */
/** @typedef {{parent: number[], frame: number[]}} NodeColumns */
/**
 * The heap of a process. Lines of its tree stand parents before children; -1 is no parent.
 * @typedef {object} Heap
 * @property {number} pid
 * @property {string} program
 * @property {number} total_bytes
 * @property {number} total_blocks
 * @property {number} pause_ns
 * @property {string | null} hint
 * @property {string[]} text
 * @property {NodeColumns} nodes
 * @property {StackColumns} stacks
 * @property {{parent: number[], kind: number[], what: number[], retained_bytes: number[], own_bytes: number[], blocks: number[], notes: [number, number][]}} tree
 * @property {WayData[]} ways
 */
/**
 * The shortest way to the largest block of a site. A step is: offset in the block before (-1: none),
 * kind of pointer, address, size, stack.
 * @typedef {object} WayData
 * @property {number} stack
 * @property {number | null} root
 * @property {number} root_offset
 * @property {number} retained_bytes
 * @property {number[]} held_by
 * @property {[number, number, string, number, number][]} steps
 * @property {number} cut_at
 * @property {number} left_out
 */
/**
 * What is lost. Kinds are pairs of blocks and bytes, by number.
 * @typedef {object} LeaksData
 * @property {[number, number][]} kinds
 * @property {NodeColumns} nodes
 * @property {StackColumns} stacks
 * @property {{kind: number[], stack: number[], blocks: number[], bytes: number[], indirect_blocks: number[], indirect_bytes: number[]}} records
 * @property {number} left_out
 */

/**
 * What the heap holds. Parts are bytes: live, internal waste, pinned free, cached.
 * @typedef {object} HeldData
 * @property {number} processes
 * @property {string} reason
 * @property {number} held_bytes
 * @property {number[]} parts
 * @property {number} purged_bytes
 * @property {number} table_bytes
 * @property {boolean} has_sites
 * @property {boolean} has_requested
 * @property {number} pinned_by_sites_bytes
 * @property {{block_bytes: number[], held_bytes: number[], parts: number[][], pages: number[], partly_pages: number[], live_blocks: number[], free_slots: number[]}} classes
 * @property {NodeColumns} nodes
 * @property {StackColumns} stacks
 * @property {{stack: number[], pinned_free_bytes: number[], live_bytes: number[], live_blocks: number[], pages: number[], alone_pages: number[], gain_bytes: number[]}} sites
 * @property {number} sites_left_out
 * @property {string[]} advice
 */

/**
 * What managers of memory held, a list for each figure.
 * @typedef {object} ManagersData
 * @property {number[]} process
 * @property {string[]} kind
 * @property {string[]} name
 * @property {number[]} members
 * @property {number[]} held_bytes
 * @property {number[]} used_bytes
 * @property {number[]} peak_bytes
 * @property {(number | null)[]} limit_bytes
 * @property {number[]} refusals
 * @property {boolean[]} is_budget
 * @property {number} left_out
 */

/** What the graph and the table can be asked for. @typedef {"live" | "peak" | "allocated" | "count"} Metric */

/** @type {Record<Metric, {label: string, of: string, main: FigureName, beside: FigureName, isBytes: boolean}>} */
export const METRICS = {
  live: { label: "live at exit", of: "of what is live at exit", main: "live_bytes", beside: "live_blocks", isBytes: true },
  peak: { label: "live at peak", of: "of what was live at the peak", main: "peak_bytes", beside: "peak_blocks", isBytes: true },
  allocated: { label: "allocated", of: "of all bytes allocated", main: "allocated_bytes", beside: "allocations", isBytes: true },
  count: { label: "allocations", of: "of all allocations", main: "allocations", beside: "allocated_bytes", isBytes: false },
};

/** Kinds of places, in the order of their numbers in the data. */
export const KINDS = ["own", "library", "runtime", "mark"];

/** @type {Data} */
const EMPTY = JSON.parse('{"views":[],"processes":[],"losses":[],"text":[]}');

/** The names in the profile. */
export class Names {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
    const { places, text } = data;
    /** For each place what it is merged by in the graph: its function and its module. @type {number[]} */
    this.keys = [];
    /** @type {Map<string, number>} */
    const known = new Map();
    places.function.forEach((name, place) => {
      const key = `${name} ${places.module[place]} ${places.kind[place]}`;
      let number = known.get(key);
      if (number === undefined) known.set(key, (number = known.size));
      this.keys.push(number);
    });
    this.keyCount = known.size + 1;
    this.text = text;
  }

  /** @param {number} place */
  name(place) {
    return this.text[this.data.places.function[place]] ?? "";
  }

  /** The name without parameters, for where there is little room. @param {number} place */
  short(place) {
    return short(this.name(place));
  }

  /** Path of the source file; empty where it is not known. @param {number} place */
  file(place) {
    return this.text[this.data.places.file[place]] ?? "";
  }

  /** `file:line` with the last part of the path; empty where it is not known. @param {number} place */
  line(place) {
    const file = this.file(place);
    if (!file) return "";
    const line = this.data.places.line[place];
    const last = file.slice(file.lastIndexOf("/") + 1);
    return line ? `${last}:${line}` : last;
  }

  /** `file:line` with the whole path. @param {number} place */
  lineWhole(place) {
    const line = this.data.places.line[place];
    return line ? `${this.file(place)}:${line}` : this.file(place);
  }

  /** Path of the module; empty for what lies in none. @param {number} place */
  module(place) {
    const module = this.data.places.module[place];
    return module < 0 ? "" : this.text[this.data.modules.path[module]] ?? "";
  }

  /** Last part of the module's path. @param {number} place */
  moduleName(place) {
    const path = this.module(place);
    return path.slice(path.lastIndexOf("/") + 1);
  }

  /** @param {number} place */
  kind(place) {
    return KINDS[this.data.places.kind[place]] ?? "mark";
  }

  /** @param {number} place */
  isInlined(place) {
    return this.data.places.inlined[place] === 1;
  }

  /** Whether function, file or module contain `words`, which is in lower case. @param {number} place @param {string} words */
  matches(place, words) {
    return this.name(place).toLowerCase().includes(words)
      || this.lineWhole(place).toLowerCase().includes(words)
      || this.moduleName(place).toLowerCase().includes(words);
  }

  /** The places of a stack, innermost first. @param {{nodes: NodeColumns}} view @param {number} node @returns {number[]} */
  stack(view, node) {
    /** @type {number[]} */
    const places = [];
    for (let at = node; at > 0; at = view.nodes.parent[at - 1]) {
      places.push(...this.data.frames[view.nodes.frame[at - 1]]);
    }
    return places;
  }
}

/** What has brackets in a name without being its parameters. */
const BRACKETED = ["operator()", "(anonymous namespace)"];

/** A function without its parameters: `f(int)` gives `f`. @param {string} name */
export function short(name) {
  let begin = 0;
  for (let at = name.indexOf("("); at >= 0; at = name.indexOf("(", begin)) {
    const word = BRACKETED.find((one) => name.startsWith(one, at - one.indexOf("(")));
    if (!word) return at > 0 ? name.slice(0, at) : name;
    begin = at - word.indexOf("(") + word.length;
  }
  return name;
}

/** The data that stands in the page. @returns {Data} */
export function read() {
  const text = document.getElementById("data")?.textContent;
  return text ? JSON.parse(text) : EMPTY;
}

/** One figure of one site. @param {Column} column @param {number} site @returns {Figure} */
export function figureOf(column, site) {
  if (!column.low || !column.high) return [column.value[site]];
  return [column.value[site], column.low[site], column.high[site]];
}
