"""Weights of several subnets, and several reveals, in one call."""

import pytest

from chain.runtime.subtensor import batches, commits, errors, key_errors, storage
from chain.runtime.subtensor.commits import compute_commit_hash
from chain.runtime.subtensor.key_events import (
    BatchCompletedWithErrors,
    BatchWeightItemFailed,
    BatchWeightsCompleted,
    WeightsBatchRevealed,
)
from chain.runtime.subtensor.weights import Submission
from tests.chain.ledger import BOB, CHARLIE, TAO, Ledger, hotkey

VALIDATOR = hotkey("validator")
SALT = [1, 2, 3]


@pytest.fixture
def ledger():
    made = Ledger(tempo=10)
    made.seat(BOB, "validator")
    made.open_subnet(CHARLIE, "owner")
    storage.COMMIT_REVEAL_WEIGHTS_ENABLED.put(made.state, 2, False)
    made.seat(BOB, "validator", 2)
    storage.WEIGHTS_SET_RATE_LIMIT.put(made.state, 2, 0)
    for netuid in (1, 2):
        made.add_stake(BOB, "validator", netuid, 1_000 * TAO)
    made.pass_blocks(400)
    return made


def test_a_batch_sets_what_it_can_and_tells_what_it_cannot(ledger):
    rows = [[(0, 7)], [(9, 1)], [(0, 1)]]
    ledger.send(VALIDATOR, batches.batch_set_weights, [1, 2, 9], rows, [0, 0, 0])
    assert storage.WEIGHTS.get(ledger.state, 1, 1) == [(0, 65_535)]
    assert storage.WEIGHTS.get(ledger.state, 2, 1) == []
    assert [event.netuid for event in ledger.events(BatchWeightItemFailed)] == [2, 9]
    assert len(ledger.events(BatchCompletedWithErrors)) == 1
    assert ledger.events(BatchWeightsCompleted) == [BatchWeightsCompleted([1, 2, 9], VALIDATOR)]


def test_lists_of_a_batch_are_equally_long(ledger):
    refuse = ledger.refuse
    refuse(key_errors.InputLengthsUnequal, VALIDATOR, batches.batch_set_weights, [1], [], [0])
    refuse(key_errors.InputLengthsUnequal, VALIDATOR, batches.batch_commit_weights, [1], [])
    refuse(key_errors.InputLengthsUnequal, VALIDATOR, batches.batch_reveal_weights, 1, [[0]], [[1]], [], [0])


def test_several_commits_are_revealed_together_or_not_at_all(ledger):
    storage.COMMIT_REVEAL_WEIGHTS_ENABLED.put(ledger.state, 1, True)
    storage.WEIGHTS_SET_RATE_LIMIT.put(ledger.state, 1, 0)
    given = [Submission(1, 0, [0], [value], 0) for value in (5, 6)]
    hashes = [compute_commit_hash(VALIDATOR, one, SALT) for one in given]
    ledger.send(VALIDATOR, batches.batch_commit_weights, [1, 1, 9], [*hashes, bytes(32)])
    assert [event.netuid for event in ledger.events(BatchWeightItemFailed)] == [9]
    ledger.pass_blocks(10)
    lists = ([[0], [0]], [[5], [6]], [SALT, SALT], [0, 0])
    wrong = ([[0], [0]], [[5], [7]], [SALT, SALT], [0, 0])
    ledger.refuse(errors.InvalidRevealCommitHashNotMatch, VALIDATOR, batches.batch_reveal_weights, 1, *wrong)
    ledger.send(VALIDATOR, batches.batch_reveal_weights, 1, *lists)
    assert ledger.events(WeightsBatchRevealed) == [WeightsBatchRevealed(VALIDATOR, 1, hashes)]
    with pytest.raises(errors.NoWeightsCommitFound):
        ledger.send(VALIDATOR, commits.reveal_weights, 1, [0], [5], SALT, 0)
