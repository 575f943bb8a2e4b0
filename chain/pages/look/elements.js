// Small parts of pages. Everything that came from the network is set as text, never as markup.
export const short = (name) => (name.length > 14 ? `${name.slice(0, 6)}…${name.slice(-4)}` : name);
export const whole = (value) => (value == null ? "–" : value.toLocaleString("en"));

export function make(name, { text, className, ...attributes } = {}, children = []) {
  const element = document.createElement(name);
  if (text != null) element.textContent = text;
  if (className) element.className = className;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
