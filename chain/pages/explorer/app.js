// The explorer: shows the page that the address names, and keeps it up to date.
import { make, setText, whole } from "../look/elements.js";
import { offerThemes } from "../look/theme.js";
import * as pages from "./pages.js";
import { card, tick } from "./parts.js";
import { ask, follow } from "./source.js";

const ROUTES = {
  "": pages.overview, blocks: pages.blocks, block: pages.block, extrinsics: pages.extrinsics, extrinsic: pages.extrinsic,
  events: pages.events, accounts: pages.accounts, account: pages.accountPage,
};
const HOME_OF = { block: "blocks", extrinsic: "extrinsics", account: "accounts" };
const PAUSE_MS = 500;
const byId = (id) => document.getElementById(id);
let page = null, chain = null, turn = 0, paused = false, busy = false, behind = false;

async function show() {
  const mine = ++turn;
  const [name = "", ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  for (const item of byId("nav").children) {
    if (item.getAttribute("href") === `#/${HOME_OF[name] ?? name}`) item.setAttribute("aria-current", "page");
    else item.removeAttribute("aria-current");
  }
  let next;
  try {
    chain ??= await ask("overview");
    next = await (ROUTES[name] ?? missing)(...rest);
    await next.refresh(chain);
  } catch (error) {
    next = failed(error);
  }
  if (mine !== turn) return;
  const first = page == null;
  page = next;
  document.title = `${page.title} · Hivegate`;
  byId("main").replaceChildren(...page.elements);
  if (!first) {
    scrollTo(0, 0);
    byId("main").querySelector("h1")?.focus({ preventScroll: true });
  }
}

async function missing() {
  throw new Error("There is no such page.");
}

function failed(error) {
  const box = card("Not found", [make("p", { text: error.message })], { level: "h1" });
  box.classList.add("fail");
  return { title: "Not found", live: false, refresh: async () => {}, elements: [box] };
}

// One refresh at a time: blocks may come faster than anybody can read.
async function refresh() {
  if (busy) behind = true;
  if (busy || paused || !page?.live) return;
  busy = true;
  const shown = page;
  try {
    await shown.refresh(chain);
  } catch (error) {
    if (shown === page) say(error.message);
  }
  setTimeout(() => {
    busy = false;
    if (behind) refresh();
    behind = false;
  }, PAUSE_MS);
}

function say(text) {
  byId("notice").hidden = !text;
  setText(byId("notice"), text);
}

let health = "connecting";
function showHealth(next, heard) {
  health = next ?? health;
  const since = heard ? ` since ${new Date(heard).toLocaleTimeString()}` : "";
  const words = { live: "live", stale: "no blocks", lost: "disconnected", connecting: "connecting…" };
  const badge = byId("live");
  setText(badge, paused ? "paused" : words[health]);
  badge.className = `badge ${paused ? "" : health === "live" ? "good" : health === "connecting" ? "" : "bad"}`;
  badge.setAttribute("aria-pressed", String(!paused));
  if (health === "lost") say(`The connection to the node is lost${since}. Trying again; what you see may be old.`);
  else if (health === "stale") say(`No new block${since}.`);
  else say("");
}

follow((told) => {
  chain = told;
  setText(byId("chain"), `${chain.chain} · ${chain.spec} · states from block ${whole(chain.oldest_state)} on`);
  setText(byId("genesis"), chain.genesis);
  refresh();
}, showHealth);

byId("live").addEventListener("click", () => {
  paused = !paused;
  showHealth();
  refresh();
});
byId("search").addEventListener("submit", async (event) => {
  event.preventDefault();
  const query = byId("query");
  try {
    const found = await ask("search", { q: query.value });
    say("");
    query.value = "";
    location.hash = `#/${found.page}/${found.at}`;
  } catch (error) {
    say(error.message);
  }
});
addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  byId("query").focus();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("main").focus();
});
addEventListener("hashchange", show);
setInterval(tick, 1000);
offerThemes(byId("theme"));
show();
