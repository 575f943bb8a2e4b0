// What a program on polkadot-api does: read, watch, call the runtime, transfer, fail. Writes one JSON object.
import { Keyring } from "@polkadot/api";
import { cryptoWaitReady } from "@polkadot/util-crypto";
import { createClient } from "polkadot-api";
import { getPolkadotSigner } from "polkadot-api/signer";
import { getWsProvider } from "polkadot-api/ws";
import { firstValueFrom, lastValueFrom, take, toArray } from "rxjs";
import WebSocket from "ws";

await cryptoWaitReady();
const client = createClient(getWsProvider(process.argv[2], { websocketClass: WebSocket }));
const api = client.getUnsafeApi();
const [alice, bob] = ["//Alice", "//Bob"].map((uri) => new Keyring({ type: "sr25519" }).addFromUri(uri));
const signer = getPolkadotSigner(alice.publicKey, "Sr25519", (message) => alice.sign(message));
const address = ({ publicKey }) => new Keyring({ ss58Format: 42 }).encodeAddress(publicKey);
const balance = async (pair) => (await api.query.System.Account.getValue(address(pair))).data.free;
const transfer = (value) =>
  api.tx.Balances.transfer_keep_alive({ dest: { type: "Id", value: address(bob) }, value });

const found = {};
found.spec = (await api.constants.System.Version()).spec_version;
found.tempo = await api.query.SubtensorModule.Tempo.getValue(1);
found.accounts = (await api.query.System.Account.getEntries()).length;
found.fee = Number(await transfer(5n).getEstimatedFees(address(alice)));
const before = await balance(bob);
const done = await transfer(12345n).signAndSubmit(signer);
found.transfer = { ok: done.ok, events: done.events.map(({ type, value }) => `${type}.${value.type}`) };
found.received = Number((await balance(bob)) - before);
const failed = await api.tx.SubtensorModule.burned_register({ netuid: 99, hotkey: address(bob) }).signAndSubmit(signer);
found.failure = { ok: failed.ok, error: failed.dispatchError?.value?.value?.type };
const watched = transfer(6n).signSubmitAndWatch(signer);
found.watched = (await lastValueFrom(watched.pipe(toArray()))).map(({ type }) => type);
const metagraph = await api.apis.SubnetInfoRuntimeApi.get_metagraph(1);
found.metagraph = { netuid: metagraph.netuid, tempo: metagraph.tempo };
found.neurons = (await api.apis.NeuronInfoRuntimeApi.get_neurons_lite(1)).length;
const now = await firstValueFrom(api.query.Timestamp.Now.watchValue());
found.now = Number(now.value ?? now) > 0;
found.heights = (await firstValueFrom(client.finalizedBlock$.pipe(take(3), toArray()))).map(({ number }) => number);
const nested = api.tx.Utility.batch_all({ calls: [transfer(1n).decodedCall, transfer(2n).decodedCall] });
found.batch = (await nested.signAndSubmit(signer)).ok;
console.log(JSON.stringify(found));
client.destroy();
process.exit(0);
