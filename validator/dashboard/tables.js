// The table of miners, the earnings, and the two heat maps.
import { dot, fixed, make, nameOf, percent, setText, short, tao, tone, whole } from "./format.js";

const MOST_ROWS = 200;
const COLUMNS = [
  { key: "hotkey", title: "Hotkey", show: (miner) => short(miner.hotkey), className: "text mono name" },
  { key: "domain", title: "Domain", show: (miner) => miner.domain ?? "–", className: "text" },
  { key: "audit_score", title: "Audit score", show: (miner) => fixed(miner.audit_score, 4) },
  { key: "weight", title: "Weight", show: (miner) => percent(miner.weight) },
  { key: "incentive", title: "Incentive", show: (miner) => percent(miner.incentive) },
  { key: "stake", title: "Stake", show: (miner) => tao(miner.stake) },
  { key: "audited", title: "Texts audited", show: (miner) => whole(miner.audited) },
];

export class MinerTable {
  constructor(table, filter, note) {
    Object.assign(this, { table, filter, note, miners: [], rows: new Map(), order: { key: "incentive", rising: false } });
    table.tHead.rows[0].append(...COLUMNS.map((column) => this.#header(column)));
    filter.addEventListener("input", () => this.render());
  }

  #header(column) {
    const button = make("button", { text: column.title, type: "button" });
    button.addEventListener("click", () => {
      const same = this.order.key === column.key;
      this.order = { key: column.key, rising: same ? !this.order.rising : Boolean(column.className) };
      this.render();
    });
    return make("th", { scope: "col", "data-key": column.key, ...(column.className ? { class: "text" } : {}) }, [button]);
  }

  update(miners) {
    this.miners = miners;
    this.render();
  }

  render() {
    const words = this.filter.value.trim().toLowerCase();
    const found = this.miners.filter((miner) => `${miner.hotkey} ${miner.domain ?? ""}`.toLowerCase().includes(words));
    const { key, rising } = this.order;
    found.sort((one, other) => (rising ? 1 : -1) * compare(one[key], other[key]));
    const shown = found.slice(0, MOST_ROWS);
    const body = this.table.tBodies[0];
    const rows = shown.map((miner) => this.#row(miner));
    if (rows.length !== body.rows.length || rows.some((row, at) => row !== body.rows[at])) body.replaceChildren(...rows);
    for (const head of this.table.tHead.rows[0].cells) {
      if (head.dataset.key === key) head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
    const more = found.length > shown.length ? ` Showing the first ${shown.length}.` : "";
    setText(this.note, this.miners.length ? `${found.length} of ${this.miners.length} miners.${more}` : "No miner has registered yet.");
  }

  #row(miner) {
    if (!this.rows.has(miner.hotkey)) {
      this.rows.set(miner.hotkey, make("tr", {}, COLUMNS.map((column) => make("td", { className: column.className ?? "" }))));
    }
    const row = this.rows.get(miner.hotkey);
    row.title = miner.hotkey;
    row.classList.toggle("away", !miner.available);
    COLUMNS.forEach((column, at) => setText(row.cells[at], column.show(miner)));
    if (!row.cells[0].querySelector(".dot")) row.cells[0].prepend(dot(miner.hotkey));
    return row;
  }
}

function compare(one, other) {
  if (typeof one === "string" || typeof other === "string") return String(one ?? "").localeCompare(String(other ?? ""));
  return (one ?? -Infinity) - (other ?? -Infinity) || 0;
}

export function fillEarnings(list, miners) {
  const total = miners.reduce((sum, miner) => sum + (miner.incentive || 0), 0);
  const best = miners.filter((miner) => miner.incentive > 0).sort((one, other) => other.incentive - one.incentive).slice(0, 12);
  if (!best.length) return list.replaceChildren(make("li", { text: "Nobody has earned yet." }));
  const most = best[0].incentive / total;
  list.replaceChildren(...best.map((miner) => {
    const share = miner.incentive / total;
    const fill = make("div", { className: "fill" });
    fill.style.setProperty("--share", `${(100 * share) / most}%`);
    fill.style.setProperty("--tone", tone(miner.hotkey));
    return make("li", { title: miner.hotkey }, [
      make("span", { text: `${miner.domain ?? "expert"} ${short(miner.hotkey)}` }),
      make("div", { className: "track", "aria-hidden": "true" }, [fill]),
      make("span", { className: "value", text: percent(share) }),
    ]);
  }));
  return undefined;
}

function cell(text, depth, cold) {
  const found = make("td", { text });
  found.style.setProperty("--depth", Math.min(0.85, Math.max(0, depth)).toFixed(3));
  if (depth > 0.45) found.className = cold ? "deep cold" : "deep";
  if (cold) found.style.setProperty("--tint", "var(--cold)");
  return found;
}

function fillHeat(table, corner, columns, rows) {
  const heads = columns.map((column) => make("th", { scope: "col", text: column.name, title: column.title }));
  table.tHead.replaceChildren(make("tr", {}, [make("th", { scope: "col", text: corner }), ...heads]));
  table.tBodies[0].replaceChildren(...rows.map((row) => make("tr", {}, [
    make("th", { scope: "row", text: row.name, title: row.title ?? row.name }), ...row.cells,
  ])));
}

export function fillGate(table, gate, miners) {
  const columns = gate.experts.map((hotkey) => ({ name: nameOf(hotkey, miners), title: hotkey }));
  const most = Math.max(0.1, ...gate.gains.flat().filter((gain) => gain != null).map(Math.abs));
  fillHeat(table, "Domain", columns, gate.domains.map((domain, at) => ({
    name: domain,
    cells: gate.gains[at].map((gain) => cell(gain == null ? "–" : fixed(gain, 2), gain == null ? 0 : (0.85 * Math.abs(gain)) / most, gain < 0)),
  })));
}

export function fillWeights(table, matrix, miners) {
  const columns = matrix.targets.map((target) => ({ name: `${target.uid} ${nameOf(target.hotkey, miners)}`, title: target.hotkey }));
  fillHeat(table, "Validator", columns, matrix.rows.map((row) => ({
    name: `${row.uid} ${short(row.hotkey)}`, title: row.hotkey,
    cells: row.shares.map((share) => cell(share ? (100 * share).toFixed(1) : "·", 0.85 * share)),
  })));
}
