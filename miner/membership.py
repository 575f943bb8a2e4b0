"""Who may call: what the last metagraph says about a hotkey."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import grpc

from chain.keys import ss58_decode, ss58_encode
from chain.metagraph import Metagraph
from wire.errors import Refusal
from wire.service import MODEL_STREAM_INFER

LEAST_SHARE = 0.01


@dataclass(frozen=True)
class _Member:
    stake: int
    permit: bool


@dataclass
class Membership:
    """The subnet's members by public key; ``update`` replaces them all at once."""

    netuid: int
    _members: Mapping[bytes, _Member] = field(default_factory=dict)
    _total_stake: int = 0
    _permits_exist: bool = False
    metagraph: Metagraph | None = None

    def update(self, metagraph: Metagraph) -> None:
        """Use ``metagraph`` from now on."""
        self._members = {
            ss58_decode(neuron.hotkey): _Member(neuron.stake, neuron.validator_permit) for neuron in metagraph.neurons
        }
        self._total_stake = sum(member.stake for member in self._members.values())
        self._permits_exist = any(member.permit for member in self._members.values())
        self.metagraph = metagraph

    @property
    def block(self) -> int:
        """Block of the metagraph in use; 0 before the first."""
        return 0 if self.metagraph is None else self.metagraph.block

    def uid_of(self, caller: bytes) -> int | None:
        """The caller's place in the subnet."""
        return None if self.metagraph is None else self.metagraph.uid_of(ss58_encode(caller))

    def share_of(self, caller: bytes) -> float:
        """The caller's part of all stake, at least ``LEAST_SHARE``."""
        member = self._members.get(caller)
        if member is None or self._total_stake == 0:
            return LEAST_SHARE
        return max(LEAST_SHARE, member.stake / self._total_stake)

    def authorize(self, caller: bytes, method: str) -> None:
        """Let members score, and holders of a permit open sessions.

        Until the first epoch has given permits, stake takes their place.

        Raises: Refusal.
        """
        member = self._members.get(caller)
        if member is None:
            raise self._unknown(caller)
        if method != MODEL_STREAM_INFER:
            return
        if self._permits_exist and not member.permit:
            raise Refusal(
                grpc.StatusCode.PERMISSION_DENIED,
                f"sessions need a validator permit on subnet {self.netuid} (add stake and wait for the next epoch)",
            )
        if not self._permits_exist and member.stake == 0:
            raise Refusal(
                grpc.StatusCode.PERMISSION_DENIED, f"sessions need stake on subnet {self.netuid} (hivegate stake add)"
            )

    def _unknown(self, caller: bytes) -> Refusal:
        if self.metagraph is None:
            return Refusal(grpc.StatusCode.UNAVAILABLE, "the miner has not reached the chain yet (retry later)", 1.0)
        return Refusal(
            grpc.StatusCode.PERMISSION_DENIED,
            f"hotkey {ss58_encode(caller)} is not registered on subnet {self.netuid}"
            " (register it with SubtensorModule.burned_register, then retry a block later)",
        )
