// The tables of blocks, extrinsics, events and accounts.
import { make, whole } from "../look/elements.js";
import { account, amount, blockLink, dotted, extrinsicLink, fields, hash, link, mark, none, Table, time } from "./parts.js";

export const blockTable = () => new Table("Blocks", [
  { title: "Block", show: (block) => blockLink(block.number) },
  { title: "Age", className: "text", show: (block) => time(block.time_ms) },
  { title: "Hash", className: "text wide", show: (block) => hash(block.hash) },
  { title: "Extrinsics", show: (block) => whole(block.extrinsics) },
  { title: "Events", className: "wide", show: (block) => whole(block.events) },
  { title: "Final", show: (block) => make("span", { text: block.final ? "✓ final" : "… soon", className: `mark ${block.final ? "good" : "soft"}` }) },
], (block) => block.number);

const FEE = { title: "Fee", className: "wide", show: (one) => (one.fee == null ? none("–") : amount(one.fee)) };

export const extrinsicTable = ({ fees = true } = {}) => new Table("Extrinsics", [
  { title: "Extrinsic", show: (one) => extrinsicLink(one.id) },
  { title: "Age", className: "text wide", show: (one) => time(one.time_ms) },
  { title: "Call", className: "text name", show: (one) => dotted(one.call) },
  { title: "Signer", className: "text wide", show: (one) => (one.signer ? account(one.signer) : none("the block’s author")) },
  ...(fees ? [FEE] : []),
  { title: "Result", show: (one) => mark(one.outcome) },
], (one) => one.id);

const CAUSE = { title: "Cause", className: "wide", show: (event) => (event.extrinsic == null ? none("the chain") : extrinsicLink(`${event.block}-${event.extrinsic}`)) };

export const eventTable = ({ causes = true } = {}) => new Table("Events", [
  { title: "Place", show: (event) => link(`#/block/${event.block}`, `${event.block}-${event.index}`) },
  { title: "Event", className: "text name", show: (event) => dotted(event.name, event.docs) },
  { title: "What", className: "line", show: (event) => (event.fields.length ? fields(event.fields) : none("–")) },
  ...(causes ? [CAUSE] : []),
], (event) => `${event.block}-${event.index}`);

export const accountTable = () => new Table("Accounts", [
  { title: "Account", className: "text", show: (one) => account(one.address) },
  { title: "Free", show: (one) => amount(one.free) },
  { title: "Reserved", className: "wide", show: (one) => amount(one.reserved) },
  { title: "Nonce", show: (one) => whole(one.nonce) },
], (one) => one.address);
