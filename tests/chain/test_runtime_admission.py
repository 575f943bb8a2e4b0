"""What the pool and blocks turn away though it is signed and paid for: guarded calls, frozen coldkeys, spam."""

import pytest

from chain.keys import Keypair
from chain.runtime import balances, drand, system, utility
from chain.runtime.errors import CustomInvalid
from chain.runtime.outcome import describe_failure
from chain.runtime.proxy import delegation
from chain.runtime.proxy.kinds import ProxyType
from chain.runtime.runtime import RUNTIME
from chain.runtime.subtensor import (
    batches,
    coldkey_swaps,
    commits,
    errors,
    faucet,
    founding,
    registration,
    serving,
    storage,
    takes,
    timelocks,
    weights,
)
from chain.runtime.subtensor.types import NetworkLastRegistered
from chain.runtime.subtensor.weights import Submission
from chain.runtime.types import Id
from tests.chain.blocks import Chain

ALICE = Keypair.from_uri("//Alice")
BOB = Keypair.from_uri("//Bob")
HOTKEY = Keypair.from_uri("//Bob//hot")
AXON = (1, 1, 0, 9000, 4, 0, 0, 0)


class Judge(Chain):
    def refuse(self, custom, pair, call, *args):
        """The pool and a block refuse a call with that number, and nothing comes of it."""
        raw = self.sign(pair, call, *args)
        with pytest.raises(CustomInvalid) as caught:
            self.validate(raw)
        assert (caught.value.custom, str(caught.value)) == (custom, f"Custom error: {custom}")
        result = self.build(raw)
        assert [error.custom for error in result.rejected.values()] == [custom]
        assert len(result.extrinsics) == 1


@pytest.fixture
def chain():
    made = Judge()
    made.build(made.sign(BOB, registration.burned_register, 1, HOTKEY.public_key))
    return made


def test_guarded_calls_are_refused_with_the_dialect_s_numbers(chain):
    chain.refuse(10, BOB, serving.serve_axon, *AXON)
    chain.refuse(13, HOTKEY, serving.serve_axon, *AXON[:3], 0, *AXON[4:])
    chain.refuse(255, HOTKEY, serving.serve_axon, *AXON[:4], 5, *AXON[5:])
    chain.refuse(11, HOTKEY, serving.serve_axon, *AXON[:2], 2**32 - 1, *AXON[3:])
    chain.refuse(11, HOTKEY, serving.serve_prometheus, *AXON[:5])
    chain.refuse(27, BOB, takes.increase_take, HOTKEY.public_key, 65_535)
    chain.refuse(25, HOTKEY, takes.increase_take, HOTKEY.public_key, 1)
    chain.refuse(4, BOB, takes.increase_take, bytes(32), 1)
    chain.change(storage.MIN_DELEGATE_TAKE, 2)
    chain.refuse(26, BOB, takes.decrease_take, HOTKEY.public_key, 1)
    chain.refuse(18, HOTKEY, batches.batch_set_weights, [1], [], [])
    chain.refuse(18, HOTKEY, batches.batch_reveal_weights, 1, [[0]], [], [], [])
    chain.change(drand.LAST_STORED_ROUND, 1_000)
    chain.refuse(15, HOTKEY, timelocks.commit_timelocked_weights, 1, b"", 999, 4)
    chain.change(storage.WEIGHTS_SET_RATE_LIMIT, 1, 100)
    chain.refuse(6, HOTKEY, weights.set_weights, 1, [0], [1], 0)
    chain.refuse(6, HOTKEY, commits.commit_weights, 1, bytes(32))
    chain.change(storage.STAKE_THRESHOLD, 10**12)
    chain.refuse(1, HOTKEY, weights.set_weights, 1, [0], [1], 0)
    chain.change(storage.LAST_RATE_LIMITED_BLOCK, NetworkLastRegistered(), 1)
    chain.change(storage.NETWORK_RATE_LIMIT, 100)
    chain.refuse(6, BOB, founding.register_network, HOTKEY.public_key)
    assert system.get_account(chain.state, HOTKEY.public_key).nonce == 0


def test_reveals_are_refused_by_number_where_nothing_is_due(chain):
    chain.change(storage.COMMIT_REVEAL_WEIGHTS_ENABLED, 1, True)
    reveal = (commits.reveal_weights, 1, [1], [1], [7], 0)
    chain.refuse(16, HOTKEY, *reveal)
    chain.refuse(16, HOTKEY, commits.reveal_mechanism_weights, 1, 200, *reveal[2:])
    commit_hash = commits.compute_commit_hash(HOTKEY.public_key, Submission(1, 0, [1], [1], 0), [7])
    chain.build(chain.sign(HOTKEY, commits.commit_weights, 1, commit_hash))
    chain.refuse(17, HOTKEY, *reveal)
    chain.refuse(16, HOTKEY, commits.reveal_weights, 1, [1], [1], [8], 0)


def test_other_free_calls_that_fail_are_included_so_that_their_error_has_a_name(chain):
    result = chain.build(chain.sign(HOTKEY, weights.set_weights, 1, [7], [1], 0))
    assert [(type(done.error), done.fee) for done in result.results[1:]] == [(errors.NeuronNoValidatorPermit, 0)]
    assert system.get_account(chain.state, HOTKEY.public_key).nonce == 1


def test_an_account_that_nobody_knows_fills_no_blocks_for_nothing(chain):
    nobody = Keypair.from_uri("//Nobody")
    chain.refuse(19, nobody, weights.set_weights, 1, [0], [1], 0)
    assert system.get_account(chain.state, nobody.public_key).nonce == 0


def test_calls_within_calls_are_guarded_too(chain):
    result = chain.build(
        chain.sign(BOB, utility.force_batch, [serving.serve_axon.with_args(*AXON)]),
    )
    failed = utility.ItemFailed(describe_failure(errors.HotKeyNotRegisteredInNetwork()))
    assert RUNTIME.event_type.encode(failed) in chain.state.get(system.EVENTS.prefix)
    assert result.results[1].error is None


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


def test_a_proxy_cannot_act_for_a_coldkey_about_to_be_replaced(chain):
    chain.build(chain.sign(BOB, delegation.add_proxy, Id(ALICE.public_key), ProxyType.Any, 0))
    chain.build(chain.sign(BOB, coldkey_swaps.announce_coldkey_swap, bytes(32)))
    before = balances.get_free(chain.state, BOB.public_key)
    transfer = balances.transfer_keep_alive.with_args(Id(HOTKEY.public_key), 10**9)
    chain.build(chain.sign(ALICE, delegation.proxy, Id(BOB.public_key), None, transfer))
    assert balances.get_free(chain.state, BOB.public_key) == before
