// Words and colours for values. Everything that came from the network is set as text, never as markup.
const ANCHOR = "anchor";
const PALETTE = 8;
const colours = new Map();

export const short = (hotkey) => (hotkey.length > 14 ? `${hotkey.slice(0, 6)}…${hotkey.slice(-4)}` : hotkey);
export const fixed = (value, digits = 3) => (value == null || !Number.isFinite(value) ? "–" : value.toFixed(digits));
export const percent = (share, digits = 1) => (share == null ? "–" : `${(100 * share).toFixed(digits)} %`);
export const whole = (value) => (value == null ? "–" : value.toLocaleString("en"));
export const tao = (rao) => (rao == null ? "–" : (rao / 1e9).toLocaleString("en", { maximumFractionDigits: 3 }));

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

// An expert keeps its colour as long as the page is open.
export function tone(hotkey) {
  if (hotkey === ANCHOR) return "var(--anchor)";
  if (!colours.has(hotkey)) colours.set(hotkey, colours.size % PALETTE);
  return `var(--e${colours.get(hotkey)})`;
}

export function nameOf(hotkey, miners) {
  if (hotkey === ANCHOR) return ANCHOR;
  const miner = miners.find((one) => one.hotkey === hotkey);
  return miner?.domain || short(hotkey);
}

export function dot(hotkey) {
  const mark = make("span", { className: "dot", "aria-hidden": "true" });
  mark.style.setProperty("--tone", tone(hotkey));
  return mark;
}
