"""Weights that are encrypted for a round of the beacon: real ciphertexts, one real round of drand quicknet."""

import bittensor_drand
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.runtime import drand
from chain.runtime.subtensor import errors, key_errors, key_storage, storage, timelocks
from chain.runtime.subtensor.commits import get_earliest_commits
from chain.runtime.subtensor.key_events import TimelockedWeightsCommitted, TimelockedWeightsRevealed
from chain.runtime.yuma import NO_COMMIT
from chain.scale.compact import decode_bytes
from chain.scale.hints import of
from chain.timelock import CannotOpen, open_timelock
from tests.chain.ledger import BOB, CHARLIE, TAO, Ledger, hotkey

ROUND = 1_000
SIGNATURE = bytes.fromhex(
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
)
VALIDATOR = hotkey("validator")


def seal(hotkey=VALIDATOR, uids=(0,), version_key=0):
    payload = timelocks.Payload(hotkey, list(uids), [65_535] * len(uids), version_key)
    addressed, _ = bittensor_drand.encrypt_at_round(of(timelocks.Payload).encode(payload), ROUND)
    return decode_bytes(addressed, 0)[0]


@pytest.fixture
def ledger():
    made = Ledger(tempo=10)
    made.seat(BOB, "validator")
    made.add_stake(BOB, "validator", 1, 1_000 * TAO)
    made.pass_blocks(9)
    storage.COMMIT_REVEAL_WEIGHTS_ENABLED.put(made.state, 1, True)
    return made


def publish(ledger):
    payload = drand.PulsesPayload(0, [drand.Pulse(ROUND, bytes(32), SIGNATURE)], drand.Sr25519Signer(bytes(32)))
    ledger.send(None, drand.write_pulse, payload, None)


def commit(ledger, ciphertext):
    ledger.send(VALIDATOR, timelocks.commit_timelocked_weights, 1, ciphertext, ROUND, 4)


def test_a_commit_opens_an_epoch_later_and_counts_in_that_epoch(ledger):
    commit(ledger, seal())
    assert ledger.events(TimelockedWeightsCommitted)[-1].reveal_round == ROUND
    assert storage.LAST_UPDATE.get(ledger.state, 1)[1] == ledger.number
    assert get_earliest_commits(ledger.state, 1, ledger.number) == [NO_COMMIT, ledger.number]
    publish(ledger)
    ledger.pass_blocks(9)
    assert storage.WEIGHTS.get(ledger.state, 1, 1) == []
    ledger.pass_blocks(1)
    assert storage.SUBNET_EPOCH_INDEX.get(ledger.state, 1) == 2
    assert storage.WEIGHTS.get(ledger.state, 1, 1) == [(0, 65_535)]
    assert storage.INCENTIVE.get(ledger.state, 1) == [65_535, 0]
    assert ledger.events(TimelockedWeightsRevealed) == [TimelockedWeightsRevealed(1, VALIDATOR)]
    assert get_earliest_commits(ledger.state, 1, ledger.number) == [NO_COMMIT, NO_COMMIT]


def test_a_late_round_is_tried_again_during_its_epoch_and_then_forgotten(ledger):
    commit(ledger, seal())
    ledger.pass_blocks(15)
    assert storage.WEIGHTS.get(ledger.state, 1, 1) == []
    publish(ledger)
    ledger.pass_blocks(1)
    assert storage.WEIGHTS.get(ledger.state, 1, 1) == [(0, 65_535)]
    drand.PULSES.remove(ledger.state, ROUND)
    drand.LAST_STORED_ROUND.put(ledger.state, 0)
    commit(ledger, seal())
    ledger.pass_blocks(20)
    assert not list(key_storage.TIMELOCKED_WEIGHT_COMMITS.items(ledger.state))


@pytest.mark.parametrize(
    "ciphertext", [b"", b"junk" * 50, seal(hotkey=hotkey("other")), seal(uids=[0, 0]), seal(uids=[9])]
)
def test_what_cannot_be_opened_or_breaks_a_rule_is_dropped(ledger, ciphertext):
    commit(ledger, ciphertext)
    publish(ledger)
    ledger.pass_blocks(10)
    assert storage.WEIGHTS.get(ledger.state, 1, 1) == []
    assert not ledger.events(TimelockedWeightsRevealed)


def test_commits_are_refused_in_the_order_of_the_rules(ledger):
    def refuse(error, *args, account=VALIDATOR):
        ledger.refuse(error, account, timelocks.commit_timelocked_mechanism_weights, *args)

    refuse(errors.MechanismDoesNotExist, 9, 0, b"", ROUND, 4)
    refuse(errors.MechanismDoesNotExist, 1, 1, b"", ROUND, 4)
    refuse(errors.InvalidValue, 1, 0, bytes(5_001), ROUND, 4)
    refuse(key_errors.IncorrectCommitRevealVersion, 1, 0, b"", ROUND, 3)
    refuse(errors.HotKeyNotRegisteredInSubNet, 1, 0, b"", ROUND, 4, account=CHARLIE)
    publish(ledger)
    refuse(key_errors.InvalidRevealRound, 1, 0, b"", ROUND - 1, 4)
    commit(ledger, b"")
    refuse(errors.CommittingWeightsTooFast, 1, 0, b"", ROUND, 4)
    storage.WEIGHTS_SET_RATE_LIMIT.put(ledger.state, 1, 0)
    for _ in range(9):
        commit(ledger, b"")
    refuse(errors.TooManyUnrevealedCommits, 1, 0, b"", ROUND, 4)


def test_only_root_writes_rounds_and_each_is_newer(ledger):
    publish(ledger)
    payload = drand.PulsesPayload(0, [drand.Pulse(ROUND, b"", b"")], drand.Sr25519Signer(bytes(32)))
    ledger.refuse(drand.InvalidRoundNumber, None, drand.write_pulse, payload, None)
    assert drand.LAST_STORED_ROUND.get(ledger.state) == drand.OLDEST_STORED_ROUND.get(ledger.state) == ROUND


@given(st.binary(max_size=300), st.binary(max_size=60))
def test_no_bytes_break_the_lock(ciphertext, signature):
    for given_signature in (signature, SIGNATURE):
        with pytest.raises(CannotOpen):
            open_timelock(ciphertext, ROUND, given_signature)


def test_another_rounds_signature_does_not_open_it():
    addressed, _ = bittensor_drand.encrypt_at_round(b"secret", ROUND + 1)
    with pytest.raises(CannotOpen):
        open_timelock(decode_bytes(addressed, 0)[0], ROUND, SIGNATURE)
