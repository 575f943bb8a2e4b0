"""Keys and addresses, beside those of substrate-interface."""

import pytest
import substrateinterface
from hypothesis import given
from hypothesis import strategies as st

from chain.keys import ED25519, InvalidAddress, InvalidKeyUri, Keypair, ss58_decode, ss58_encode, verify

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow"


@pytest.mark.parametrize("uri", ["//Alice", f"{PHRASE}//hive/1/soft//2", "//" + "long name " * 5, "//Alice//stash"])
def test_derivation_agrees_with_substrate_interface(uri):
    theirs = substrateinterface.Keypair.create_from_uri(uri)
    assert Keypair.from_uri(uri).ss58_address == theirs.ss58_address


def test_seed_uri_and_password_are_understood():
    seed = bytes(range(32))
    assert Keypair.from_uri("0x" + seed.hex()) == Keypair.from_seed(seed)
    assert Keypair.from_uri(PHRASE + "///secret").public_key != Keypair.from_uri(PHRASE).public_key


@pytest.mark.parametrize("uri", ["", "wrong words", "0x12", "0xzz", PHRASE + "//"])
def test_malformed_uri_is_refused(uri):
    with pytest.raises(InvalidKeyUri):
        Keypair.from_uri(uri)


def test_repr_hides_the_secret():
    alice = Keypair.from_uri("//Alice")
    assert alice.private_key.hex() not in repr(alice)
    assert str(alice.private_key) not in repr(alice)


@pytest.mark.parametrize("crypto_type", [0, 1])
def test_signature_verifies_and_tampering_shows(crypto_type):
    pair = Keypair.from_seed(bytes(32), crypto_type)
    signature = pair.sign(b"data")
    assert verify(pair.public_key, b"data", signature, crypto_type)
    assert not verify(pair.public_key, b"data!", signature, crypto_type)
    assert not verify(pair.public_key, b"data", signature[:-1] + bytes([signature[-1] ^ 1]), crypto_type)


@given(st.binary(max_size=70), st.binary(max_size=70))
def test_malformed_signatures_are_false_and_never_raise(public_key, signature):
    assert verify(public_key, b"data", signature) is False
    assert verify(public_key, b"data", signature, ED25519) is False


def test_substrate_interface_accepts_our_private_key():
    ours = Keypair.from_uri("//Bob")
    theirs = substrateinterface.Keypair(public_key=ours.public_key, private_key=ours.private_key, ss58_format=42)
    assert verify(ours.public_key, b"x", theirs.sign(b"x"))


@given(st.binary(min_size=32, max_size=32), st.integers(0, 16383))
def test_addresses_round_trip(public_key, prefix):
    assert ss58_decode(ss58_encode(public_key, prefix)) == public_key


def test_well_known_address():
    assert Keypair.from_uri("//Alice").ss58_address == ALICE


@pytest.mark.parametrize("text", ["", "0OIl", ALICE[:-1], ALICE[:-1] + "Z", ALICE + "a", "ä"])
def test_mistyped_address_is_refused(text):
    with pytest.raises(InvalidAddress):
        ss58_decode(text)


def test_fresh_mnemonic_makes_a_key():
    phrase = Keypair.generate_mnemonic()
    assert len(phrase.split()) == 12
    assert len(Keypair.from_mnemonic(phrase).public_key) == 32
