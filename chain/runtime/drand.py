"""Drand pallet: rounds of the public randomness beacon "quicknet", which open what was encrypted for them.

On the public chain an offchain worker fetches rounds and checks their signatures. Here root writes them, and answers
for them: a ledger that fetched by itself could not be replayed without the network.
"""

from typing import Annotated

from chain.runtime.dispatch import Context, call, event
from chain.runtime.errors import ModuleError
from chain.runtime.storage import BLAKE2_128_CONCAT, StorageMap, StorageValue
from chain.runtime.types import MULTI_SIGNATURE, Pays, Signature
from chain.scale.composite import enum_of, struct, variant
from chain.scale.containers import FixedBytes, Option
from chain.scale.hints import TypeName, of, u32, u64
from chain.scale.types import U64, Type

PALLET = "Drand"


@struct("pallet_drand::types::Pulse")
class Pulse:
    """One round: its number, its randomness, and the signature that the randomness is the hash of."""

    round: u64
    randomness: bytes
    signature: bytes


@variant(0, name="Ed25519")
class Ed25519Signer:
    public: Annotated[bytes, FixedBytes(32)]


@variant(1, name="Sr25519")
class Sr25519Signer:
    public: Annotated[bytes, FixedBytes(32)]


@variant(2, name="Ecdsa")
class EcdsaSigner:
    public: Annotated[bytes, FixedBytes(33)]


Signer = Ed25519Signer | Sr25519Signer | EcdsaSigner
MULTI_SIGNER: Type[Signer] = enum_of("sp_runtime::MultiSigner", Ed25519Signer, Sr25519Signer, EcdsaSigner)


@struct("pallet_drand::types::PulsesPayload")
class PulsesPayload:
    """Rounds as the worker of the public chain sends them; only the rounds count here."""

    block_number: Annotated[u32, TypeName("BlockNumber")]
    pulses: list[Pulse]
    public: Annotated[Signer, MULTI_SIGNER, TypeName("Public")]


PULSES = StorageMap(PALLET, "Pulses", (BLAKE2_128_CONCAT, U64), of(Pulse))
LAST_STORED_ROUND = StorageValue(PALLET, "LastStoredRound", U64, default=0)
OLDEST_STORED_ROUND = StorageValue(PALLET, "OldestStoredRound", U64, default=0)

MaybeSignature = Annotated[Signature | None, Option(MULTI_SIGNATURE), TypeName("Option<T::Signature>")]


class InvalidRoundNumber(ModuleError, index=4):
    """The round number did not increment."""


@event(1)
class NewPulse:
    """Successfully set a new pulse(s)."""

    rounds: list[u64]


@event(2, named=False)
class SetOldestStoredRound:
    """Oldest Stored Round has been set."""

    value: u64


@call(0, weight=5_708_000_000)
def write_pulse(ctx: Context, pulses_payload: PulsesPayload, signature: MaybeSignature) -> Pays:
    """Add rounds, each newer than all before it; root only."""
    ctx.ensure_root()
    state, last = ctx.state, LAST_STORED_ROUND.get(ctx.state)
    for pulse in pulses_payload.pulses:
        if pulse.round <= last:
            raise InvalidRoundNumber
        last = pulse.round
        PULSES.put(state, last, pulse)
        if not OLDEST_STORED_ROUND.get(state):
            OLDEST_STORED_ROUND.put(state, last)
    LAST_STORED_ROUND.put(state, last)
    ctx.deposit(NewPulse([pulse.round for pulse in pulses_payload.pulses]))
    return Pays.No


@call(2, weight=5_370_000)
def set_oldest_stored_round(ctx: Context, oldest_round: u64) -> None:
    """Set which round is the oldest that is still stored; root only."""
    ctx.ensure_root()
    OLDEST_STORED_ROUND.put(ctx.state, oldest_round)
    ctx.deposit(SetOldestStoredRound(oldest_round))
