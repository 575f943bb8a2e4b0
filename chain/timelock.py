"""Opening what was encrypted for a round of the drand beacon ("quicknet").

Time-lock encryption: identity-based encryption over BLS12-381 to the round's number, which the beacon's signature of
that round opens, then AES-GCM. The result depends on nothing but the two arguments.
"""

from bittensor_drand import decrypt_with_signature

from chain.scale.compact import encode_bytes

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
