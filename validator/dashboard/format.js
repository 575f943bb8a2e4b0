// Words and colours for values.
import { make, short } from "/look/elements.js";

export { make, setText, short, whole } from "/look/elements.js";

const ANCHOR = "anchor";
const PALETTE = 8;
const colours = new Map();

export const fixed = (value, digits = 3) => (value == null || !Number.isFinite(value) ? "–" : value.toFixed(digits));
export const percent = (share, digits = 1) => (share == null ? "–" : `${(100 * share).toFixed(digits)} %`);
export const tao = (rao) => (rao == null ? "–" : (rao / 1e9).toLocaleString("en", { maximumFractionDigits: 3 }));

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
