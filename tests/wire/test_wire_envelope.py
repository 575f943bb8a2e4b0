from contextlib import ExitStack, closing
from dataclasses import replace

import pytest

from chain.keys import Keypair, verify
from wire.envelope import Envelope, compute_digest, sign_reply, sign_request, verify_reply, verify_request
from wire.errors import AuthenticationError, ReplayedRequest
from wire.identity import Identity
from wire.nonces import NonceStore

ALICE, MINER = Keypair.from_uri("//Alice"), Keypair.from_uri("//Miner")
METHOD = "/inference.GRPCInferenceService/ModelInfer"
BODY = compute_digest(b"body")
NOW = 1_000_000.0


def at(keypair, seconds=NOW):
    return Identity(keypair, verify, lambda: seconds)


def anyone(_caller):
    return None


def signed(seconds=NOW) -> Envelope:
    return Envelope.decode(sign_request(at(ALICE, seconds), MINER.public_key, METHOD, BODY).encode())


def test_signed_request_is_accepted_and_its_reply_bound_to_it():
    envelope = signed()
    request_id = verify_request(envelope, METHOD, BODY, at(MINER), anyone)
    receipt = sign_reply(at(MINER), request_id, compute_digest(b"reply"))
    verify_reply(receipt, MINER.public_key, envelope.request_id(METHOD), compute_digest(b"reply"), verify)


@pytest.mark.parametrize(
    "change",
    [
        {"sender": MINER.public_key},
        {"receiver": ALICE.public_key},
        {"nonce": b"\1" * 16},
        {"timestamp_ms": int(NOW * 1000) + 1},
        {"digest": compute_digest(b"other")},
        {"signature": b"\1" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_no_field_of_an_envelope_can_be_changed(change):
    with pytest.raises(AuthenticationError):
        verify_request(replace(signed(), **change), METHOD, BODY, at(MINER), anyone)


def test_swapped_body_is_refused():
    with pytest.raises(AuthenticationError, match="body"):
        verify_request(signed(), METHOD, compute_digest(b"swapped"), at(MINER), anyone)


def test_request_for_one_method_is_not_accepted_by_another():
    with pytest.raises(AuthenticationError):
        verify_request(signed(), METHOD + "Other", BODY, at(MINER), anyone)


@pytest.mark.parametrize("offset", [-31.0, 31.0])
def test_request_outside_the_clock_window_is_refused(offset):
    with pytest.raises(AuthenticationError, match="set the clock"):
        verify_request(signed(NOW + offset), METHOD, BODY, at(MINER), anyone)


def test_sender_is_authorised_before_the_signature_is_checked():
    class Unknown(Exception):
        pass

    def nobody(_caller):
        raise Unknown

    with pytest.raises(Unknown):
        verify_request(replace(signed(), signature=b"\0" * 64), METHOD, BODY, at(MINER), nobody)


def test_reply_to_another_request_or_by_another_key_is_refused():
    mine, other = signed().request_id(METHOD), signed().request_id(METHOD)
    receipt = sign_reply(at(MINER), other, BODY)
    with pytest.raises(AuthenticationError, match="another request"):
        verify_reply(receipt, MINER.public_key, mine, BODY, verify)
    with pytest.raises(AuthenticationError, match="another hotkey"):
        verify_reply(receipt, ALICE.public_key, other, BODY, verify)
    with pytest.raises(AuthenticationError, match="signature"):
        verify_reply(replace(receipt, timestamp_ms=1), MINER.public_key, other, BODY, verify)


@pytest.mark.parametrize("data", [b"", b"\1", b"\2" + bytes(184), bytes(400)])
def test_malformed_envelope_is_refused(data):
    with pytest.raises(AuthenticationError, match="malformed"):
        Envelope.decode(data)


@pytest.fixture
def open_store(tmp_path):
    """Opens the same file again and again, as restarts do."""
    with ExitStack() as stack:
        yield lambda **bounds: stack.enter_context(closing(NonceStore(tmp_path / "nonces", **bounds)))


def test_replay_is_refused(open_store):
    store, envelope = open_store(), signed()
    store.accept(envelope, envelope.timestamp_ms)
    with pytest.raises(ReplayedRequest):
        store.accept(envelope, envelope.timestamp_ms)


def test_replay_is_refused_after_a_restart(open_store, tmp_path):
    """Without ``close``, as after kill -9, and with half a record at the end."""
    envelope = signed()
    open_store().accept(envelope, envelope.timestamp_ms)
    with (tmp_path / "nonces").open("ab") as file:
        file.write(b"half a record")
    with pytest.raises(ReplayedRequest):
        open_store().accept(envelope, envelope.timestamp_ms)


def test_nonces_never_exceed_their_bound_and_nothing_is_accepted_twice(open_store):
    store = open_store(per_sender=10)
    envelopes = [replace(signed(), timestamp_ms=index) for index in range(50)]
    for envelope in envelopes:
        store.accept(envelope, envelope.timestamp_ms)
    assert len(store) == 10
    for envelope in envelopes:
        with pytest.raises(ReplayedRequest):
            store.accept(envelope, envelope.timestamp_ms)


def test_file_of_nonces_does_not_grow_without_bound(open_store, tmp_path):
    store = open_store()
    template = signed()
    for index in range(12_000):
        envelope = replace(template, nonce=index.to_bytes(16, "little"), timestamp_ms=index * 100)
        store.accept(envelope, envelope.timestamp_ms)
    assert (tmp_path / "nonces").stat().st_size < 56 * 8_000
    assert len(store) < 6_000
