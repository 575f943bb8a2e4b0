"""What the pool and blocks turn away though it is signed and paid for: free calls that fail, frozen coldkeys."""

import pytest

from chain.crypto import blake2_256
from chain.keys import Keypair
from chain.runtime import balances, system
from chain.runtime.errors import CustomInvalid
from chain.runtime.executive import BlockEnv, build_block, execute_block, validate_transaction
from chain.runtime.extrinsic import Anchor, Terms, encode_signed
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.subtensor import batches, coldkey_swaps, faucet, registration, serving, storage, takes, weights
from chain.runtime.types import Id, Sr25519
from chain.state.overlay import MemoryState, State

BOB = Keypair.from_uri("//Bob")
HOTKEY = Keypair.from_uri("//Bob//hot")
GENESIS_HASH = blake2_256(b"genesis")
AXON = (1, 1, 0, 9000, 4, 0, 0, 0)


class Chain:
    def __init__(self):
        self.state = MemoryState(build_genesis(dev_spec()))
        self.number = 0
        self.tip = GENESIS_HASH

    def sign(self, pair, call, *args, ahead=0):
        nonce = system.get_account(self.state, pair.public_key).nonce + ahead
        anchor = Anchor(GENESIS_HASH, GENESIS_HASH)
        made = call.with_args(*args)
        return encode_signed(made, pair.public_key, lambda data: Sr25519(pair.sign(data)), anchor, Terms(nonce))

    def validate(self, raw):
        return validate_transaction(self.state, raw, GENESIS_HASH, parent_hash=self.tip)

    def build(self, *raws):
        env = BlockEnv(self.number + 1, self.tip, 1_000 * (self.number + 1), GENESIS_HASH)
        result = build_block(self.state, env, raws)
        assert execute_block(self.state, env, result.extrinsics).changes == result.changes
        self.state.apply(result.changes)
        self.number += 1
        self.tip = blake2_256(self.tip)
        return result

    def refuse(self, custom, pair, call, *args):
        """The pool and a block refuse a call with that number, and nothing comes of it."""
        raw = self.sign(pair, call, *args)
        with pytest.raises(CustomInvalid) as caught:
            self.validate(raw)
        assert (caught.value.custom, str(caught.value)) == (custom, f"Custom error: {custom}")
        result = self.build(raw)
        assert [error.custom for error in result.rejected.values()] == [custom]
        assert len(result.extrinsics) == 1

    def change(self, item, *args):
        state = State(self.state)
        item.put(state, *args)
        self.state.apply(state.changes)


@pytest.fixture
def chain():
    made = Chain()
    made.build(made.sign(BOB, registration.burned_register, 1, HOTKEY.public_key))
    return made


def test_free_calls_that_fail_are_refused_with_the_dialect_s_numbers(chain):
    chain.refuse(10, BOB, serving.serve_axon, *AXON)
    chain.refuse(13, HOTKEY, serving.serve_axon, *AXON[:3], 0, *AXON[4:])
    chain.refuse(11, HOTKEY, serving.serve_axon, *AXON[:4], 5, *AXON[5:])
    chain.refuse(26, BOB, takes.increase_take, HOTKEY.public_key, 1)
    chain.refuse(25, HOTKEY, takes.increase_take, HOTKEY.public_key, 1)
    chain.refuse(4, BOB, takes.increase_take, bytes(32), 1)
    chain.refuse(18, HOTKEY, batches.batch_set_weights, [1], [], [])
    chain.refuse(255, HOTKEY, weights.set_weights, 1, [7], [1], 0)
    chain.change(storage.WEIGHTS_SET_RATE_LIMIT, 1, 100)
    chain.refuse(6, HOTKEY, weights.set_weights, 1, [0], [1], 0)
    assert system.get_account(chain.state, HOTKEY.public_key).nonce == 0


def test_a_free_call_that_succeeds_costs_nothing(chain):
    raw = chain.sign(HOTKEY, serving.serve_axon, *AXON)
    assert chain.validate(raw).account == HOTKEY.public_key
    result = chain.build(raw)
    assert [(done.error, done.fee) for done in result.results[1:]] == [(None, 0)]
    chain.change(storage.SERVING_RATE_LIMIT, 1, 50)
    chain.refuse(12, HOTKEY, serving.serve_axon, *AXON)


def test_the_faucet_revives_an_account_without_a_rao(chain):
    nobody = Keypair.from_uri("//Nobody")
    chain.build(chain.sign(nobody, faucet.faucet, 0, 0, b""))
    assert balances.get_free(chain.state, nobody.public_key) == 10**12


def test_a_later_free_call_is_judged_when_its_turn_comes(chain):
    raw = chain.sign(BOB, takes.increase_take, HOTKEY.public_key, 1, ahead=1)
    assert chain.validate(raw).nonce == 2


def test_a_coldkey_about_to_be_replaced_may_do_nothing_else(chain):
    chain.build(chain.sign(BOB, coldkey_swaps.announce_coldkey_swap, bytes(32)))
    transfer = (balances.transfer_keep_alive, Id(HOTKEY.public_key), 10**9)
    chain.refuse(0, BOB, *transfer)
    result = chain.build(chain.sign(BOB, coldkey_swaps.dispute_coldkey_swap))
    assert result.results[1].error is None
    chain.refuse(21, BOB, *transfer)
    chain.refuse(21, BOB, coldkey_swaps.clear_coldkey_swap_announcement)
