// The pages: each gives its elements, and how to bring them up to date when a block has come.
import { make, setText, whole } from "../look/elements.js";
import { ask } from "./source.js";
import { account, amount, card, facts, link, long, mark, none, time, value } from "./parts.js";
import { accountTable, blockTable, eventTable, extrinsicTable } from "./tables.js";

const LATEST = 10;
const PER_PAGE = 25;
const MOST_ROWS = 500;
const still = async () => {};

export async function overview() {
  const names = { head: "Newest block", finalized: "Final block", issuance: "Issuance", stake: "Staked", subnets: "Subnets", pending: "Waiting" };
  const figures = Object.fromEntries(Object.keys(names).map((key) => [key, make("dd", { text: "–" })]));
  const list = make("dl", { className: "figures" }, Object.entries(names).map(([key, name]) => make("div", {}, [make("dt", { text: name }), figures[key]])));
  const blocks = blockTable(), extrinsics = extrinsicTable({ fees: false });
  let sent = [], seen = 0;
  const refresh = async (chain) => {
    const [rows, feed] = await Promise.all([ask("blocks", { count: LATEST }), ask("extrinsics", { count: LATEST, after: seen })]);
    sent = [...feed.items, ...sent].slice(0, LATEST);
    seen = Math.max(rows[0].number, seen, ...feed.items.map((one) => one.block));
    for (const [key, dd] of Object.entries(figures)) setText(dd, key === "head" ? whole(chain.head.number) : typeof chain[key] === "number" ? whole(chain[key]) : `${chain[key].split(".")[0]} TAO`);
    blocks.fill(rows);
    extrinsics.fill(sent, "Nobody has sent anything in the last blocks.");
  };
  return {
    title: "Overview", refresh, live: true,
    elements: [
      card("The chain now", [list], { level: "h1" }),
      card("Latest blocks", [blocks.element, more("#/blocks", "All blocks")], { all: false }),
      card("Latest extrinsics", [extrinsics.element, more("#/extrinsics", "All extrinsics")], { all: false }),
    ],
  };
}

export async function blocks(before) {
  const table = blockTable();
  const pager = make("nav", { className: "pager", "aria-label": "Pages of blocks" });
  const refresh = async (chain) => {
    const head = chain.head.number;
    const rows = await ask("blocks", { count: PER_PAGE, ...(before ? { before } : {}) });
    table.fill(rows, "There are no blocks below that one.");
    const first = rows[0]?.number ?? 0, last = rows.at(-1)?.number ?? 0;
    if (pager.childElementCount && before) return;
    pager.replaceChildren(
      step(first >= head ? null : `#/blocks/${Math.min(head + 1, first + PER_PAGE + 1)}`, "← Newer"),
      make("span", { className: "sub", text: before ? `Blocks ${whole(last)} to ${whole(first)} of ${whole(head)}` : "The newest blocks; they come by themselves." }),
      step(last > 0 ? `#/blocks/${last}` : null, "Older →"),
    );
  };
  return { title: "Blocks", refresh, live: !before, elements: [card("Blocks", [table.element, pager], { level: "h1" })] };
}

export async function block(name, first = "0") {
  const found = await ask(`blocks/${name}`, { first });
  const { row } = found, number = row.number;
  const extrinsics = extrinsicTable(), events = eventTable();
  extrinsics.fill(found.extrinsics, "None.");
  events.fill(found.events, found.missing ? "Not known here." : "None.");
  const final = make("span", {}, [finality(row.final)]);
  const about = card(`Block ${whole(number)}`, [facts([
    ["Hash", long(row.hash)],
    ["Made", row.time_ms == null ? none("the first block has no time") : when(row.time_ms)],
    ["Finality", final],
    ["Parent", number ? link(`#/block/${number - 1}`, found.parent, "mono long") : none()],
    ["State root", long(found.state_root)],
    ["Extrinsics root", long(found.extrinsics_root)],
    found.slot == null ? null : ["Slot", whole(found.slot)],
  ])], { level: "h1", aside: neighbours(number, found.newer) });
  const parts = (count, what) => (count > found.first + 100 || found.first ? `${whole(found.first + 1)} to ${whole(Math.min(count, found.first + 100))} of ${whole(count)} ${what}` : "");
  const longest = Math.max(row.extrinsics, row.events ?? 0);
  const paging = longest > 100 ? [make("nav", { className: "pager", "aria-label": "Parts of the block" }, [
    step(found.first ? `#/block/${number}/${Math.max(0, found.first - 100)}` : null, "← Back"),
    step(found.first + 100 < longest ? `#/block/${number}/${found.first + 100}` : null, "Go on →"),
  ])] : [];
  return {
    title: `Block ${number}`, live: !row.final,
    refresh: async (chain) => chain.finalized >= number && final.replaceChildren(finality(true)),
    elements: [about,
      card("Extrinsics", [extrinsics.element], { sub: parts(row.extrinsics, "extrinsics") }),
      card("Events", [...missing(found.missing), events.element, ...paging], { sub: parts(row.events ?? 0, "events") })],
  };
}

export async function extrinsic(name) {
  const found = await ask(`extrinsics/${name}`);
  const { row } = found;
  const events = eventTable({ causes: false });
  events.fill(found.events, found.missing ? "Not known here." : "None.");
  const final = make("span", {}, [finality(found.final)]);
  const result = found.error ? make("span", {}, [mark("failed"), " ", value(found.error)]) : mark(row.outcome);
  const about = card(`Extrinsic ${row.id}`, [facts([
    ["Result", result],
    ["Call", make("span", { text: row.call, className: "name" })],
    ["Block", make("span", {}, [link(`#/block/${row.block}`, whole(row.block)), " "])],
    ["Made", when(row.time_ms)],
    ["Finality", final],
    ["Hash", long(row.hash)],
    ["Signer", row.signer ? account(row.signer, true) : none("nobody: the block’s author put it there")],
    row.signer ? ["Fee", row.fee == null ? none("not known here") : amount(row.fee)] : null,
    row.signer ? ["Tip", amount(found.tip)] : null,
    row.signer ? ["Nonce", whole(found.nonce)] : null,
    row.signer ? ["Valid", found.era] : null,
    ["Size", `${whole(found.size_bytes)} bytes`],
  ])], { level: "h1" });
  const shown = (found.raw.length - 2) / 2;
  const raw = make("details", {}, [make("summary", { text: shown < found.size_bytes ? `First ${whole(shown)} bytes as they are` : "Bytes as they are" }), make("pre", { className: "raw", text: found.raw, tabindex: "0" })]);
  return {
    title: `Extrinsic ${row.id}`, live: !found.final,
    refresh: async (chain) => chain.finalized >= row.block && final.replaceChildren(finality(true)),
    elements: [about,
      card("Call", [value(found.call), raw], { sub: found.docs }),
      card("Events", [...missing(found.missing), events.element])],
  };
}

export const extrinsics = () => feed("Extrinsics", "extrinsics", extrinsicTable, {
  sub: "Signed ones, newest first.", filter: "Call", example: "transfer", empty: "No such extrinsic in these blocks.",
});

export const events = () => feed("Events", "events", eventTable, {
  sub: "What happened, newest first.", filter: "Event", example: "Balances", empty: "No such event in these blocks.",
});

async function feed(title, path, build, words) {
  const input = make("input", { type: "search", placeholder: words.example, "aria-label": `${words.filter} contains` });
  const aside = make("label", { className: "filter" }, [`${words.filter} `, input]);
  const list = feedParts(path, build, () => ({ name: input.value.trim() }), words.empty);
  input.addEventListener("input", () => list.begin());
  return { title, refresh: list.refresh, live: true, elements: [card(title, [list.element], { level: "h1", sub: words.sub, aside })] };
}

// A list that begins with the newest, takes in what comes, and goes on into the past when asked.
function feedParts(path, build, terms, empty) {
  const table = build();
  const button = make("button", { type: "button", text: "Look further back" });
  const note = make("p", { className: "sub", role: "status" });
  let items = null, next = null, head = 0, turn = 0;
  const get = async (bounds) => {
    const mine = ++turn;
    const found = await ask(path, { count: PER_PAGE, ...terms(), ...bounds });
    return mine === turn ? found : null;
  };
  const show = (found) => {
    table.fill(items, next ? `${empty} Look further back?` : empty);
    button.hidden = !next;
    setText(note, found.missing ?? (next ? "" : "That is all."));
  };
  const begin = async () => {
    const found = await get({});
    if (!found) return;
    [items, next] = [found.items, found.next];
    show(found);
  };
  const refresh = async (chain) => {
    const found = items && chain.head.number > head ? await get({ after: head }) : null;
    if (items && !found) return undefined;
    head = chain.head.number;
    if (!items || found.next) return begin();
    const known = new Set(items.map(table.key));
    items = [...found.items.filter((one) => !known.has(table.key(one))), ...items];
    if (items.length > MOST_ROWS) {
      items = items.slice(0, MOST_ROWS);
      next = table.key(items.at(-1));
    }
    return show(found);
  };
  button.addEventListener("click", async () => {
    const found = await get({ before: next });
    if (!found) return;
    [items, next] = [[...items, ...found.items], found.next];
    show(found);
  });
  return { element: make("div", {}, [table.element, make("div", { className: "pager" }, [note, button])]), refresh, begin };
}

export async function accounts() {
  const table = accountTable();
  const found = await ask("accounts");
  table.fill(found.accounts);
  const counted = found.complete ? `${whole(found.counted)} accounts` : `The first ${whole(found.counted)} accounts`;
  const sub = `${counted} at block ${whole(found.block)}${found.accounts.length < found.counted ? `; the ${found.accounts.length} richest` : ", the richest first"}.`;
  return { title: "Accounts", live: false, refresh: still, elements: [card("Accounts", [table.element], { level: "h1", sub })] };
}

export async function accountPage(address) {
  const about = make("div"), stakes = make("div");
  const activity = feedParts("extrinsics", extrinsicTable, () => ({ account: address }), "No extrinsic in these blocks is about this account.");
  const refresh = async (chain) => {
    const found = await ask(`accounts/${address}`);
    about.replaceChildren(facts(describe(found)));
    stakes.replaceChildren(found.stakes.length ? facts(found.stakes.map((one) => [`Subnet ${one.netuid}`, make("span", {}, [amount(one.alpha, "α"), " on ", account(one.hotkey)])])) : make("p", { className: "empty", text: "None." }));
    await activity.refresh(chain);
  };
  return {
    title: `Account ${address}`, live: true, refresh,
    elements: [card("Account", [make("p", { className: "address" }, [long(address)]), about], { level: "h1" }), card("Stakes", [stakes]), card("Extrinsics", [activity.element], { sub: "Signed by this account, or naming it." })],
  };
}

function describe(found) {
  const { row } = found;
  return [
    found.exists ? null : ["", make("span", { className: "sub", text: "The chain does not know this account: it holds nothing and never sent anything." })],
    ["Free", amount(row.free)],
    ["Reserved", amount(row.reserved)],
    ["Frozen", amount(found.frozen)],
    ["Nonce", whole(row.nonce)],
    ["Public key", long(found.public_key)],
    found.owner ? ["Hotkey of", account(found.owner)] : null,
    found.seats.length ? ["Seats", found.seats.map(({ netuid, uid }) => `uid ${uid} in subnet ${netuid}`).join(", ")] : null,
    found.hotkeys.length ? ["Hotkeys", make("ul", { className: "inline" }, found.hotkeys.map((one) => make("li", {}, [account(one)])))] : null,
  ];
}

const finality = (final) => make("span", { text: final ? "✓ final" : "… not final yet", className: `mark ${final ? "good" : "soft"}` });
const when = (ms) => make("span", {}, [time(ms), ` · ${new Date(ms).toLocaleString()}`]);
const missing = (text) => (text ? [make("p", { className: "warn", text })] : []);
const more = (href, text) => make("p", { className: "pager" }, [link(href, text)]);
const step = (href, text) => make("a", { text, ...(href ? { href } : { "aria-disabled": "true", role: "link" }) });
const neighbours = (number, newer) => make("nav", { className: "pager", "aria-label": "Neighbouring blocks" }, [
  step(number ? `#/block/${number - 1}` : null, "← Parent"), step(newer ? `#/block/${number + 1}` : null, "Next →"),
]);
