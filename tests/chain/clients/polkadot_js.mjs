// What a program on @polkadot/api does: read, transfer, fail, watch, prove. Writes one JSON object.
import { ApiPromise, Keyring, WsProvider } from "@polkadot/api";

const api = await ApiPromise.create({ provider: new WsProvider(process.argv[2]), noInitWarn: true });
const keyring = new Keyring({ type: "sr25519" });
const [alice, bob] = ["//Alice", "//Bob"].map((uri) => keyring.addFromUri(uri));

const follow = (extrinsic, last) =>
  new Promise((resolve, reject) => {
    const seen = [];
    extrinsic
      .signAndSend(alice, { nonce: -1 }, ({ status, events, dispatchError }) => {
        seen.push(status.type);
        if (status.type === last) {
          const names = events.map(({ event }) => `${event.section}.${event.method}`);
          const error = dispatchError && api.registry.findMetaError(dispatchError.asModule).name;
          resolve({ seen, names, error: error ?? null });
        }
      })
      .catch(reject);
  });

const found = {
  tempo: (await api.query.subtensorModule.tempo(1)).toNumber(),
  accounts: (await api.query.system.account.entries()).length,
  fee: (await api.tx.balances.transferKeepAlive(bob.address, 5n).paymentInfo(alice)).partialFee.toNumber(),
  transfer: await follow(api.tx.balances.transferKeepAlive(bob.address, 12345n), "Finalized"),
  failure: await follow(api.tx.subtensorModule.burnedRegister(99, bob.address), "InBlock"),
  proof: (await api.rpc.state.getReadProof([api.query.timestamp.now.key()])).proof.length,
};
found.heads = await new Promise(async (resolve) => {
  const numbers = [];
  const stop = await api.rpc.chain.subscribeNewHeads((head) => {
    numbers.push(head.number.toNumber());
    if (numbers.length === 3) stop(), resolve(numbers);
  });
});
console.log(JSON.stringify(found));
await api.disconnect();
