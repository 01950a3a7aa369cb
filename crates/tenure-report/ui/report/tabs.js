// The parts of a page of which one is shown at a time.

import { button, html } from "tenure/elements";

/** @typedef {{name: string, label: string, panel: HTMLElement, shown?: () => void}} Tab */

export class Tabs {
  /** @param {Tab[]} tabs the first is shown, unless the address names another */
  constructor(tabs) {
    this.tabs = tabs;
    this.bar = html("div", "", "tabs");
    this.bar.setAttribute("role", "tablist");
    this.bar.setAttribute("aria-label", "Parts of the page");
    this.buttons = tabs.map((tab) => {
      const one = button(tab.label, "tab", () => this.show(tab.name));
      one.setAttribute("role", "tab");
      one.id = `tab-${tab.name}`;
      one.setAttribute("aria-controls", `panel-${tab.name}`);
      tab.panel.id = `panel-${tab.name}`;
      tab.panel.setAttribute("role", "tabpanel");
      tab.panel.setAttribute("aria-labelledby", one.id);
      return one;
    });
    this.bar.append(...this.buttons);
    this.bar.addEventListener("keydown", (event) => this.key(event));
    const asked = location.hash.slice(1);
    this.open = tabs.some((tab) => tab.name === asked) ? asked : tabs[0].name;
    this.mark();
  }

  mark() {
    this.tabs.forEach(({ name, panel }, at) => {
      const isOpen = name === this.open;
      panel.hidden = !isOpen;
      this.buttons[at].setAttribute("aria-selected", String(isOpen));
      this.buttons[at].tabIndex = isOpen ? 0 : -1;
    });
  }

  /** @param {string} name */
  show(name) {
    this.open = name;
    this.mark();
    this.tabs.find((tab) => tab.name === name)?.shown?.();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = this.tabs.findIndex((tab) => tab.name === this.open);
    const next = (at + step + this.tabs.length) % this.tabs.length;
    this.show(this.tabs[next].name);
    this.buttons[next].focus();
  }
}
