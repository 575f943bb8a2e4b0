// The dashboard: takes each state of the validator and shows it.
import { offerThemes } from "/look/theme.js";
import { drawLoss, fillLossTable } from "./chart.js";
import { fillDemand } from "./demand.js";
import { fixed, make, nameOf, setText, short, whole } from "./format.js";
import { Playground } from "./playground.js";
import { follow } from "./stream.js";
import { fillEarnings, fillGate, fillWeights, MinerTable } from "./tables.js";

const byId = (id) => document.getElementById(id);
let state = { miners: [], history: [] };

const table = new MinerTable(byId("miners"), byId("filter"), byId("miners-note"));
const playground = new Playground({
  form: byId("ask"), prompt: byId("prompt"), model: byId("model"), budget: byId("budget"), temperature: byId("temperature"),
  send: byId("send"), halt: byId("halt"), legend: byId("legend"), answer: byId("answer"), info: byId("token-info"),
}, () => state.miners);

function showFigures(figures) {
  for (const key of ["mixture", "best_single", "anchor"]) setText(byId(`bpb-${key}`), fixed(figures?.[key]));
  const saved = figures?.best_single ? 1 - figures.mixture / figures.best_single : null;
  setText(byId("gain"), saved == null ? "The first evaluation is on its way."
    : saved > 0 ? `The mixture needs ${(100 * saved).toFixed(0)} % fewer bits than any single expert.`
      : "The mixture does not beat the best single expert yet.");
}

function showHistory(history) {
  drawLoss(byId("loss-chart"), history);
  fillLossTable(byId("loss-table").tBodies[0], history);
  const last = history.at(-1);
  setText(byId("loss-caption"), last
    ? `${history.length} evaluations; at block ${last.block} the mixture took ${fixed(last.mixture)} bits per byte, the best single expert ${fixed(last.best_single)}, the anchor ${fixed(last.anchor)}.`
    : "No evaluation yet.");
}

function showPulse(next) {
  setText(byId("block"), whole(next.block));
  setText(byId("epoch"), whole(next.epoch));
  byId("tempo").value = next.tempo ? Math.min(1, next.blocks_since_last_step / next.tempo) : 0;
  setText(byId("tempo-text"), next.tempo ? `in ${Math.max(0, next.tempo - next.blocks_since_last_step)} blocks` : "–");
  setText(byId("hotkey"), next.hotkey);
  showExplorer(next.chain.explorer);
}

function showExplorer(url) {
  const place = byId("explorer");
  place.hidden = !url;
  if (url && place.lastElementChild.getAttribute("href") !== url) place.lastElementChild.setAttribute("href", url);
}

function describeCommits(way) {
  if (!way?.way || way.way === "open") return "none: weights are set in the open";
  const waiting = way.waiting.map((commit) => `committed, reveals at block ${whole(commit.reveals_at_block)}`);
  return waiting.join("; ") || "none: all that were committed are revealed";
}

function describeAlarms(alarms, miners) {
  const told = (alarms ?? []).map((pair) => `${nameOf(pair.miner, miners)} with ${short(pair.validator)}: +${fixed(pair.difference, 2)}`);
  return told.join("; ") || "none: no miner does well with one validator only";
}

function showHealth(next) {
  const receipt = next.last_weights_receipt;
  const facts = [
    ["Chain", next.chain.problem ?? "connected", Boolean(next.chain.problem)],
    ["Seat in the subnet", next.registration_problem ?? (next.uid == null ? "none yet" : `uid ${next.uid}`), Boolean(next.registration_problem)],
    ["Anchor model", next.anchor.problem ?? "ready", Boolean(next.anchor.problem)],
    ["Audits", next.audits.problem ?? `${whole(next.audits.rounds)} rounds; the last took ${fixed(next.audits.round_seconds, 1)} s`, Boolean(next.audits.problem)],
    ["Last weights", !receipt ? "none yet" : receipt.error ?? `block ${receipt.block}, ${short(receipt.extrinsic_hash)}`, Boolean(receipt?.error)],
    ["Weights on their way", describeCommits(next.weights_on_their_way)],
    ["Odd pairs", describeAlarms(next.validators?.alarms, next.miners), Boolean(next.validators?.alarms?.length)],
    ["Apps", `${whole(next.apps.running)} answers in progress, ${whole(next.apps.waiting)} waiting`],
    ["Seed commitment", short(next.seed_commitment)],
    ["Held-out text", next.texts_note],
  ];
  byId("health").replaceChildren(...facts.flatMap(([name, text, bad]) => [
    make("dt", { text: name }), make("dd", { text, className: bad ? "bad" : "" }),
  ]));
}

function show(next) {
  const grown = next.history.length !== state.history.length || next.history.at(-1)?.block !== state.history.at(-1)?.block;
  state = next;
  showPulse(next);
  showFigures(next.bits_per_byte);
  if (grown) showHistory(next.history);
  table.update(next.miners);
  fillEarnings(byId("earnings"), next.miners);
  fillGate(byId("gate"), next.gate, next.miners);
  if (next.demand) fillDemand(byId("demand").tBodies[0], byId("demand-note"), next.demand);
  fillWeights(byId("weights"), next.weights, next.miners);
  playground.offer(next.models);
  showHealth(next);
}

function showConnection(health, heard) {
  const badge = byId("live"), notice = byId("notice");
  const since = heard ? ` since ${new Date(heard).toLocaleTimeString()}` : "";
  const words = { live: "live", "no-chain": "no chain", stale: "stale", lost: "disconnected" };
  const notices = {
    "no-chain": "The validator cannot reach the chain. Blocks and weights below are the last it saw; answers go on.",
    stale: `Nothing has changed${since}. The figures below may be old.`,
    lost: `The connection to the validator is lost${since}. Trying again; the figures below are old.`,
  };
  setText(badge, words[health]);
  badge.className = `badge ${health === "live" ? "good" : "bad"}`;
  notice.hidden = !notices[health];
  setText(notice, notices[health] ?? "");
}

offerThemes(byId("theme"));
addEventListener("resize", () => drawLoss(byId("loss-chart"), state.history));
showHistory([]);
follow(show, showConnection);
