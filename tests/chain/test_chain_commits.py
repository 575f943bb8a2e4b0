"""Committing to weights, and revealing them an epoch later."""

import pytest

from chain.keys import Keypair
from chain.runtime.dispatch import Context, Root, Signed
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.subtensor import block, commits, errors, registration, staking, storage
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
    with pytest.raises(errors.SubnetNotExists):
        ledger.send(BOB, commits.commit_weights, 7, bytes(32))
    with pytest.raises(errors.MechanismDoesNotExist):
        ledger.send(BOB, commits.commit_mechanism_weights, 1, 3, bytes(32))
    storage.COMMIT_REVEAL_WEIGHTS_ENABLED.put(ledger.state, 1, False)
    with pytest.raises(errors.CommitRevealDisabled):
        ledger.commit()


def test_the_epoch_knows_the_oldest_commit_that_is_alive(ledger):
    assert get_earliest_commits(ledger.state, 1) == [NO_COMMIT, NO_COMMIT]
    ledger.commit()
    first = ledger.number
    ledger.pass_blocks(10)
    ledger.commit()
    assert get_earliest_commits(ledger.state, 1) == [NO_COMMIT, first]
    ledger.pass_blocks(10)
    assert get_earliest_commits(ledger.state, 1) == [NO_COMMIT, first + 10]
