"""Encrypting for a round of the drand beacon ("quicknet"), and opening what was encrypted for one.

Time-lock encryption: identity-based encryption over BLS12-381 to the round's number, which the beacon's signature of
that round opens, then AES-GCM. What comes of opening depends on nothing but the two arguments.
"""

from bittensor_drand import decrypt_with_signature, encrypt_at_round

from chain.scale.compact import decode_bytes, encode_bytes

FIRST_ROUND_AT = 1_692_803_367
"""Unix time of round 1, in seconds."""
ROUND_SECONDS = 3
_ROUND_BYTES = 8


class CannotOpen(Exception):
    """The ciphertext is malformed, or was made for another round."""


def open_timelock(ciphertext: bytes, round_number: int, signature: bytes) -> bytes:
    """What was encrypted for a round, given the beacon's signature of it.

    Raises:
        CannotOpen: the two do not fit.
    """
    addressed = encode_bytes(ciphertext) + round_number.to_bytes(_ROUND_BYTES, "little")
    try:
        return bytes(decrypt_with_signature(addressed, signature.hex()))
    except ValueError as error:
        raise CannotOpen(str(error)) from error


def seal_timelock(plaintext: bytes, round_number: int) -> bytes:
    """A ciphertext that nobody opens before the beacon has signed the round; another one each time."""
    addressed, _ = encrypt_at_round(plaintext, round_number)
    return bytes(decode_bytes(bytes(addressed), 0)[0])


def round_at(unix_seconds: float) -> int:
    """Number of the newest round at a time."""
    return max(0, int(unix_seconds - FIRST_ROUND_AT) // ROUND_SECONDS + 1)
