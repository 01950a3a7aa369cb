// Elements of the page. Text goes in as text, so that no name of a program becomes markup.

const SPACE = "http://www.w3.org/2000/svg";

/** @param {string} name @param {Record<string, string | number>} attributes */
export function svg(name, attributes) {
  const element = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name @param {string} [text] @param {string} [kind]
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function html(name, text = "", kind = "") {
  const element = document.createElement(name);
  element.textContent = text;
  if (kind) element.className = kind;
  return element;
}

/** A button that does something. @param {string} text @param {string} kind @param {() => void} act */
export function button(text, kind, act) {
  const element = html("button", text, kind);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}
