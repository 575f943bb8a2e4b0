// A line chart in SVG: bits per byte of mixture, best single expert and anchor.
import { fixed, make } from "./format.js";

const SERIES = [["anchor", "anchor"], ["best_single", "single"], ["mixture", "mixture"]];
const HEIGHT = 210, LEFT = 40, RIGHT = 86, TOP = 10, BOTTOM = 24, LABEL_GAP = 14;
const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text != null) element.textContent = text;
  return element;
}

function ticks(low, high) {
  const step = [0.05, 0.1, 0.2, 0.5, 1, 2].find((size) => (high - low) / size <= 5) ?? 4;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, at) => (first + at) * step);
}

function spread(labels) {
  labels.sort((one, other) => one.y - other.y);
  labels.forEach((label, at) => { if (at) label.y = Math.max(label.y, labels[at - 1].y + LABEL_GAP); });
  return labels;
}

export function drawLoss(svg, history) {
  const width = svg.clientWidth || 600;
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  const title = svg.querySelector("title");
  svg.replaceChildren(title);
  if (!history.length) return;
  const values = history.flatMap((point) => SERIES.map(([key]) => point[key])).filter(Number.isFinite);
  const pad = Math.max(0.05, (Math.max(...values) - Math.min(...values)) * 0.08);
  const low = Math.min(...values) - pad, high = Math.max(...values) + pad;
  const blocks = history.map((point) => point.block);
  const span = Math.max(1, blocks.at(-1) - blocks[0]);
  const x = (block) => LEFT + ((block - blocks[0]) / span) * (width - LEFT - RIGHT);
  const y = (value) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  for (const tick of ticks(low, high)) {
    svg.append(shape("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }));
    svg.append(shape("text", { x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end" }, fixed(tick, 2)));
  }
  svg.append(shape("text", { x: LEFT, y: HEIGHT - 4 }, `block ${blocks[0]}`));
  if (history.length > 1) svg.append(shape("text", { x: width - RIGHT, y: HEIGHT - 4, "text-anchor": "end" }, `block ${blocks.at(-1)}`));
  const labels = [];
  for (const [key, name] of SERIES) {
    const points = history.filter((point) => Number.isFinite(point[key]));
    if (!points.length) continue;
    const path = points.map((point) => `${x(point.block).toFixed(1)},${y(point[key]).toFixed(1)}`);
    const last = points.at(-1);
    svg.append(shape("polyline", { class: `line ${name}`, points: path.join(" ") }));
    svg.append(shape("circle", { class: `end ${name}`, cx: x(last.block), cy: y(last[key]), r: 3.5 }));
    labels.push({ name, x: x(last.block) + 9, y: y(last[key]) + 4, text: name === "single" ? "best single" : name });
  }
  for (const label of spread(labels)) svg.append(shape("text", { class: `name ${label.name}`, x: label.x, y: label.y }, label.text));
}

export function fillLossTable(body, history) {
  body.replaceChildren(...history.slice(-30).reverse().map((point) => make("tr", {}, [
    make("td", { text: String(point.block) }),
    ...["mixture", "best_single", "anchor"].map((key) => make("td", { text: fixed(point[key]) })),
  ])));
}
