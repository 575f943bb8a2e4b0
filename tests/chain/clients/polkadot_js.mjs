// What a program on @polkadot/api does: read, transfer, fail, watch, prove. Writes one JSON object.
import { ApiPromise, Keyring, WsProvider } from "@polkadot/api";

const api = await ApiPromise.create({ provider: new WsProvider(process.argv[2]), noInitWarn: true });
const keyring = new Keyring({ type: "sr25519" });
const [alice, bob] = ["//Alice", "//Bob"].map((uri) => keyring.addFromUri(uri));

const follow = (extrinsic, last) =>
  new Promise((resolve, reject) => {
    const seen = [];
    extrinsic
      .signAndSend(alice, { nonce: -1 }, ({ status, events, dispatchError, isError }) => {
        seen.push(status.type);
        if (isError) reject(new Error(`the transaction was ${status.type}`));
        if (status.isFinalized || status.type === last) {
          const names = events.map(({ event }) => `${event.section}.${event.method}`);
          const error = dispatchError && api.registry.findMetaError(dispatchError.asModule).name;
          resolve({ seen, names, error: error ?? null });
        }
      })
      .catch(reject);
  });

// A client that is slow to fetch the block skips "InBlock" once it hears of "Finalized": then it is asked once more.
const followToTheEnd = async (build, tries = 6) => {
  const told = await follow(build(), "Finalized");
  return told.seen.includes("InBlock") || tries === 1 ? told : followToTheEnd(build, tries - 1);
};

const genesis = await api.at(await api.rpc.chain.getBlockHash(0));
const found = {
  at: (await genesis.query.system.number()).toNumber(),
  multi: (await api.query.system.account.multi([alice.address, bob.address])).length,
  derived: (await api.derive.balances.all(alice.address)).freeBalance.gtn(0),
  existential: api.consts.balances.existentialDeposit.toNumber(),
  metagraph: (await api.call.subnetInfoRuntimeApi.getMetagraph(1)).unwrap().netuid.toNumber(),
  tempo: (await api.query.subtensorModule.tempo(1)).toNumber(),
  accounts: (await api.query.system.account.entries()).length,
  fee: (await api.tx.balances.transferKeepAlive(bob.address, 5n).paymentInfo(alice)).partialFee.toNumber(),
  transfer: await followToTheEnd(() => api.tx.balances.transferKeepAlive(bob.address, 12345n)),
  failure: await follow(api.tx.subtensorModule.burnedRegister(99, bob.address), "InBlock"),
  proof: (await api.rpc.state.getReadProof([api.query.timestamp.now.key()])).proof.length,
};
const many = [1n, 2n].map((value) => api.tx.balances.transferKeepAlive(bob.address, value));
found.batch = await follow(api.tx.utility.batchAll(many), "InBlock");
found.sudo = await follow(api.tx.sudo.sudo(api.tx.adminUtils.sudoSetKappa(1, 30000)), "InBlock");
found.kappa = (await api.query.subtensorModule.kappa(1)).toNumber();
found.heads = await new Promise(async (resolve) => {
  const numbers = [];
  const stop = await api.rpc.chain.subscribeNewHeads((head) => {
    numbers.push(head.number.toNumber());
    if (numbers.length === 3) stop(), resolve(numbers);
  });
});
console.log(JSON.stringify(found));
await api.disconnect();
