"""Commitments that open later, and the wish to be judged afresh."""

import bittensor_drand
import pytest

from chain.runtime import commitments, drand
from chain.runtime.commitment_data import BigRaw, CommitmentInfo, Hashed, Nothing, Raw, ResetBonds, Timelocked
from chain.runtime.dispatch import Context, Root
from chain.runtime.subtensor import storage, subnets
from chain.scale.compact import decode_bytes
from chain.scale.errors import ScaleError
from chain.scale.hints import of
from tests.chain.ledger import BOB, Ledger, hotkey
from tests.chain.test_chain_timelocks import ROUND, publish

BOBS = hotkey("bob")


@pytest.fixture
def ledger():
    made = Ledger()
    made.seat(BOB, "bob")
    return made


def seal(data):
    return Timelocked(decode_bytes(bittensor_drand.encrypt_at_round(data, ROUND)[0], 0)[0], ROUND)


def commit(ledger, *fields):
    ledger.send(BOBS, commitments.set_commitment, 1, CommitmentInfo(list(fields)))


def begin_block(ledger):
    ledger.pass_blocks(1)
    commitments.on_initialize(Context(ledger.state, Root(), ledger.number, 0))


def test_fields_survive_the_wire():
    info = CommitmentInfo([Nothing(), Raw(b"x"), Hashed(1, bytes(32)), Timelocked(b"y", 7), ResetBonds(), BigRaw(b"z")])
    kind = of(CommitmentInfo)
    assert kind.decode(kind.encode(info)) == info
    with pytest.raises(ScaleError):
        kind.decode(kind.encode(CommitmentInfo([Timelocked(bytes(1_025), 1)])))


def test_an_encrypted_field_opens_when_its_round_comes(ledger):
    commit(ledger, Raw(b"plain"), seal(b"secret"))
    assert ledger.events(commitments.TimelockCommitment) == [commitments.TimelockCommitment(1, BOBS, ROUND)]
    assert not ledger.events(commitments.Commitment)
    begin_block(ledger)
    assert commitments.REVEALED_COMMITMENTS.get(ledger.state, 1, BOBS) is None
    publish(ledger)
    begin_block(ledger)
    assert commitments.REVEALED_COMMITMENTS.get(ledger.state, 1, BOBS) == [(b"secret", ledger.number)]
    left = commitments.COMMITMENT_OF.get(ledger.state, 1, BOBS)
    assert left is not None
    assert left.info.fields == [Raw(b"plain")]
    assert commitments.TIMELOCKED_INDEX.get(ledger.state) == []
    assert ledger.events(commitments.CommitmentRevealed) == [commitments.CommitmentRevealed(1, BOBS)]


def test_what_cannot_be_opened_is_dropped(ledger):
    commit(ledger, Timelocked(b"junk", ROUND))
    publish(ledger)
    begin_block(ledger)
    assert commitments.COMMITMENT_OF.get(ledger.state, 1, BOBS) is None
    assert drand.LAST_STORED_ROUND.get(ledger.state) == ROUND


def test_bonds_to_a_neuron_are_forgotten_where_its_subnet_allows(ledger):
    storage.BONDS.put(ledger.state, 1, 0, [(0, 5), (1, 7)])
    commit(ledger, ResetBonds())
    assert storage.BONDS.get(ledger.state, 1, 0) == [(0, 5), (1, 7)]
    storage.BONDS_RESET_ON.put(ledger.state, 1, True)
    commit(ledger, ResetBonds())
    assert storage.BONDS.get(ledger.state, 1, 0) == [(0, 5)]
    assert commitments.LAST_BONDS_RESET.get(ledger.state, 1, BOBS) == ledger.number


def test_what_neurons_published_ends_with_their_subnet(ledger):
    commit(ledger, Raw(b"plain"), seal(b"secret"))
    ledger.send(None, subnets.root_dissolve_network, 1)
    for item in (commitments.COMMITMENT_OF, commitments.LAST_COMMITMENT, commitments.USED_SPACE_OF):
        assert not list(item.items(ledger.state))
    assert commitments.TIMELOCKED_INDEX.get(ledger.state) == []
