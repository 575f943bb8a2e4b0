// The demand map: kinds of texts, and where nobody is better than the anchor.
import { fixed, make, percent, setText, whole } from "./format.js";

const WORDS = { missing: "nobody", thin: "one expert", served: "a team", unknown: "not known yet" };

function summary(demand) {
  const known = demand.contexts.filter((one) => one.state !== "unknown");
  if (!known.length) return "Audits have only begun: the map fills as they go on.";
  if (!demand.missing_share) return "Experts help with every kind of text that is known so far.";
  return `Nobody helps with ${percent(demand.missing_share, 0)} of this validator's texts: a specialist for them would be paid.`;
}

function kind(one) {
  const name = make("span", { text: one.labels.join(", ") });
  return one.words.length ? [name, make("span", { className: "words", text: one.words.join(" · ") })] : [name];
}

function row(one, most) {
  const bar = make("span", { className: "measure", "aria-hidden": "true" });
  bar.style.setProperty("--share", `${(100 * one.share) / most}%`);
  const audited = one.state !== "unknown";
  return make("tr", { className: one.state }, [
    make("th", { scope: "row", class: "text" }, kind(one)),
    make("td", { className: "text" }, [make("span", { className: "badge", text: one.state === "served" ? `${one.helpers} experts` : WORDS[one.state] })]),
    make("td", {}, [bar, make("span", { text: percent(one.share) })]),
    make("td", { text: audited ? fixed(one.anchor_loss, 2) : "–" }),
    make("td", { text: audited ? fixed(one.anchor_loss - one.gain, 2) : "–" }),
    make("td", { text: whole(one.texts) }),
  ]);
}

export function fillDemand(body, note, demand) {
  setText(note, summary(demand));
  const most = Math.max(...demand.contexts.map((one) => one.share), 1e-9);
  body.replaceChildren(...demand.contexts.map((one) => row(one, most)));
}
