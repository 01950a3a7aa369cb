// What the reader has chosen, and who wants to know of it.

import { METRICS } from "tenure/report/profile";

/** @typedef {import("tenure/report/profile").Data} Data */
/** @typedef {import("tenure/report/profile").Metric} Metric */
/** @typedef {import("tenure/report/profile").View} View */
/** @typedef {"view" | "metric" | "site"} Choice */

export class State {
  /** @param {Data} data */
  constructor(data) {
    this.data = data;
    this.view = data.views[0];
    this.metric = firstMetric(this.view);
    /** The selected site of the view. @type {number | null} */
    this.site = null;
    /** @type {Record<Choice, (() => void)[]>} */
    this.listeners = { view: [], metric: [], site: [] };
  }

  /** @param {Choice} choice @param {() => void} listener */
  on(choice, listener) {
    this.listeners[choice].push(listener);
  }

  /** @param {Choice} choice */
  tell(choice) {
    for (const listener of this.listeners[choice]) listener();
  }

  /** @param {number} index */
  setView(index) {
    this.view = this.data.views[index];
    this.site = null;
    if (!has(this.view, this.metric)) this.metric = firstMetric(this.view);
    this.tell("view");
  }

  /** @param {Metric} metric */
  setMetric(metric) {
    if (metric === this.metric) return;
    this.metric = metric;
    this.tell("metric");
  }

  /** @param {number | null} site */
  setSite(site) {
    if (site === this.site) return;
    this.site = site;
    this.tell("site");
  }
}

/** Whether there is anything to show. @param {View} view @param {Metric} metric */
export function has(view, metric) {
  return view.totals[METRICS[metric].main][0] > 0;
}

/** @param {View} view @returns {Metric} */
function firstMetric(view) {
  const metrics = /** @type {Metric[]} */ (Object.keys(METRICS));
  return metrics.find((metric) => has(view, metric)) ?? "live";
}
