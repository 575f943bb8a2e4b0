// How values, times and tables look. Everything that came from the chain is set as text, never as markup.
import { make, setText, short, whole } from "../look/elements.js";

const UNITS = { tao: "TAO", alpha: "α" };
const MARKS = { ok: ["good", "✓ ok"], failed: ["bad", "✕ failed"], unknown: ["soft", "– not known"] };

export const link = (href, text, className, title) => make("a", { href, text, className, ...(title ? { title } : {}) });
export const blockLink = (number) => link(`#/block/${number}`, whole(number));
export const extrinsicLink = (id) => link(`#/extrinsic/${id}`, id);
export const hash = (text) => make("span", { text: `${text.slice(0, 10)}…${text.slice(-6)}`, className: "mono", title: text });
export const long = (text) => make("span", { text, className: "mono long" });
export const none = (text = "none") => make("span", { text, className: "mark soft" });

// Names of calls and events may break after the pallet and between words where there is little room.
export function dotted(name, title) {
  const parts = name.split(/(?<=[._])/).flatMap((part) => [part, make("wbr")]);
  return make("span", title ? { title } : {}, parts);
}

export function account(address, whole_ = false) {
  return link(`#/account/${address}`, whole_ ? address : short(address), whole_ ? "mono long" : "mono", address);
}

export function amount(text, unit = "TAO") {
  return make("span", { className: "amount" }, [text, " ", make("span", { text: unit, className: "unit" })]);
}

export function mark(outcome) {
  const [tone, text] = MARKS[outcome] ?? MARKS.unknown;
  return make("span", { text, className: `mark ${tone}` });
}

// Times go on by themselves: see `tick`.
export function time(ms) {
  if (ms == null) return none("–");
  const made = make("time", { datetime: new Date(ms).toISOString(), title: new Date(ms).toLocaleString() });
  made.textContent = ago(ms);
  return made;
}

function ago(ms) {
  const seconds = Math.max(0, Math.round((Date.now() - ms) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(ms).toLocaleDateString();
}

export function tick() {
  for (const found of document.querySelectorAll("time")) setText(found, ago(Date.parse(found.dateTime)));
}

// A value as the explorer tells it; `brief` keeps it on one line.
export function value(shown, brief = false) {
  if (!shown.items) return leaf(shown, brief);
  const items = shown.items.map((member) => member.name ? named(member, brief) : make("li", {}, [value(member.value, brief)]));
  if (shown.more) items.push(make("li", { text: `and ${whole(shown.more)} more`, className: "sub" }));
  if (!items.length) return none(shown.kind === "call" ? shown.name : "empty");
  const plain = shown.items.every((member) => !member.value.items && member.value.text.length < 60);
  const list = make("ul", { className: brief || (plain && shown.kind === "list") ? "inline" : "tree" }, items);
  return shown.name ? make("div", brief ? { className: "inline" } : {}, [make("span", { text: shown.name, className: "name" }), " ", list]) : list;
}

function named(member, brief) {
  return make("li", {}, [make("span", { text: `${member.name} `, className: "sub" }), value(member.value, brief)]);
}

function leaf({ kind, text, note }, brief) {
  if (kind === "account") return account(text, !brief);
  if (UNITS[kind]) return amount(text, UNITS[kind]);
  if (kind === "none") return none();
  if (kind === "error") return make("span", {}, [make("span", { text, className: "mark bad" }), note && !brief ? make("span", { text: ` ${note}`, className: "sub" }) : ""]);
  if (kind === "hash" || kind === "bytes") {
    if (brief && text.length > 24) return hash(text);
    return make("span", {}, [long(text), note ? make("span", { text: ` (${note})`, className: "sub" }) : ""]);
  }
  return make("span", { text: brief && text.length > 60 ? `${text.slice(0, 60)}…` : text, ...(note ? { title: note } : {}) });
}

export function fields(members) {
  return make("ul", { className: "inline" }, members.map((member) => named(member, true)));
}

export function facts(pairs) {
  return make("dl", { className: "facts" }, pairs.filter(Boolean).flatMap(([name, content]) => [
    make("dt", { text: name }), make("dd", {}, [content ?? none()]),
  ]));
}

export function card(title, children, { sub, all = true, level = "h2", aside } = {}) {
  const head = make("div", { className: aside ? "head row" : "head" }, [
    make("div", {}, [make(level, { text: title, ...(level === "h1" ? { tabindex: "-1" } : {}) }), ...(sub ? [make("p", { text: sub, className: "sub" })] : [])]),
    ...(aside ? [aside] : []),
  ]);
  return make("section", { className: all ? "card all" : "card" }, [head, ...children]);
}

// Rows keep their place in the page while their item stays the same, so that focus and selection survive new blocks.
export class Table {
  constructor(caption, columns, key) {
    Object.assign(this, { columns, key, rows: new Map(), filled: false });
    const heads = columns.map(({ title, className }) => make("th", { scope: "col", text: title, className: className ?? "" }));
    this.body = make("tbody");
    this.element = make("div", { className: "scroll" }, [make("table", { className: "data" }, [
      make("caption", { className: "hidden", text: caption }), make("thead", {}, [make("tr", {}, heads)]), this.body,
    ])]);
  }

  fill(items, empty = "Nothing yet.") {
    const kept = new Map();
    const rows = items.map((item) => {
      const key = this.key(item), told = JSON.stringify(item), before = this.rows.get(key);
      const row = before?.told === told ? before.row : this.#build(item, !before && this.filled);
      kept.set(key, { row, told });
      return row;
    });
    this.rows = kept;
    this.filled = true;
    if (!rows.length) rows.push(make("tr", {}, [make("td", { text: empty, className: "text empty", colspan: this.columns.length })]));
    if (rows.length !== this.body.rows.length || rows.some((row, at) => row !== this.body.rows[at])) this.body.replaceChildren(...rows);
  }

  #build(item, fresh) {
    const cells = this.columns.map(({ show, className }) => make("td", { className: className ?? "" }, [show(item)]));
    return make("tr", fresh ? { className: "new" } : {}, cells);
  }
}
