"""Key pairs and addresses: sr25519 by default, ed25519 where asked."""

import re
from dataclasses import dataclass, field

import base58
import bip39
import sr25519
from nacl.signing import SigningKey

from chain.crypto import blake2_256, blake2_512, verify_ed25519, verify_sr25519
from chain.scale.compact import encode_compact

ED25519 = 0
SR25519 = 1

DEV_PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"
"""The published phrase behind //Alice, //Bob and the rest. Never for money."""

_URI = re.compile(r"(?P<phrase>[^/]*)(?P<path>(?://?[^/]+)*)(?:///(?P<password>.*))?", re.DOTALL)
_JUNCTION = re.compile(r"(//?)([^/]+)")
_ADDRESS_CHECKSUM = b"SS58PRE"


class InvalidAddress(ValueError):
    """The text is not an SS58 address of a 32-byte account."""


class InvalidKeyUri(ValueError):
    """The text is not a mnemonic, a seed or a derivation path."""


@dataclass(frozen=True, slots=True)
class Keypair:
    """A public key and its secret; ``repr`` never shows the secret."""

    public_key: bytes
    private_key: bytes = field(repr=False)
    crypto_type: int = SR25519

    @classmethod
    def from_uri(cls, uri: str) -> "Keypair":
        """Key of ``[mnemonic | 0xseed][/soft | //hard]*[///password]``; the dev phrase where neither is given.

        Raises:
            InvalidKeyUri: the text has another form.
        """
        match = _URI.fullmatch(uri)
        if match is None or not uri:
            raise InvalidKeyUri("a key URI is [mnemonic | 0xseed][//hard | /soft]*[///password]")
        phrase = match["phrase"] or DEV_PHRASE
        if phrase.startswith("0x"):
            root = cls.from_seed(_parse_seed(phrase[2:]))
        else:
            root = cls.from_seed(_mini_secret(phrase, match["password"] or ""))
        for separator, name in _JUNCTION.findall(match["path"]):
            root = root._derive(_chain_code(name), hard=separator == "//")
        return root

    @classmethod
    def from_mnemonic(cls, mnemonic: str) -> "Keypair":
        """Key of a BIP-39 phrase in English.

        Raises:
            InvalidKeyUri: a word or the checksum is wrong.
        """
        return cls.from_seed(_mini_secret(mnemonic, ""))

    @classmethod
    def from_seed(cls, seed: bytes, crypto_type: int = SR25519) -> "Keypair":
        """Key of a 32-byte seed.

        Raises:
            InvalidKeyUri: ``seed`` has another length.
        """
        if len(seed) != 32:
            raise InvalidKeyUri(f"a seed has 32 bytes, not {len(seed)}")
        if crypto_type == ED25519:
            return cls(bytes(SigningKey(seed).verify_key), seed, ED25519)
        public_key, private_key = sr25519.pair_from_seed(seed)
        return cls(public_key, private_key, SR25519)

    @staticmethod
    def generate_mnemonic() -> str:
        """A fresh phrase of twelve words (128 bits from the operating system)."""
        return str(bip39.bip39_generate(12, "en"))

    @property
    def ss58_address(self) -> str:
        """Address under the generic prefix."""
        return ss58_encode(self.public_key)

    def sign(self, data: bytes) -> bytes:
        """64-byte signature over ``data``."""
        if self.crypto_type == ED25519:
            return SigningKey(self.private_key).sign(data).signature
        return bytes(sr25519.sign((self.public_key, self.private_key), data))

    def _derive(self, chain_code: bytes, *, hard: bool) -> "Keypair":
        derive = sr25519.hard_derive_keypair if hard else sr25519.derive_keypair
        _, public_key, private_key = derive((chain_code, self.public_key, self.private_key), b"")
        return Keypair(public_key, private_key, SR25519)


def verify(public_key: bytes, data: bytes, signature: bytes, crypto_type: int = SR25519) -> bool:
    """Whether ``signature`` over ``data`` is by ``public_key``; malformed input is False."""
    check = verify_ed25519 if crypto_type == ED25519 else verify_sr25519
    return check(public_key, data, signature)


def ss58_encode(public_key: bytes, prefix: int = 42) -> str:
    """Address of a 32-byte account under a network ``prefix`` below 16384.

    Raises:
        InvalidAddress: another length or prefix.
    """
    if len(public_key) != 32 or not 0 <= prefix < 16384:
        raise InvalidAddress(f"cannot address {len(public_key)} bytes under prefix {prefix}")
    wide = (prefix & 0xFC) >> 2 | 0x40, prefix >> 8 | (prefix & 3) << 6
    head = bytes([prefix]) if prefix < 64 else bytes(wide)
    body = head + public_key
    return base58.b58encode(body + _address_checksum(body)).decode()


def ss58_decode(address: str) -> bytes:
    """32-byte account of an SS58 address under any network prefix.

    Raises:
        InvalidAddress: not base58, another length or a wrong checksum.
    """
    try:
        data = base58.b58decode(address)
    except ValueError as error:
        raise InvalidAddress(f"{address!r} is not an SS58 address") from error
    head = 2 if data and data[0] & 0x40 else 1
    if len(data) != head + 34 or data[0] >= 0x80:
        raise InvalidAddress(f"{address!r} is not the SS58 address of an account")
    if data[-2:] != _address_checksum(data[:-2]):
        raise InvalidAddress(f"{address!r} has a wrong checksum: a character is mistyped")
    return data[head:-2]


def _address_checksum(body: bytes) -> bytes:
    return blake2_512(_ADDRESS_CHECKSUM + body)[:2]


def _parse_seed(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise InvalidKeyUri("a seed is 0x and 64 hexadecimal digits") from error


def _mini_secret(mnemonic: str, password: str) -> bytes:
    phrase = " ".join(mnemonic.split())
    if not bip39.bip39_validate(phrase, "en"):
        raise InvalidKeyUri("the phrase is not a valid English mnemonic: check its words and their order")
    return bytes(bip39.bip39_to_mini_secret(phrase, password, "en"))


def _chain_code(name: str) -> bytes:
    """32-byte chain code of one path element: a number as u64, else a SCALE string, hashed where longer."""
    if name.isascii() and name.isdigit() and int(name) < 1 << 64:
        return int(name).to_bytes(32, "little")
    text = name.encode()
    code = encode_compact(len(text)) + text
    return blake2_256(code) if len(code) > 32 else code.ljust(32, b"\0")
