"""A chain worth measuring: many accounts, a subnet that is full, and transactions signed beforehand."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chain.keys import Keypair
from chain.node.genesis import build_genesis_block
from chain.runtime.balances import transfer_keep_alive
from chain.runtime.dispatch import Call
from chain.runtime.extrinsic import Anchor, Terms, encode_signed
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.subtensor import storage
from chain.runtime.subtensor.weights import set_weights
from chain.runtime.types import Id, Sr25519
from chain.state.overlay import MemoryState, State

FORTUNE = 10**12
WEIGHED_NETUID = 1
LARGE_NETUID = 2


@dataclass(frozen=True)
class World:
    """The first state of a chain, and those in it who can sign."""

    items: dict[bytes, bytes]
    genesis_hash: bytes
    senders: Sequence[Keypair]
    strangers: Sequence[bytes]

    def sign(self, sender: Keypair, call: Call, nonce: int = 0) -> bytes:
        """An immortal extrinsic."""
        anchor = Anchor(self.genesis_hash, self.genesis_hash)
        return encode_signed(call, sender.public_key, lambda data: Sr25519(sender.sign(data)), anchor, Terms(nonce))

    def sign_transfers(self, count: int) -> list[bytes]:
        """One transfer of each sender to a stranger of its own, in turn until there are ``count``."""
        made = []
        for index in range(count):
            nonce, position = divmod(index, len(self.senders))
            target = self.strangers[index * 7919 % len(self.strangers)]
            made.append(
                self.sign(self.senders[position], transfer_keep_alive.with_args(Id(target), 1000 + index), nonce)
            )
        return made

    def sign_weights(self, count: int, size: int, first_nonce: int = 0) -> list[bytes]:
        """Rows of ``size`` weights by the first senders, who are the validators of a subnet, in turn."""
        uids = list(range(size))
        made = []
        for index in range(count):
            nonce, position = divmod(index, size)
            values = [(index * 31 + uid * 17) % 65_535 + 1 for uid in uids]
            call = set_weights.with_args(WEIGHED_NETUID, uids, values, 0)
            made.append(self.sign(self.senders[position], call, first_nonce + nonce))
        return made


def build_world(accounts: int, senders: int, neurons: int = 256, large: int = 0) -> World:
    """``accounts`` in all, ``senders`` of them with keys, the first ``neurons`` of whom fill subnet 1.

    With ``large`` there is another subnet of so many neurons.
    """
    keys = [Keypair.from_seed(number.to_bytes(32, "little")) for number in range(1, senders + 1)]
    strangers = [hashlib.blake2b(b"%d" % number, digest_size=32).digest() for number in range(accounts - senders)]
    owners = [key.public_key for key in keys] + strangers
    dev = dev_spec(tempo=65_000)
    subnets = (dev.subnets[0], *([replace(dev.subnets[0], netuid=LARGE_NETUID)] if large else []))
    spec = replace(dev, accounts={**dev.accounts, **dict.fromkeys(owners, FORTUNE)}, subnets=subnets)
    genesis = build_genesis(spec)
    state = State(MemoryState(genesis))
    _fill_subnet(state, WEIGHED_NETUID, owners[:neurons])
    if large:
        _fill_subnet(state, LARGE_NETUID, owners[-large:])
    items = genesis | {key: value for key, value in state.changes.items() if value is not None}
    return World(items, build_genesis_block(items).hash, keys, strangers)


def _fill_subnet(state: State, netuid: int, hotkeys: Sequence[bytes]) -> None:
    size = len(hotkeys)
    for uid, hotkey in enumerate(hotkeys):
        storage.KEYS.put(state, netuid, uid, hotkey)
        storage.UIDS.put(state, netuid, hotkey, uid)
        storage.OWNER.put(state, hotkey, hotkey)
        storage.BLOCK_AT_REGISTRATION.put(state, netuid, uid, 0)
        storage.IS_NETWORK_MEMBER.put(state, hotkey, netuid, True)
    storage.SUBNETWORK_N.put(state, netuid, size)
    storage.MAX_ALLOWED_UIDS.put(state, netuid, size)
    storage.WEIGHTS_SET_RATE_LIMIT.put(state, netuid, 0)
    storage.VALIDATOR_PERMIT.put(state, netuid, [True] * size)
    storage.ACTIVE.put(state, netuid, [True] * size)
    for column in (storage.LAST_UPDATE, storage.EMISSION, storage.INCENTIVE, storage.DIVIDENDS, storage.CONSENSUS):
        column.put(state, netuid, [0] * size)
