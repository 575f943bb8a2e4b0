"""A chain of blocks in memory: signed extrinsics as a pool and a block judge them."""

from chain.crypto import blake2_256
from chain.runtime import system
from chain.runtime.executive import BlockEnv, build_block, execute_block, validate_transaction
from chain.runtime.extrinsic import Anchor, Terms, encode_signed
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.types import Sr25519
from chain.state.overlay import MemoryState, State

GENESIS_HASH = blake2_256(b"genesis")


class Chain:
    """Blocks of signed extrinsics on the dev chain, without a node."""

    def __init__(self):
        self.state = MemoryState(build_genesis(dev_spec()))
        self.number = 0
        self.tip = GENESIS_HASH

    def sign(self, pair, call, *args, ahead=0):
        """The extrinsic of a call, ``ahead`` of the next nonce."""
        nonce = system.get_account(self.state, pair.public_key).nonce + ahead
        anchor = Anchor(GENESIS_HASH, GENESIS_HASH)
        made = call.with_args(*args)
        return encode_signed(made, pair.public_key, lambda data: Sr25519(pair.sign(data)), anchor, Terms(nonce))

    def validate(self, raw):
        """What a pool says of an extrinsic."""
        return validate_transaction(self.state, raw, GENESIS_HASH, parent_hash=self.tip)

    def build(self, *raws):
        """The next block, executed again, and in force."""
        env = BlockEnv(self.number + 1, self.tip, 1_000 * (self.number + 1), GENESIS_HASH)
        result = build_block(self.state, env, raws)
        assert execute_block(self.state, env, result.extrinsics).changes == result.changes
        self.state.apply(result.changes)
        self.number += 1
        self.tip = blake2_256(self.tip)
        return result

    def change(self, item, *args):
        """Store a value, as if it had been there."""
        state = State(self.state)
        item.put(state, *args)
        self.state.apply(state.changes)
