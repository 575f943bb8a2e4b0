"""Hashes and signature checks of the ledger, over fast C libraries."""

from hashlib import blake2b

import sr25519
import xxhash
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey


def blake2_256(data: bytes) -> bytes:
    """32-byte BLAKE2b digest: the hash of blocks, extrinsics and trie nodes."""
    return blake2b(data, digest_size=32).digest()


def blake2_512(data: bytes) -> bytes:
    """64-byte BLAKE2b digest: the checksum of addresses."""
    return blake2b(data, digest_size=64).digest()


def blake2_128(data: bytes) -> bytes:
    """16-byte BLAKE2b digest: for storage keys that users can choose."""
    return blake2b(data, digest_size=16).digest()


def blake2_64(data: bytes) -> bytes:
    """8-byte BLAKE2b digest: identifies runtime interfaces."""
    return blake2b(data, digest_size=8).digest()


def twox_64(data: bytes) -> bytes:
    """8-byte xxHash: for storage keys that nobody can choose."""
    return xxhash.xxh64_intdigest(data, 0).to_bytes(8, "little")


def twox_128(data: bytes) -> bytes:
    """16-byte xxHash, two seeds: for names of pallets and storage items."""
    return twox_64(data) + xxhash.xxh64_intdigest(data, 1).to_bytes(8, "little")


def twox_256(data: bytes) -> bytes:
    """32-byte xxHash, four seeds."""
    return b"".join(xxhash.xxh64_intdigest(data, seed).to_bytes(8, "little") for seed in range(4))


def verify_sr25519(public_key: bytes, data: bytes, signature: bytes) -> bool:
    """Whether ``public_key`` (32 bytes) made ``signature`` (64 bytes) over ``data``; malformed input is False."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    try:
        return bool(sr25519.verify(signature, data, public_key))
    except ValueError:  # raised for points that are not on the curve
        return False


def verify_ed25519(public_key: bytes, data: bytes, signature: bytes) -> bool:
    """Whether ``public_key`` (32 bytes) made ``signature`` (64 bytes) over ``data``; malformed input is False."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    try:
        VerifyKey(public_key).verify(data, signature)
    except BadSignatureError:
        return False
    return True
