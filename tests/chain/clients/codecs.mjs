// Takes calls, extrinsics, events and storage keys apart with @polkadot/types and puts them together again. The argument
// names a JSON file of cases; writes how many there were and which came out different.
import { readFileSync } from "node:fs";
import { Metadata, TypeRegistry, expandMetadata } from "@polkadot/types";
import { compactStripLength, hexToU8a, stringCamelCase, u8aToHex } from "@polkadot/util";

const cases = JSON.parse(readFileSync(process.argv[2], "utf8"));
const registry = new TypeRegistry();
const metadata = new Metadata(registry, cases.metadata);
registry.setMetadata(metadata);
const { query } = expandMetadata(registry, metadata);
const different = [];
let count = 0;

const compare = (kind, expected, build) => {
  count += 1;
  let actual;
  try {
    actual = build();
  } catch (error) {
    actual = String(error);
  }
  if (actual !== expected) different.push({ kind, expected, actual });
};

const keyTypes = ({ type, hashers }) =>
  hashers.length === 1
    ? [registry.createLookupType(type)]
    : registry.lookup.getSiType(type).def.asTuple.map((id) => registry.createLookupType(id));

const buildKey = ({ pallet, item, parts }) => {
  const entry = query[stringCamelCase(pallet)][stringCamelCase(item)];
  const { key, hashers } = entry.meta.type.asMap;
  const types = keyTypes({ type: key, hashers });
  const [, bytes] = compactStripLength(entry(...parts.map((part, index) => registry.createType(types[index], hexToU8a(part)))));
  return u8aToHex(bytes);
};

for (const data of cases.calls) compare("call", data, () => registry.createType("Call", data).toHex());
for (const data of cases.extrinsics) compare("extrinsic", data, () => registry.createType("Extrinsic", data).toHex());
for (const data of cases.events) compare("event", data, () => registry.createType("EventRecord", data).toHex());
for (const wanted of cases.keys) compare("key", wanted.key, () => buildKey(wanted));
console.log(JSON.stringify({ count, failures: different.length, different: different.slice(0, 8) }));
