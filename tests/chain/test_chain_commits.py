"""Committing to weights, and revealing them an epoch later."""

import pytest

from chain.keys import Keypair
from chain.runtime.dispatch import Context, Root, Signed
from chain.runtime.errors import DispatchError
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.guards import ensure_passes
from chain.runtime.subtensor import batches, block, commits, errors, registration, staking, storage
from chain.runtime.subtensor import weights as plain
from chain.runtime.subtensor.commits import compute_commit_hash, get_earliest_commits
from chain.runtime.subtensor.events import WeightsCommitted, WeightsRevealed
from chain.runtime.subtensor.weights import Submission
from chain.runtime.yuma import NO_COMMIT
from chain.state.overlay import MemoryState, State

BOB = Keypair.from_uri("//Bob").public_key
VALIDATOR = Keypair.from_uri("//validator//hot").public_key
WEIGHTS = Submission(1, 0, [0], [65535], 0)
SALT = [1, 2, 3]


class Ledger:
    def __init__(self):
        self.state = State(MemoryState(build_genesis(dev_spec(tempo=10))))
        self.number = 0

    def pass_blocks(self, count):
        for _ in range(count):
            self.number += 1
            block.on_initialize(Context(self.state, Root(), self.number, 0))

    def send(self, account, call, *args):
        call.with_args(*args).dispatch(Context(self.state, Signed(account), self.number, 0))

    def commit(self, given=WEIGHTS, salt=SALT):
        self.send(VALIDATOR, commits.commit_mechanism_weights, 1, 0, compute_commit_hash(VALIDATOR, given, salt))

    def reveal(self, given=WEIGHTS, salt=SALT):
        self.send(VALIDATOR, commits.reveal_weights, 1, list(given.uids), list(given.values), salt, given.version_key)


@pytest.fixture
def ledger():
    made = Ledger()
    made.pass_blocks(1)
    made.send(BOB, registration.burned_register, 1, VALIDATOR)
    made.send(BOB, staking.add_stake, VALIDATOR, 1, 10**12)
    storage.COMMIT_REVEAL_WEIGHTS_ENABLED.put(made.state, 1, True)
    made.pass_blocks(10)
    return made


def test_committed_weights_are_revealed_in_the_next_epoch_only(ledger):
    with pytest.raises(errors.CommitRevealEnabled):
        ledger.send(VALIDATOR, plain.set_weights, 1, [0], [1], 0)
    ledger.commit()
    assert isinstance(ledger.state.events[-1], WeightsCommitted)
    assert storage.LAST_UPDATE.get(ledger.state, 1)[1] == ledger.number
    with pytest.raises(errors.RevealTooEarly):
        ledger.reveal()
    ledger.pass_blocks(10)
    with pytest.raises(errors.InvalidRevealCommitHashNotMatch):
        ledger.reveal(salt=[4])
    updated = storage.LAST_UPDATE.get(ledger.state, 1)
    ledger.reveal()
    assert isinstance(ledger.state.events[-1], WeightsRevealed)
    assert storage.WEIGHTS.get(ledger.state, 1, 1) == [(0, 65535)]
    assert storage.LAST_UPDATE.get(ledger.state, 1) == updated
    with pytest.raises(errors.NoWeightsCommitFound):
        ledger.reveal()


def test_a_commit_expires_with_its_epoch(ledger):
    ledger.commit()
    ledger.pass_blocks(20)
    with pytest.raises(errors.ExpiredWeightCommit):
        ledger.reveal()


def test_commits_are_bounded_in_rate_and_number(ledger):
    ledger.commit()
    with pytest.raises(errors.CommittingWeightsTooFast):
        ledger.commit()
    storage.WEIGHTS_SET_RATE_LIMIT.put(ledger.state, 1, 0)
    for _ in range(9):
        ledger.commit()
    with pytest.raises(errors.TooManyUnrevealedCommits):
        ledger.commit()


def test_commits_need_a_subnet_that_wants_them_and_a_neuron(ledger):
    with pytest.raises(errors.HotKeyNotRegisteredInSubNet):
        ledger.send(BOB, commits.commit_weights, 1, bytes(32))
    with pytest.raises(errors.MechanismDoesNotExist):
        ledger.send(BOB, commits.commit_weights, 7, bytes(32))
    with pytest.raises(errors.MechanismDoesNotExist):
        ledger.send(BOB, commits.commit_mechanism_weights, 1, 3, bytes(32))
    storage.COMMIT_REVEAL_WEIGHTS_ENABLED.put(ledger.state, 1, False)
    with pytest.raises(errors.CommitRevealDisabled):
        ledger.commit()


def test_the_epoch_knows_the_oldest_commit_that_is_alive(ledger):
    assert get_earliest_commits(ledger.state, 1, ledger.number) == [NO_COMMIT, NO_COMMIT]
    ledger.commit()
    first = ledger.number
    ledger.pass_blocks(10)
    ledger.commit()
    assert get_earliest_commits(ledger.state, 1, ledger.number) == [NO_COMMIT, first]
    ledger.pass_blocks(10)
    assert get_earliest_commits(ledger.state, 1, ledger.number) == [NO_COMMIT, first + 10]


@pytest.mark.parametrize("period", [1, 2])
def test_pool_and_blocks_agree_on_every_block_of_a_reveal(ledger, period):
    storage.REVEAL_PERIOD_EPOCHS.put(ledger.state, 1, period)
    ledger.commit()
    reveal = commits.reveal_weights.with_args(1, list(WEIGHTS.uids), list(WEIGHTS.values), SALT, 0)
    committed, commit_block = storage.SUBNET_EPOCH_INDEX.get(ledger.state, 1), ledger.number
    first = storage.LAST_EPOCH_BLOCK.get(ledger.state, 1) + 10 * period
    for _ in range(10 * (period + 2)):
        expected = None
        if ledger.number + 1 < first or ledger.number + 1 >= first + 10:
            expected = errors.RevealTooEarly
        assert outcome(ensure_passes, ledger.state, ledger.number + 1, VALIDATOR, reveal) is expected
        ledger.pass_blocks(1)
        due = storage.SUBNET_EPOCH_INDEX.get(ledger.state, 1) == committed + period
        assert due == (first <= ledger.number < first + 10)
        found = outcome(reveal.dispatch, Context(State(ledger.state), Signed(VALIDATOR), ledger.number, 0))
        late = errors.ExpiredWeightCommit
        assert found is (None if due else errors.RevealTooEarly if ledger.number < first else late)
    assert storage.WEIGHT_COMMITS.get(ledger.state, 1, VALIDATOR) == [
        (compute_commit_hash(VALIDATOR, WEIGHTS, SALT), committed, commit_block, 0)
    ]


def test_a_commit_in_a_block_that_put_the_epoch_off_belongs_to_the_epoch_that_follows(ledger):
    ledger.pass_blocks(8)
    storage.MAX_EPOCHS_PER_BLOCK.put(ledger.state, 0)
    index = storage.SUBNET_EPOCH_INDEX.get(ledger.state, 1)
    ledger.pass_blocks(1)
    assert storage.SUBNET_EPOCH_INDEX.get(ledger.state, 1) == index
    ledger.commit()
    (waiting,) = storage.WEIGHT_COMMITS.get(ledger.state, 1, VALIDATOR) or []
    assert waiting[1] == index + 1


def test_reveals_of_a_batch_come_in_any_order_and_leave_other_commits(ledger):
    storage.WEIGHTS_SET_RATE_LIMIT.put(ledger.state, 1, 0)
    for salt in ([1], [2], [3]):
        ledger.commit(salt=salt)
    ledger.pass_blocks(10)
    rows = ([[0], [0]], [[65535], [65535]], [[3], [1]], [0, 0])
    ledger.send(VALIDATOR, batches.batch_reveal_weights, 1, *rows)
    left = storage.WEIGHT_COMMITS.get(ledger.state, 1, VALIDATOR)
    assert left is not None
    assert [commit[0] for commit in left] == [compute_commit_hash(VALIDATOR, WEIGHTS, [2])]


def outcome(check, *args):
    """Class of the error, or None."""
    try:
        check(*args)
    except DispatchError as error:
        return type(error)
    return None
