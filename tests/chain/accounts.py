"""Three funded accounts and blocks in memory, for tests of what blocks do to balances."""

from chain.crypto import blake2_256
from chain.keys import ED25519, Keypair
from chain.runtime import balances, sudo, system
from chain.runtime.dispatch import Context, Root
from chain.runtime.executive import BlockEnv, build_block, execute_block, validate_transaction
from chain.runtime.extrinsic import Anchor, Terms, encode_signed
from chain.runtime.types import Ed25519, Id, Sr25519
from chain.state.overlay import MemoryState, State

ALICE, BOB, CHARLIE, DAVE = (Keypair.from_uri(f"//{name}") for name in ("Alice", "Bob", "Charlie", "Dave"))
GENESIS_HASH = blake2_256(b"genesis")
FUNDS = 10**12


def block_hash(number):
    return blake2_256(b"block %d" % number) if number else GENESIS_HASH


class Chain:
    """Blocks on blocks, without a node; Alice, Bob and Charlie are funded, Alice is sudo."""

    def __init__(self):
        self.state = MemoryState()
        state = State(self.state)
        ctx = Context(state, Root(), 0, 0)
        for pair in (ALICE, BOB, CHARLIE):
            balances.deposit(ctx, pair.public_key, FUNDS)
        sudo.KEY.put(state, ALICE.public_key)
        self.state.apply(state.changes)
        self.number = 0

    def env(self):
        number = self.number + 1
        return BlockEnv(number, block_hash(self.number), 1000 * number, GENESIS_HASH)

    def build(self, *raws):
        result = build_block(self.state, self.env(), raws)
        replayed = execute_block(self.state, self.env(), result.extrinsics)
        assert replayed.changes == result.changes
        self.state.apply(result.changes)
        self.number += 1
        return result

    def sign(self, call, pair=ALICE, *, tip=0, era=None, ahead=0):
        nonce = system.get_account(self.state, pair.public_key).nonce + ahead
        birth = GENESIS_HASH if era is None else block_hash(era.birth(self.number + 1))
        wrap = Ed25519 if pair.crypto_type == ED25519 else Sr25519
        terms = Terms(nonce, tip, era)
        return encode_signed(
            call, pair.public_key, lambda data: wrap(pair.sign(data)), Anchor(GENESIS_HASH, birth), terms
        )

    def validate(self, raw):
        return validate_transaction(self.state, raw, GENESIS_HASH, parent_hash=block_hash(self.number))

    def events(self):
        return [record.event for record in system.EVENTS.get(self.state)]

    def free(self, pair):
        return balances.get_free(self.state, pair.public_key)


def transfer(value, target=BOB):
    return balances.transfer_keep_alive.with_args(Id(target.public_key), value)
