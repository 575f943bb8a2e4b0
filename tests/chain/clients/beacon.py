"""A real round of the public beacon (drand quicknet), and weights that an SDK encrypts for that very round.

Which round the SDK's own function encrypts for follows from the clock, from how many blocks are left until the reveal,
and from how long a block takes: the last of these is the caller's to say, so it is said such that the round is known.
"""

import time

ROUND = 1_000
SIGNATURE = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
FIRST_ROUND_AT = 1_692_803_367
ROUND_SECONDS = 3
_PROBE_SECONDS = -1_000_000.0
_TRIES = 50

PULSES = {
    "block_number": 0,
    "pulses": [{"round": ROUND, "randomness": "0x" + "00" * 32, "signature": "0x" + SIGNATURE}],
    "public": {"Sr25519": "0x" + "00" * 32},
}
"""The payload of ``Drand.write_pulse``."""


def encrypt_for_known_round(encrypt, uids, weights, hotkey):
    """Ciphertext of weights, which the signature above opens; ``encrypt`` is an SDK's ``get_encrypted_commit_v2``."""

    def commit(block_time):
        return encrypt(
            uids=uids,
            weights=weights,
            version_key=0,
            last_epoch_block=20,
            pending_epoch_at=0,
            subnet_epoch_index=1,
            tempo=20,
            blocks_since_last_step=1,
            current_block=21,
            subnet_reveal_period_epochs=1,
            block_time=block_time,
            hotkey=hotkey,
        )

    began = (time.time() - FIRST_ROUND_AT) / ROUND_SECONDS
    blocks = round((commit(_PROBE_SECONDS)[1] - began) * ROUND_SECONDS / _PROBE_SECONDS)
    aim = FIRST_ROUND_AT + (ROUND + 0.5) * ROUND_SECONDS
    for _ in range(_TRIES):
        ciphertext, number = commit((aim - time.time()) / blocks)
        if number == ROUND:
            return ciphertext
        aim += (ROUND - number) * ROUND_SECONDS
    raise AssertionError(f"the last try was for round {number}, not {ROUND}")
