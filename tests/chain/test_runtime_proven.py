"""Candidates whose signatures were checked before they came to a block."""

from dataclasses import replace

from chain.keys import Keypair
from chain.runtime.balances import transfer_keep_alive
from chain.runtime.errors import BadProof
from chain.runtime.executive import BlockEnv, Proven, build_block, execute_block, validate_transaction
from chain.runtime.extrinsic import Anchor, Terms, encode_signed
from chain.runtime.genesis import build_genesis, dev_spec
from chain.runtime.types import Id, Sr25519
from chain.state.overlay import MemoryState

ALICE, BOB = Keypair.from_uri("//Alice"), Keypair.from_uri("//Bob")
GENESIS_HASH = bytes(range(32))
ENV = BlockEnv(1, GENESIS_HASH, 1_000, GENESIS_HASH)


def sign_transfer() -> bytes:
    call = transfer_keep_alive.with_args(Id(BOB.public_key), 5)
    anchor = Anchor(GENESIS_HASH, GENESIS_HASH)
    return encode_signed(call, ALICE.public_key, lambda data: Sr25519(ALICE.sign(data)), anchor, Terms(0))


def test_proven_candidate_makes_the_same_block_as_its_bytes():
    state, raw = MemoryState(build_genesis(dev_spec())), sign_transfer()
    valid = validate_transaction(state, raw, GENESIS_HASH, parent_hash=GENESIS_HASH)
    built = build_block(state, ENV, [Proven(raw, valid.extrinsic, valid.anchor)])
    assert built == build_block(state, ENV, [raw])
    assert execute_block(state, ENV, built.extrinsics).changes == built.changes


def test_proof_counts_under_its_own_anchor_only():
    state, raw = MemoryState(build_genesis(dev_spec())), sign_transfer()
    forged = raw[:-1] + bytes([raw[-1] ^ 4])  # another amount under the old signature
    valid = validate_transaction(state, forged, GENESIS_HASH, parent_hash=GENESIS_HASH, check_signature=False)
    assert not build_block(state, ENV, [Proven(forged, valid.extrinsic, valid.anchor)]).rejected
    elsewhere = replace(valid.anchor, birth_hash=bytes(32))
    checked = build_block(state, ENV, [Proven(forged, valid.extrinsic, elsewhere)])
    assert isinstance(checked.rejected[0], BadProof)
